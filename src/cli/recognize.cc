// SPDX-License-Identifier: Apache-2.0
// rap recognize PHOTO... [--annotate out.png]
#include <fmt/format.h>

#include <ostream>
#include <utility>

#include "cli/photos.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "json/json.h"

namespace rap::cli {
namespace {

struct RecognizeFlags {
  std::vector<std::string> photos;
  std::filesystem::path annotate;
};

std::string evidence_text(const Evidence& evidence) {
  std::vector<std::string> parts;
  if (evidence.looks_like) parts.push_back(fmt::format("looks like ({:.2f})", *evidence.looks_like));
  if (evidence.face) parts.push_back(fmt::format("face fits ({:.2f})", *evidence.face));
  if (evidence.is_named) parts.emplace_back("is named");
  if (evidence.text_fits) parts.push_back(fmt::format("text fits ({:.2f})", *evidence.text_fits));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string box_text(const std::optional<Box>& region, const Recognition& recognition) {
  const Json box = box_json(region, recognition.width, recognition.height);
  if (box.is_null()) return "-";
  return fmt::format("{},{} {}x{}", box[0].get<long>(), box[1].get<long>(), box[2].get<long>(), box[3].get<long>());
}

void print_recognition(const Context& context, const std::string& photo, const Recognition& recognition) {
  std::ostream& out = context.console.out;
  const bool colour = context.colour_out();
  out << styled(Style::kBold, one_line(photo), colour)
      << fmt::format("  {} x {} pixels\n", recognition.width, recognition.height);
  Table table({"name", "probability", "verdict", "box", "evidence"});
  const auto add = [&](const Match& match, const char* verdict, Style style) {
    table.add({match.name, fmt::format("{:.3f}", match.probability), verdict, box_text(match.region, recognition),
               evidence_text(match.evidence)},
              style);
  };
  for (const Match& match : recognition.matches) add(match, "match", Style::kPlain);
  for (const Doubt& doubt : recognition.doubts) {
    table.add({doubt.name(), fmt::format("{:.3f}", doubt.probability), "one of them",
               box_text(doubt.region, recognition), "look alike"});
    for (const Match& candidate : doubt.candidates) add(candidate, "in doubt", Style::kDim);
  }
  for (const Match& match : recognition.near) add(match, "near miss", Style::kDim);
  if (recognition.matches.empty() && recognition.doubts.empty()) out << "nothing known in it\n";
  if (!table.empty()) table.print(out, context.console.columns, colour);
}

/// One photo, from file to annotated picture; appends what it found to `results`.
Result<void> recognize_one(const Context& context, Assistant& assistant, const std::string& photo,
                           AnnotatedFiles& annotated, Json& results) {
  const auto file = read_photo(context.console, photo);
  if (!file) return Unexpected{file.error()};
  const auto recognition = assistant.recognize(context.owner, *file, context.recognize_options());
  if (!recognition) return Unexpected{recognition.error()};
  Json result = {{"photo", photo}};
  result.update(recognition_json(*recognition));
  if (annotated.wanted()) {
    const auto target = annotated.next(photo);
    if (!target) return Unexpected{target.error()};
    auto written = write_annotated(*file, *recognition, *target);
    if (!written) return written;
    result["annotated"] = target->string();
  }
  if (!context.settings.json) print_recognition(context, photo, *recognition);
  results.push_back(std::move(result));
  return {};
}

Result<ExitCode> run_recognize(Context& context, const RecognizeFlags& flags) {
  const auto photos = find_photos(flags.photos);
  if (!photos) return Unexpected{photos.error()};
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};

  AnnotatedFiles annotated(flags.annotate, photos->size());
  Json results = Json::array();
  ExitCode code = ExitCode::kOk;
  for (const std::string& photo : *photos) {
    if (context.console.interrupted) return fail(ErrorCode::kCancelled, "interrupted");
    const auto done = recognize_one(context, **assistant, photo, annotated, results);
    if (done) continue;
    // A bad photo among several is reported and the others go on.
    if (!is_about_photo(done.error()) || photos->size() == 1) return Unexpected{done.error()};
    if (code == ExitCode::kOk) code = exit_code_of(done.error());
    Json failed = {{"photo", photo}};
    failed.update(error_json(done.error()));
    results.push_back(std::move(failed));
    if (!context.settings.json)
      context.console.err << fmt::format("rap: {}: {}; skipped\n", one_line(photo), one_line(done.error().message));
  }
  if (context.settings.json) print_json(context.console.out, {{"photos", std::move(results)}});
  return code;
}

}  // namespace

void add_recognize(Program& program) {
  const auto flags = std::make_shared<RecognizeFlags>();
  CLI::App* verb =
      program.add_verb(program.root(), "recognize", "Say which remembered things are in photos; needs no LLM",
                       [flags](Context& context) { return run_recognize(context, *flags); });
  verb->add_option("photos", flags->photos, "Photos or folders, - for standard input")
      ->required()
      ->type_name("PHOTO...");
  verb->add_option("--annotate", flags->annotate, "Write the photo with boxes and names; a folder for several photos")
      ->type_name("FILE");
}

}  // namespace rap::cli
