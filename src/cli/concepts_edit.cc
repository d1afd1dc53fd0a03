// SPDX-License-Identifier: Apache-2.0
// rap concepts edit NAME [--info T] ...
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/concept_flags.h"
#include "cli/concepts.h"
#include "cli/lookup.h"
#include "cli/numbers.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "core/text.h"
#include "json/json.h"

namespace rap::cli {
namespace {

struct EditFlags {
  std::string target;
  ConceptPatch patch;  ///< what the flags say outright; aliases, attributes and views follow
  std::vector<std::string> add_aliases;
  std::vector<std::string> remove_aliases;
  std::vector<std::string> set_attributes;
  std::vector<std::string> remove_attributes;
  PhotoFlags photos;
};

/// The aliases of `known` with some added and some removed; names compare folded.
std::vector<std::string> edited_aliases(const Concept& known, const EditFlags& flags) {
  std::vector<std::string> aliases = known.aliases;
  for (const std::string& removed : flags.remove_aliases)
    aliases.erase(std::remove_if(aliases.begin(), aliases.end(),
                                 [&](const std::string& alias) { return fold(alias) == fold(removed); }),
                  aliases.end());
  aliases.insert(aliases.end(), flags.add_aliases.begin(), flags.add_aliases.end());
  return aliases;
}

Result<ConceptPatch> make_patch(const Concept& known, const EditFlags& flags) {
  ConceptPatch patch = flags.patch;
  const auto attributes = parse_attributes(flags.set_attributes);
  if (!attributes) return Unexpected{attributes.error()};
  for (const std::string& key : flags.remove_attributes) patch.attributes[key] = std::nullopt;
  for (const auto& [key, value] : *attributes) patch.attributes[key] = value;
  if (!flags.add_aliases.empty() || !flags.remove_aliases.empty()) {
    patch.aliases = edited_aliases(known, flags);
    // The list was made from this state, so it must not replace a newer one.
    if (!patch.if_revision) patch.if_revision = known.revision;
  }
  return patch;
}

bool changes_nothing(const ConceptPatch& patch) {
  return !patch.name && !patch.aliases && !patch.category && !patch.info && patch.attributes.empty() &&
         !patch.consent && patch.add_views.empty() && patch.remove_views.empty();
}

Result<ExitCode> run_edit(Context& context, const EditFlags& flags) {
  const auto loaded = load_views(context.console, flags.photos);
  if (!loaded) return Unexpected{loaded.error()};
  Progress progress(context.console, "editing", 0, !context.settings.quiet);
  const auto assistant = loaded->views.empty() ? open_without_generator(context) : open_assistant(context);
  if (!assistant) return Unexpected{assistant.error()};
  const auto known = find_concept(context, (*assistant)->memory(), flags.target);
  if (!known) return Unexpected{known.error()};
  auto patch = make_patch(*known, flags);
  if (!patch) return Unexpected{std::move(patch).error()};
  patch->add_views = loaded->views;
  if (changes_nothing(*patch))
    return fail(ErrorCode::kInvalidArgument,
                "nothing to change was given; `rap concepts edit --help` lists what can be", "arguments");
  const auto edited = (*assistant)->edit(context.owner, known->id, *patch);
  progress.finish();
  if (!edited) return Unexpected{edited.error()};

  if (context.settings.json)
    print_json(context.console.out, {{"concept", concept_json(*edited)}});
  else
    context.console.out << fmt::format("edited {} (revision {})\n", one_line(edited->name), edited->revision);
  return ExitCode::kOk;
}

/// An option that sets a member of the patch, also to an empty text.
void add_text(CLI::App& verb, const std::string& name, std::optional<std::string>& target, const std::string& help) {
  verb.add_option_function<std::string>(
          name, [&target](const std::string& text) { target = text; }, help)
      ->type_name("TEXT");
}

void add_texts(CLI::App& verb, const std::string& name, std::vector<std::string>& target, const std::string& help,
               const std::string& type) {
  verb.add_option(name, target, help + "; may be repeated")->type_name(type)->allow_extra_args(false);
}

}  // namespace

void add_concepts_edit(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<EditFlags>();
  CLI::App* verb = program.add_verb(group, "edit", "Change one thing; in force for the next answer",
                                    [flags](Context& context) { return run_edit(context, *flags); });
  verb->add_option("concept", flags->target, "Its name, alias or id")->required()->type_name("NAME");
  add_text(*verb, "--name", flags->patch.name, "A new name");
  add_text(*verb, "--category", flags->patch.category, "A new category");
  add_text(*verb, "--info", flags->patch.info, "New info, instead of the old");
  add_texts(*verb, "--alias", flags->add_aliases, "One more name", "NAME");
  add_texts(*verb, "--remove-alias", flags->remove_aliases, "An alias to drop", "NAME");
  add_texts(*verb, "--attr", flags->set_attributes, "Set an attribute", "KEY=VALUE");
  add_texts(*verb, "--remove-attr", flags->remove_attributes, "Drop an attribute", "KEY");
  flags->photos = add_photo_flags(*verb, "--add-photo");
  add_texts(*verb, "--remove-view", flags->patch.remove_views, "Drop a view (ids: rap concepts show)", "ID");
  add_consent_flag(*verb, flags->patch.consent);
  verb->add_option_function<std::uint64_t>(
          "--if-revision", [flags](std::uint64_t revision) { flags->patch.if_revision = revision; },
          "Change it only if it still has this revision")
      ->type_name("N")
      ->check(number_from(0));
}

}  // namespace rap::cli
