// SPDX-License-Identifier: Apache-2.0
// rap concepts show NAME
#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "cli/concepts.h"
#include "cli/lookup.h"
#include "cli/program.h"
#include "cli/table.h"
#include "core/iso_time.h"
#include "image/photo.h"
#include "json/json.h"

namespace rap::cli {
namespace {

/// The box of a view in pixels of its photo; null without a box.
Result<Json> view_box_json(const Context& context, const Memory& memory, const View& view) {
  if (!view.box) return Json(nullptr);
  const auto photo = memory.photo(context.owner, view.photo);
  if (!photo) return Unexpected{photo.error()};
  if (!photo->has_value()) return fail(ErrorCode::kCorrupt, "the memory lacks the photo of a view");
  const auto size = photo_size(**photo);
  if (!size) return Unexpected{size.error()};
  return box_json(view.box, size->width, size->height);
}

Result<Json> views_json(const Context& context, const Memory& memory, const Concept& known) {
  Json views = Json::array();
  for (const View& view : known.views) {
    auto box = view_box_json(context, memory, view);
    if (!box) return box;
    views.push_back({{"id", view.id},
                     {"photo_sha256", view.photo},
                     {"box", *std::move(box)},
                     {"provenance", to_word(view.provenance)},
                     {"shows", view.shows},
                     {"added", to_iso_time(view.added)}});
  }
  return views;
}

std::string attributes_text(const Concept& known) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : known.attributes) parts.push_back(fmt::format("{} = {}", key, value));
  return fmt::format("{}", fmt::join(parts, "; "));
}

void print_facts(std::ostream& out, const Concept& known, bool colour) {
  const auto fact = [&](const char* label, const std::string& value) {
    if (!value.empty()) out << styled(Style::kBold, fmt::format("{:<12}", label), colour) << printable(value) << '\n';
  };
  fact("name", known.name);
  fact("aliases", fmt::format("{}", fmt::join(known.aliases, ", ")));
  fact("category", known.category);
  fact("info", known.info);
  fact("attributes", attributes_text(known));
  fact("consent", known.consent == Consent::kNotAsked ? "" : to_word(known.consent));
  fact("id", known.id);
  fact("created", to_iso_time(known.created));
  fact("updated", to_iso_time(known.updated));
  fact("revision", fmt::format("{}", known.revision));
}

void print_views(const Context& context, const Json& views) {
  Table table({"view", "box", "provenance", "shows it", "added", "photo (sha256)"});
  for (const Json& view : views) {
    const Json& box = view["box"];
    table.add({view["id"].get<std::string>(), box.is_null() ? "whole photo" : to_line(box),
               view["provenance"].get<std::string>(), view["shows"].get<bool>() ? "yes" : "no",
               view["added"].get<std::string>(), view["photo_sha256"].get<std::string>()});
  }
  context.console.out << '\n';
  table.print(context.console.out, context.console.columns, context.colour_out());
}

Result<ExitCode> run_show(Context& context, const std::string& name) {
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  const Memory& memory = (*assistant)->memory();
  const auto known = find_concept(context, memory, name);
  if (!known) return Unexpected{known.error()};
  auto views = views_json(context, memory, *known);
  if (!views) return Unexpected{std::move(views).error()};

  if (context.settings.json) {
    Json json = concept_json(*known);
    json["views"] = *std::move(views);
    print_json(context.console.out, {{"concept", std::move(json)}});
    return ExitCode::kOk;
  }
  print_facts(context.console.out, *known, context.colour_out());
  if (!views->empty()) print_views(context, *views);
  return ExitCode::kOk;
}

}  // namespace

void add_concepts_show(Program& program, CLI::App& group) {
  const auto name = std::make_shared<std::string>();
  CLI::App* verb = program.add_verb(group, "show", "Show all that is known of one thing",
                                    [name](Context& context) { return run_show(context, *name); });
  verb->add_option("concept", *name, "Its name, alias or id")->required()->type_name("NAME");
}

}  // namespace rap::cli
