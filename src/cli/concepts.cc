// SPDX-License-Identifier: Apache-2.0
#include "cli/concepts.h"

#include "cli/program.h"
#include "cli/verbs.h"

namespace rap::cli {

void add_concepts(Program& program) {
  CLI::App* group = program.add_group("concepts", "Look at what is remembered, and change it");
  add_concepts_list(program, *group);
  add_concepts_show(program, *group);
  add_concepts_edit(program, *group);
  add_concepts_history(program, *group);
  add_concepts_undo(program, *group);
  add_concepts_forget(program, *group);
  add_concepts_export(program, *group);
  add_concepts_import(program, *group);
}

}  // namespace rap::cli
