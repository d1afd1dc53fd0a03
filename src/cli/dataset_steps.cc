// SPDX-License-Identifier: Apache-2.0
#include "cli/dataset_steps.h"

#include "cli/table.h"
#include "json/json.h"

namespace rap::cli {

dataset::OnStep Steps::callback() {
  return [this](std::size_t done, std::size_t total) {
    if (!progress_) progress_ = std::make_unique<Progress>(context_.console, label_, total, context_.talkative());
    if (done > 0) progress_->advance();
    return !context_.console.interrupted;
  };
}

ExitCode print_counts(const Context& context, const StepCounts& counts) {
  if (context.settings.json) {
    Json json = Json::object();
    for (const auto& [name, count] : counts) json[name] = count;
    print_json(context.console.out, json);
    return ExitCode::kOk;
  }
  Table table({"", "count"});
  for (const auto& [name, count] : counts) table.add({name, std::to_string(count)});
  table.print(context.console.out, context.console.columns, context.colour_out());
  return ExitCode::kOk;
}

}  // namespace rap::cli
