// SPDX-License-Identifier: Apache-2.0
// rap ask QUESTION [--photo F] [--without-memory] [--annotate out.png]
#include <optional>
#include <utility>

#include "cli/answering.h"
#include "cli/photos.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "json/json.h"

namespace rap::cli {
namespace {

struct AskFlags {
  std::string question;
  std::string photo;
  std::filesystem::path annotate;
  bool without_memory = false;
  GenerateOptions generate;
};

Result<ExitCode> run_ask(Context& context, const AskFlags& flags) {
  Bytes photo;
  if (!flags.photo.empty()) {
    auto file = read_photo(context.console, flags.photo);
    if (!file) return Unexpected{std::move(file).error()};
    photo = *std::move(file);
  }
  const auto assistant = open_assistant(context);
  if (!assistant) return Unexpected{assistant.error()};

  AskRequest request;
  request.task = Task::kAsk;
  if (!flags.photo.empty()) request.photos = {photo};
  request.question = flags.question;
  request.recognize = context.recognize_options();
  request.generate = flags.generate;
  request.use_memory = !flags.without_memory;
  const auto answer = ask_aloud(context, **assistant, request);
  if (!answer) return Unexpected{answer.error()};

  if (!flags.annotate.empty()) {
    const auto written = write_annotated(photo, answer->recognitions.front(), flags.annotate);
    if (!written) return Unexpected{written.error()};
  }
  context.remark(answer_remark(*answer));
  if (context.settings.json) {
    Json json = {{"question", flags.question}, {"photo", flags.photo.empty() ? Json(nullptr) : Json(flags.photo)}};
    json.update(answer_json(*answer));
    if (!flags.annotate.empty()) json["annotated"] = flags.annotate.string();
    print_json(context.console.out, json);
  }
  return answer->finish == FinishReason::kCancelled ? ExitCode::kInterrupted : ExitCode::kOk;
}

}  // namespace

void add_ask(Program& program) {
  const auto flags = std::make_shared<AskFlags>();
  CLI::App* verb = program.add_verb(program.root(), "ask", "Answer a question, with or without a photo",
                                    [flags](Context& context) { return run_ask(context, *flags); });
  verb->add_option("question", flags->question, "The question")->required()->type_name("QUESTION");
  CLI::Option* photo =
      verb->add_option("--photo", flags->photo, "The photo it is about, - for standard input")->type_name("FILE");
  verb->add_flag("--without-memory", flags->without_memory, "Ask the bare model, for comparison");
  verb->add_option("--annotate", flags->annotate, "Write the photo with boxes and names")
      ->type_name("FILE")
      ->needs(photo);
  add_generation_flags(*verb, flags->generate);
}

}  // namespace rap::cli
