// SPDX-License-Identifier: Apache-2.0
// rap eval VERB: how well rap does (docs/evaluation.md).
#include "cli/eval_verbs.h"
#include "cli/program.h"
#include "cli/verbs.h"

namespace rap::cli {

void add_eval(Program& program) {
  CLI::App& group = *program.add_group("eval", "Measure how well rap does");
  add_eval_retrieval(program, group);
  add_eval_faces(program, group);
  add_eval_openset(program, group);
  add_eval_scenes(program, group);
  add_eval_memory(program, group);
  add_eval_caption(program, group);
  add_eval_personal(program, group);
  add_eval_set(program, group);
}

}  // namespace rap::cli
