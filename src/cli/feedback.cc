// SPDX-License-Identifier: Apache-2.0
// rap feedback PHOTO [--not NAME] [--is NAME] [--box B]
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/lookup.h"
#include "cli/photos.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "image/photo.h"
#include "json/json.h"

namespace rap::cli {
namespace {

struct FeedbackFlags {
  std::string photo;
  std::string box;  ///< as typed; empty = not given
  std::vector<std::string> is;
  std::vector<std::string> is_not;
};

/// The ids of named concepts, which must not be among `others`.
Result<std::vector<std::string>> find_ids(Context& context, const Memory& memory, const std::vector<std::string>& names,
                                          const std::vector<std::string>& others) {
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    const auto known = find_concept(context, memory, name);
    if (!known) return Unexpected{known.error()};
    if (std::ranges::find(others, known->id) != others.end())
      return fail(ErrorCode::kInvalidArgument,
                  "--is and --not name the same concept, and a photo cannot both show it and not show it", "arguments");
    if (std::ranges::find(ids, known->id) == ids.end()) ids.push_back(known->id);
  }
  return ids;
}

/// What the flags say about the photo in `file`.
Result<Feedback> make_feedback(Context& context, const Memory& memory, const FeedbackFlags& flags, const Bytes& file) {
  Feedback feedback{.photo = file, .is = {}, .is_not = {}, .box = {}};
  auto is_not = find_ids(context, memory, flags.is_not, {});
  if (!is_not) return Unexpected{std::move(is_not).error()};
  auto is = find_ids(context, memory, flags.is, *is_not);
  if (!is) return Unexpected{std::move(is).error()};
  feedback.is_not = *std::move(is_not);
  feedback.is = *std::move(is);
  if (flags.box.empty()) return feedback;
  const auto box = parse_box(flags.box, file);
  if (!box) return Unexpected{box.error()};
  feedback.box = *box;
  return feedback;
}

std::string place_text(const Json& box) {
  return box.is_null() ? "the whole photo" : "the part " + to_line(box) + " of the photo";
}

Result<void> print_taught(const Context& context, const std::vector<Taught>& taught, const Bytes& file) {
  const auto size = photo_size(file);
  if (!size) return Unexpected{size.error()};
  Json list = Json::array();
  for (const Taught& lesson : taught) {
    const Json box = box_json(lesson.view.box, size->width, size->height);
    if (!context.settings.json)
      context.console.out << fmt::format("{}: {} {} {} (view {})\n", lesson.is_new ? "learnt" : "known already",
                                         place_text(box), lesson.view.shows ? "shows" : "does not show",
                                         one_line(lesson.subject.name), lesson.view.id);
    list.push_back({{"concept", concept_json(lesson.subject)},
                    {"view", lesson.view.id},
                    {"shows", lesson.view.shows},
                    {"box", box},
                    {"new", lesson.is_new}});
  }
  if (context.settings.json) print_json(context.console.out, {{"feedback", std::move(list)}});
  return {};
}

Result<ExitCode> run_feedback(Context& context, const FeedbackFlags& flags) {
  if (flags.is.empty() && flags.is_not.empty())
    return fail(ErrorCode::kInvalidArgument,
                "say what the photo does not show with --not NAME, what it shows with --is NAME, or both", "arguments");
  const auto file = read_photo(context.console, flags.photo);
  if (!file) return Unexpected{file.error()};
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  const auto feedback = make_feedback(context, (*assistant)->memory(), flags, *file);
  if (!feedback) return Unexpected{feedback.error()};
  const auto taught = (*assistant)->feedback(context.owner, *feedback);
  if (!taught) return Unexpected{taught.error()};
  const auto printed = print_taught(context, *taught, *file);
  if (!printed) return Unexpected{printed.error()};
  return ExitCode::kOk;
}

void add_names(CLI::App& verb, const std::string& flag, std::vector<std::string>& names, const std::string& help) {
  verb.add_option(flag, names, help + "; may be repeated")->type_name("NAME")->allow_extra_args(false);
}

}  // namespace

void add_feedback(Program& program) {
  const auto flags = std::make_shared<FeedbackFlags>();
  CLI::App* verb = program.add_verb(program.root(), "feedback", "Say what a photo does not show, or does",
                                    [flags](Context& context) { return run_feedback(context, *flags); });
  verb->add_option("photo", flags->photo, "A photo, - for standard input")->required()->type_name("PHOTO");
  add_names(*verb, "--not", flags->is_not, "It does not show this");
  add_names(*verb, "--is", flags->is, "It shows this");
  verb->add_option("--box", flags->box, "The part that is meant, in pixels; else where it is found")
      ->type_name("X,Y,W,H");
}

}  // namespace rap::cli
