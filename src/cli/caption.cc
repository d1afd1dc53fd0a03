// SPDX-License-Identifier: Apache-2.0
// rap caption PHOTO|FOLDER... [--jsonl out.jsonl] [--annotate out.png]
#include <fmt/format.h>

#include <optional>
#include <ostream>
#include <utility>

#include "cli/answering.h"
#include "cli/caption_log.h"
#include "cli/photos.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "core/text.h"
#include "json/json.h"

namespace rap::cli {
namespace {

struct CaptionFlags {
  std::vector<std::string> photos;
  std::filesystem::path jsonl;
  std::filesystem::path annotate;
  GenerateOptions generate;
};

/// Captions photo after photo.
class Captioner {
 public:
  Captioner(Context& context, const CaptionFlags& flags, std::vector<std::string> photos)
      : context_(context),
        flags_(flags),
        photos_(std::move(photos)),
        annotated_(flags.annotate, photos_.size()),
        progress_(context.console, "captions", photos_.size() > 1 ? photos_.size() : 0, !context.settings.quiet) {}

  Result<ExitCode> run();

 private:
  Result<void> caption(const std::string& photo, Assistant& assistant);
  Result<Answer> describe(const Bytes& file, Assistant& assistant) const;
  Result<void> deliver(const std::string& photo, const Answer& answer, Json caption);
  void skip(const std::string& photo, const Error& error);
  void summarise();

  Context& context_;
  const CaptionFlags& flags_;
  std::vector<std::string> photos_;
  AnnotatedFiles annotated_;
  Progress progress_;
  std::optional<CaptionLog> log_;
  std::size_t written_ = 0;
  std::size_t already_there_ = 0;
  Json failed_ = Json::array();
  Json captions_ = Json::array();
  ExitCode code_ = ExitCode::kOk;
};

Result<Answer> Captioner::describe(const Bytes& file, Assistant& assistant) const {
  AskRequest request;
  request.task = Task::kCaption;
  request.photos = {file};
  request.recognize = context_.recognize_options();
  request.generate = flags_.generate;
  auto answer =
      assistant.ask(context_.owner, request, [this](std::string_view) { return !context_.console.interrupted; });
  // Half a caption must not pass for a whole one.
  if (answer && answer->finish == FinishReason::kCancelled) return fail(ErrorCode::kCancelled, "interrupted");
  return answer;
}

Result<void> Captioner::deliver(const std::string& photo, const Answer& answer, Json caption) {
  if (log_) return log_->append(caption);
  if (context_.settings.json) {
    captions_.push_back(std::move(caption));
  } else {
    const std::string text = one_line(answer.text) + "\n";
    progress_.write(context_.console.out, photos_.size() == 1 ? text : one_line(photo) + ": " + text);
  }
  return {};
}

Result<void> Captioner::caption(const std::string& photo, Assistant& assistant) {
  const auto file = read_photo(context_.console, photo);
  if (!file) return Unexpected{file.error()};
  const auto answer = describe(*file, assistant);
  if (!answer) return Unexpected{answer.error()};
  Json caption = {{"photo", escape_invalid(photo)}};
  caption.update(answer_json(*answer));
  if (annotated_.wanted()) {
    const auto target = annotated_.next(photo);
    if (!target) return Unexpected{target.error()};
    auto drawn = write_annotated(*file, answer->recognitions.front(), *target);
    if (!drawn) return drawn;
    caption["annotated"] = target->string();
  }
  auto delivered = deliver(photo, *answer, std::move(caption));
  if (delivered) ++written_;
  return delivered;
}

void Captioner::skip(const std::string& photo, const Error& error) {
  if (code_ == ExitCode::kOk) code_ = exit_code_of(error);
  Json failure = {{"photo", escape_invalid(photo)}};
  failure.update(error_json(error));
  failed_.push_back(std::move(failure));
  if (!context_.settings.json)
    progress_.write(context_.console.err,
                    fmt::format("rap: {}: {}; skipped\n", one_line(photo), one_line(error.message)));
}

void Captioner::summarise() {
  progress_.finish();
  if (context_.settings.json) {
    Json summary = {{"captions", std::move(captions_)},
                    {"written", written_},
                    {"already_there", already_there_},
                    {"failed", std::move(failed_)}};
    if (log_) summary["jsonl"] = flags_.jsonl.string();
    print_json(context_.console.out, summary);
  } else if (log_) {
    context_.remark(fmt::format("{} captions written to {}, {} were there, {} photos failed", written_,
                                flags_.jsonl.string(), already_there_, failed_.size()));
  }
}

Result<ExitCode> Captioner::run() {
  if (!flags_.jsonl.empty()) {
    auto log = CaptionLog::open(flags_.jsonl);
    if (!log) return Unexpected{std::move(log).error()};
    log_ = *std::move(log);
  }
  const auto assistant = open_assistant(context_);
  if (!assistant) return Unexpected{assistant.error()};
  for (const std::string& photo : photos_) {
    if (context_.console.interrupted) return fail(ErrorCode::kCancelled, "interrupted");
    if (log_ && log_->has(escape_invalid(photo))) {
      ++already_there_;
    } else if (const auto done = caption(photo, **assistant); !done) {
      if (!is_about_photo(done.error()) || photos_.size() == 1) return Unexpected{done.error()};
      skip(photo, done.error());
    }
    progress_.advance();
  }
  summarise();
  return code_;
}

Result<ExitCode> run_caption(Context& context, const CaptionFlags& flags) {
  auto photos = find_photos(flags.photos);
  if (!photos) return Unexpected{std::move(photos).error()};
  return Captioner(context, flags, *std::move(photos)).run();
}

}  // namespace

void add_caption(Program& program) {
  const auto flags = std::make_shared<CaptionFlags>();
  CLI::App* verb = program.add_verb(program.root(), "caption", "Describe photos, with the names of what is remembered",
                                    [flags](Context& context) { return run_caption(context, *flags); });
  verb->add_option("photos", flags->photos, "Photos or folders, - for standard input")
      ->required()
      ->type_name("PHOTO...");
  verb->add_option("--jsonl", flags->jsonl, "Add the captions to this file; photos that are in it are skipped")
      ->type_name("FILE");
  verb->add_option("--annotate", flags->annotate, "Write the photo with boxes and names; a folder for several photos")
      ->type_name("FILE");
  add_generation_flags(*verb, flags->generate);
}

}  // namespace rap::cli
