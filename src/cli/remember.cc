// SPDX-License-Identifier: Apache-2.0
// rap remember NAME --photo F [--box x,y,w,h] ...
#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "cli/concept_flags.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "json/json.h"

namespace rap::cli {
namespace {

struct RememberFlags {
  ConceptDraft draft;
  std::vector<std::string> attributes;
  std::optional<Consent> consent;
  PhotoFlags photos;
};

Result<ExitCode> run_remember(Context& context, const RememberFlags& flags) {
  ConceptDraft draft = flags.draft;
  auto attributes = parse_attributes(flags.attributes);
  if (!attributes) return Unexpected{std::move(attributes).error()};
  draft.attributes = *std::move(attributes);
  draft.consent = flags.consent.value_or(Consent::kNotAsked);
  const auto loaded = load_views(context.console, flags.photos);
  if (!loaded) return Unexpected{loaded.error()};

  Progress progress(context.console, "remembering", 0, !context.settings.quiet);
  const auto assistant = open_assistant(context);
  if (!assistant) return Unexpected{assistant.error()};
  const auto stored = (*assistant)->remember(context.owner, draft, loaded->views);
  progress.finish();
  if (!stored) return Unexpected{stored.error()};

  if (context.settings.json) {
    print_json(context.console.out, {{"concept", concept_json(*stored)}});
  } else {
    const std::size_t views = stored->views.size();
    context.console.out << fmt::format("remembered {} ({} {}) as {}\n", one_line(stored->name), views,
                                       views == 1 ? "view" : "views", stored->id);
  }
  return ExitCode::kOk;
}

}  // namespace

void add_remember(Program& program) {
  const auto flags = std::make_shared<RememberFlags>();
  CLI::App* verb = program.add_verb(program.root(), "remember", "Remember a thing: a name, photos, facts",
                                    [flags](Context& context) { return run_remember(context, *flags); });
  verb->add_option("name", flags->draft.name, "What it is called")->required()->type_name("NAME");
  flags->photos = add_photo_flags(*verb, "--photo");
  verb->add_option("--category", flags->draft.category, "What kind of thing it is, e.g. dog")->type_name("TEXT");
  verb->add_option("--info", flags->draft.info, "What is to be known about it")->type_name("TEXT");
  verb->add_option("--alias", flags->draft.aliases, "Another name; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  verb->add_option("--attr", flags->attributes, "An attribute; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_consent_flag(*verb, flags->consent);
}

}  // namespace rap::cli
