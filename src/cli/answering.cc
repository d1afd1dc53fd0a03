// SPDX-License-Identifier: Apache-2.0
#include "cli/answering.h"

#include <fmt/format.h>

#include <ostream>
#include <vector>

#include "cli/numbers.h"
#include "cli/progress.h"

namespace rap::cli {
namespace {

double seconds(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1e6; }

}  // namespace

void add_generation_flags(CLI::App& verb, GenerateOptions& options) {
  verb.add_option("--max-tokens", options.max_tokens, "Longest answer, in tokens")
      ->type_name("N")
      ->check(number_from(1))
      ->capture_default_str();
  verb.add_option("--temperature", options.temperature, "0 = always the likeliest words")
      ->type_name("T")
      ->check(number_from(0))
      ->capture_default_str();
  verb.add_option("--seed", options.seed, "Of the dice, where temperature is above 0")->type_name("N");
}

Result<Answer> ask_aloud(const Context& context, Assistant& assistant, const AskRequest& request) {
  Progress waiting(context.console, "thinking", 0, context.talkative());
  std::ostream& out = context.console.out;
  const bool aloud = !context.settings.json;
  bool spoke = false;
  auto answer = assistant.ask(context.owner, request, [&](std::string_view piece) {
    waiting.finish();
    if (aloud) out << printable(piece) << std::flush;
    spoke = spoke || !piece.empty();
    return !context.console.interrupted;
  });
  waiting.finish();
  if (aloud && answer && !spoke) out << printable(answer->text);
  if (aloud && (answer || spoke)) out << std::endl;
  return answer;
}

std::string answer_remark(const Answer& answer) {
  std::vector<std::string> parts;
  if (!answer.names.empty()) parts.push_back(fmt::format("knows {}", fmt::join(answer.names, ", ")));
  if (answer.name_report.repaired) parts.emplace_back("names were repaired");
  if (answer.finish == FinishReason::kLength) parts.emplace_back("cut at --max-tokens");
  if (answer.finish == FinishReason::kCancelled) parts.emplace_back("stopped");
  parts.push_back(fmt::format("first word after {:.2f} s, all after {:.2f} s", seconds(answer.timings.to_first_token),
                              seconds(answer.timings.total)));
  return fmt::format("({})", fmt::join(parts, "; "));
}

}  // namespace rap::cli
