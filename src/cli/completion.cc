// SPDX-License-Identifier: Apache-2.0
// rap completion bash|zsh|fish
#include <ostream>

#include "cli/completion_script.h"
#include "cli/program.h"
#include "cli/verbs.h"

namespace rap::cli {

void add_completion(Program& program) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* verb = program.add_verb(program.root(), "completion", "Print a completion script for your shell",
                                    [shell, &program](Context& context) -> Result<ExitCode> {
                                      const CompletionVerb tree = completion_tree(program.root());
                                      context.console.out << (*shell == "bash"  ? bash_completion(tree)
                                                              : *shell == "zsh" ? zsh_completion(tree)
                                                                                : fish_completion(tree));
                                      return ExitCode::kOk;
                                    });
  verb->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace rap::cli
