// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/train.h"

namespace rap::cli {
namespace {

/// The command line that makes rap-train do what this program was asked to.
std::vector<std::string> command_line(const std::string& program, const Context& context, const TrainFlags& flags) {
  std::vector<std::string> words{
      program, "train", flags.recipe.string(), "--set", flags.set.string(), "--out", flags.output.string()};
  if (flags.limit > 0) words.insert(words.end(), {"--limit", std::to_string(flags.limit)});
  const Settings& settings = context.settings;
  if (settings.json) words.emplace_back("--json");
  if (settings.quiet) words.emplace_back("--quiet");
  if (settings.no_color) words.emplace_back("--no-color");
  if (settings.options.threads > 0) words.insert(words.end(), {"--threads", std::to_string(settings.options.threads)});
  if (!settings.options.models_dir.empty()) {
    words.insert(words.end(), {"--models", settings.options.models_dir.string()});
  }
  return words;
}

/// Becomes rap-train; returns only if that fails.
Result<ExitCode> launch(Context& context, const TrainFlags& flags) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / "rap-train").string();
  std::vector<std::string> words = command_line(program, context, flags);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(program.c_str(), arguments.data());
  return fail(ErrorCode::kUnsupported,
              "this build of rap has no trainer: install libtorch-dev and build it again with -DRAP_TRAINING=ON");
}

}  // namespace

RunTraining training_of_this_program() { return launch; }

}  // namespace rap::cli
