// SPDX-License-Identifier: Apache-2.0
#include "cli/run.h"

#include "cli/program.h"
#include "cli/verbs.h"

namespace rap::cli {

ExitCode run_command(const std::vector<std::string>& arguments, const Services& services, Console& console) {
  Program program;
  add_remember(program);
  add_concepts(program);
  add_faces(program);
  add_recognize(program);
  add_feedback(program);
  add_caption(program);
  add_ask(program);
  add_chat(program);
  add_serve(program);
  add_dataset(program);
  add_eval(program);
  add_keys(program);
  add_models(program);
  add_train(program);
  add_version(program);
  add_completion(program);
  return program.run(arguments, services, console);
}

}  // namespace rap::cli
