// SPDX-License-Identifier: Apache-2.0
// rap chat [--photo F]: a conversation; lines of stdin are questions or /commands.
#include <fmt/format.h>

#include <istream>
#include <optional>
#include <ostream>
#include <utility>

#include "cli/answering.h"
#include "cli/photos.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "json/json.h"

namespace rap::cli {
namespace {

constexpr const char* kHelp =
    "/photo FILE  talk about this photo from now on\n"
    "/photo       talk without a photo again\n"
    "/forget      forget what was said here (the memory stays as it is)\n"
    "/quit        leave";

struct ChatFlags {
  std::string photo;
  GenerateOptions generate;
};

class Chat {
 public:
  Chat(Context& context, Assistant& assistant, const ChatFlags& flags)
      : context_(context), assistant_(assistant), generate_(flags.generate) {}

  Result<void> show_photo(const std::string& path);

  /// Talks until the input ends, /quit or Ctrl-C at the prompt.
  Result<ExitCode> run();

 private:
  bool read_line(std::string& line);
  void obey(std::string_view command);
  Result<void> answer(const std::string& question);
  void complain(const Error& error) const;

  Context& context_;
  Assistant& assistant_;
  GenerateOptions generate_;
  Bytes photo_;
  std::vector<Turn> turns_;
  bool left_ = false;
};

Result<void> Chat::show_photo(const std::string& path) {
  if (path.empty()) {
    photo_.clear();
    return {};
  }
  if (path == "-")
    return fail(ErrorCode::kInvalidArgument, "the questions come from standard input, so the photo cannot",
                "arguments");
  auto file = read_photo(context_.console, path);
  if (!file) return Unexpected{std::move(file).error()};
  photo_ = *std::move(file);
  return {};
}

bool Chat::read_line(std::string& line) {
  const Console& console = context_.console;
  if (console.in_is_terminal && !context_.settings.json)
    console.out << styled(Style::kBold, "you> ", context_.colour_out()) << std::flush;
  return static_cast<bool>(std::getline(console.in, line));
}

void Chat::obey(std::string_view command) {
  const std::size_t space = command.find(' ');
  const std::string_view verb = command.substr(0, space);
  const std::string argument =
      space == std::string_view::npos ? std::string() : CLI::detail::trim_copy(std::string(command.substr(space)));
  if (verb == "/quit" || verb == "/exit") {
    left_ = true;
  } else if (verb == "/forget") {
    turns_.clear();
    context_.remark("forgot this conversation");
  } else if (verb == "/photo") {
    if (const auto shown = show_photo(argument); !shown)
      complain(shown.error());
    else
      context_.remark(argument.empty() ? "no photo any more" : "looking at " + argument);
  } else if (verb == "/help") {
    context_.remark(kHelp);
  } else {
    complain(
        {ErrorCode::kInvalidArgument, fmt::format("there is no {} here; /help lists what there is", verb), "command"});
  }
}

Result<void> Chat::answer(const std::string& question) {
  AskRequest request;
  if (!photo_.empty()) request.photos = {photo_};
  request.question = question;
  request.turns = turns_;
  request.recognize = context_.recognize_options();
  request.generate = generate_;
  const auto given = ask_aloud(context_, assistant_, request);
  context_.console.interrupted = false;  // Ctrl-C stopped the answer, not the conversation
  if (!given) return Unexpected{given.error()};
  context_.remark(answer_remark(*given));
  if (context_.settings.json) {
    Json json = {{"question", question}};
    json.update(answer_json(*given));
    context_.console.out << to_line(json) << std::endl;
  }
  turns_.push_back({question, given->text, given->concept_ids});
  return {};
}

void Chat::complain(const Error& error) const {
  if (context_.settings.json)
    context_.console.out << to_line(error_json(error)) << std::endl;
  else
    context_.console.err << styled(Style::kRed, "rap:", context_.colour_err()) << ' ' << one_line(error.message)
                         << std::endl;
}

Result<ExitCode> Chat::run() {
  std::string line;
  while (!left_ && read_line(line)) {
    line = CLI::detail::trim_copy(line);
    if (line.empty()) continue;
    if (line.front() == '/') {
      obey(line);
      continue;
    }
    const auto answered = answer(line);
    if (answered || answered.error().code == ErrorCode::kCancelled) continue;
    // A person can rephrase or try again; a script has to learn that it failed.
    if (!context_.console.in_is_terminal) return Unexpected{answered.error()};
    complain(answered.error());
  }
  return context_.console.interrupted ? ExitCode::kInterrupted : ExitCode::kOk;
}

Result<ExitCode> run_chat(Context& context, const ChatFlags& flags) {
  const auto assistant = open_assistant(context);
  if (!assistant) return Unexpected{assistant.error()};
  Chat chat(context, **assistant, flags);
  if (const auto shown = chat.show_photo(flags.photo); !shown) return Unexpected{shown.error()};
  if (context.console.in_is_terminal) context.remark("ask away; /help lists commands, /quit leaves");
  return chat.run();
}

}  // namespace

void add_chat(Program& program) {
  const auto flags = std::make_shared<ChatFlags>();
  CLI::App* verb = program.add_verb(program.root(), "chat", "Talk, with follow-up questions",
                                    [flags](Context& context) { return run_chat(context, *flags); });
  verb->add_option("--photo", flags->photo, "The photo to talk about first")->type_name("FILE");
  add_generation_flags(*verb, flags->generate);
}

}  // namespace rap::cli
