// SPDX-License-Identifier: Apache-2.0
// rap concepts history [NAME]
#include "cli/concepts_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/concepts.h"
#include "cli/lookup.h"
#include "cli/numbers.h"
#include "cli/program.h"
#include "cli/table.h"
#include "core/iso_time.h"
#include "core/text.h"
#include "json/json.h"

namespace rap::cli {
namespace {

constexpr std::size_t kDefaultLimit = 50;
constexpr std::size_t kForgottenSearch = 100'000;  ///< steps looked through for a forgotten name

struct HistoryFlags {
  std::string target;
  std::size_t limit = kDefaultLimit;
};

/// The id of a concept that may have been forgotten: a forgotten one is still in the history.
Result<std::string> id_of(Context& context, const Memory& memory, const std::string& target) {
  const auto known = find_concept(context, memory, target);
  if (known) return known->id;
  if (known.error().code != ErrorCode::kNotFound) return Unexpected{known.error()};
  const auto steps = memory.history(context.owner, "", kForgottenSearch);
  if (!steps) return Unexpected{steps.error()};
  const auto step = std::find_if(steps->begin(), steps->end(), [&](const HistoryEntry& entry) {
    return entry.concept_id == target || fold(name_in(entry)) == fold(target);
  });
  if (step == steps->end()) return Unexpected{known.error()};
  context.did_you_mean.clear();
  return step->concept_id;
}

Result<ExitCode> run_history(Context& context, const HistoryFlags& flags) {
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  const Memory& memory = (*assistant)->memory();
  std::string id;
  if (!flags.target.empty()) {
    auto found = id_of(context, memory, flags.target);
    if (!found) return Unexpected{std::move(found).error()};
    id = *std::move(found);
  }
  const auto steps = memory.history(context.owner, id, flags.limit);
  if (!steps) return Unexpected{steps.error()};

  if (context.settings.json) {
    Json list = Json::array();
    for (const HistoryEntry& entry : *steps) list.push_back(history_json(entry));
    print_json(context.console.out, {{"history", std::move(list)}});
    return ExitCode::kOk;
  }
  Table table({"revision", "at", "step", "name", "what"});
  for (const HistoryEntry& entry : *steps)
    table.add({fmt::format("{}", entry.revision), to_iso_time(entry.at), to_word(entry.kind), name_in(entry),
               changes_in(entry)});
  table.print(context.console.out, context.console.columns, context.colour_out());
  return ExitCode::kOk;
}

}  // namespace

const std::string& name_in(const HistoryEntry& entry) {
  static const std::string kNone;
  if (entry.after) return entry.after->name;
  return entry.before ? entry.before->name : kNone;
}

std::string changes_in(const HistoryEntry& entry) {
  if (!entry.before) return "created";
  if (!entry.after) return "removed";
  const Concept& before = *entry.before;
  const Concept& after = *entry.after;
  std::vector<std::string> changes;
  if (before.name != after.name) changes.emplace_back("name");
  if (before.aliases != after.aliases) changes.emplace_back("aliases");
  if (before.category != after.category) changes.emplace_back("category");
  if (before.info != after.info) changes.emplace_back("info");
  if (before.attributes != after.attributes) changes.emplace_back("attributes");
  if (before.views != after.views) changes.emplace_back("views");
  if (before.consent != after.consent) changes.emplace_back("consent");
  return fmt::format("{}", fmt::join(changes, ", "));
}

void add_concepts_history(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<HistoryFlags>();
  CLI::App* verb = program.add_verb(group, "history", "List the changes, newest first",
                                    [flags](Context& context) { return run_history(context, *flags); });
  verb->add_option("concept", flags->target, "Only this one's: name, alias or id")->type_name("NAME");
  verb->add_option("--limit", flags->limit, "Most steps listed")
      ->type_name("N")
      ->check(number_from(1))
      ->capture_default_str();
}

}  // namespace rap::cli
