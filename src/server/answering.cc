// SPDX-License-Identifier: Apache-2.0
#include "server/answering.h"

#include <utility>

#include "server/owner_settings.h"

namespace rap::server {
namespace {

/// An answer in progress, with its place in front of the model.
struct InProgress {
  Admission::Place place;
  Conversation conversation;
  std::string first;  ///< text that came before the status was sent
  std::unique_ptr<AnswerStream> stream;
};

AskRequest request_of(const Conversation& conversation, const RecognizeOptions& recognize, bool use_memory) {
  AskRequest request;
  const bool is_caption = conversation.rap.task
                              ? *conversation.rap.task == Task::kCaption
                              : !conversation.photos.empty() && asks_for_caption(conversation.question);
  request.task = is_caption ? Task::kCaption : Task::kAsk;
  for (const Bytes& photo : conversation.photos) request.photos.emplace_back(photo);
  request.question = conversation.question;
  request.instructions = conversation.instructions;
  request.turns = conversation.turns;
  request.recognize = OwnerSettings{.threshold = conversation.rap.threshold}.applied_to(recognize);
  request.generate = conversation.generate;
  request.use_memory = conversation.rap.memory.value_or(use_memory);
  return request;
}

Result<Models::Choice> model_for(const Services& services, const Conversation& conversation,
                                 const OwnerSettings& settings) {
  if (conversation.model == Models::kDefault && settings.model) {
    if (auto chosen = services.models.choose(*settings.model); chosen) return chosen;
  }
  return services.models.choose(conversation.model);
}

/// Starts the answer; `progress` is not moved any more.
Result<void> start(const Services& services, const Owner& owner, InProgress& progress) {
  const auto settings = read_settings(services.memory(), owner);
  if (!settings) return Unexpected{settings.error()};
  const auto choice = model_for(services, progress.conversation, *settings);
  if (!choice) return Unexpected{choice.error()};
  AskRequest request =
      request_of(progress.conversation, settings->applied_to(services.options.recognize), choice->use_memory);
  progress.stream =
      std::make_unique<AnswerStream>([owner, assistant = choice->assistant, request = std::move(request)](
                                         const OnText& on_text, const std::function<bool()>& is_cancelled) mutable {
        request.generate.is_cancelled = is_cancelled;
        return assistant->ask(owner, request, on_text);
      });
  return {};
}

Result<void> reply_whole(const Services& services, Call& call, InProgress& progress,
                         const std::function<Json(const Answer&)>& whole) {
  while (!progress.stream->next(call.request.is_connection_closed).empty()) {
  }
  const auto& answer = progress.stream->result();
  if (!answer) return Unexpected{answer.error()};
  services.metrics.count(*answer);
  call.reply(whole(*answer));
  return {};
}

Result<void> reply_streaming(const Services& services, Call& call, std::shared_ptr<InProgress> progress,
                             const StreamWriter& writer) {
  // The status is still open until there is text or an answer.
  progress->first = progress->stream->next(call.request.is_connection_closed);
  if (progress->first.empty() && !progress->stream->result()) {
    return Unexpected{progress->stream->result().error()};
  }
  const auto provide = [progress = std::move(progress), writer, &services, has_begun = false,
                        is_gone = call.request.is_connection_closed](std::size_t /*offset*/,
                                                                     httplib::DataSink& sink) mutable {
    const auto send = [&](const std::string& text) { return text.empty() || sink.write(text.data(), text.size()); };
    if (!std::exchange(has_begun, true) && !send(writer.begin())) return false;
    std::string text = std::exchange(progress->first, {});
    if (text.empty()) text = progress->stream->next(is_gone);
    if (!text.empty()) return send(writer.piece(text));
    const auto& answer = progress->stream->result();
    if (answer) services.metrics.count(*answer);
    const bool sent = send(answer ? writer.end(*answer) : writer.failed(answer.error()));
    sink.done();
    return sent;
  };
  call.response.set_header("Cache-Control", "no-store");
  call.response.set_header("X-Accel-Buffering", "no");  // nginx passes every piece on at once
  call.response.set_chunked_content_provider(writer.content_type, provide);
  return {};
}

}  // namespace

Result<void> answer(const Services& services, Call& call, Conversation conversation,
                    const std::function<Json(const Answer&)>& whole, const StreamWriter& writer) {
  auto place = services.answers.enter([] { return false; });
  if (!place) {
    services.metrics.count_refusal("busy");
    return call.refuse_for_now(services.answers.wait(), "the model is busy, and enough requests wait for it");
  }
  auto progress = std::make_shared<InProgress>(InProgress{std::move(*place), std::move(conversation), {}, nullptr});
  if (auto started = start(services, call.caller.owner, *progress); !started) return started;
  if (progress->conversation.stream) return reply_streaming(services, call, std::move(progress), writer);
  return reply_whole(services, call, *progress, whole);
}

Json rap_extension(const Answer& answer) {
  Json photos = Json::array();
  for (const Recognition& recognition : answer.recognitions) photos.push_back(recognition_json(recognition));
  return {{"photos", std::move(photos)},
          {"cards", cards_json(answer)},
          {"names", names_json(answer.name_report)},
          {"timings_ms", timings_json(answer.timings)}};
}

std::string sent_event(const Json& data, std::string_view name) {
  std::string event;
  if (!name.empty()) event.append("event: ").append(name).append("\n");
  return event.append("data: ").append(to_line(data)).append("\n\n");
}

}  // namespace rap::server
