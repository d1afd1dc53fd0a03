// SPDX-License-Identifier: Apache-2.0
#include "generation/openai/openai_generator.h"

#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "generation/egress.h"
#include "generation/openai/chat_request.h"
#include "generation/openai/sse.h"

namespace rap {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Url {
  std::string origin;  ///< "http://host:port"
  std::string path;    ///< without a slash at its end
};

std::optional<Url> parse_url(std::string_view text) {
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  const bool is_plain = text.find_first_of(" \r\n@?#") == std::string_view::npos;
  if (scheme == 0 || text.size() == scheme || text[scheme] == '/' || !is_plain) return std::nullopt;
  const std::size_t slash = std::min(text.find('/', scheme), text.size());
  Url url{std::string(text.substr(0, slash)), std::string(text.substr(slash))};
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

/// Builds one answer out of what the server sends.
class AnswerReader {
 public:
  AnswerReader(const NameHider* hider, const GenerateOptions& options, const OnText& on_text, std::size_t max_bytes)
      : is_cancelled_(options.is_cancelled), on_text_(on_text), max_bytes_(max_bytes), events_(max_bytes) {
    if (hider) restorer_.emplace(*hider, options.json ? AnswerForm::kJson : AnswerForm::kText);
  }

  void begin(bool is_stream) { is_stream_ = is_stream; }

  /// False when nothing more is wanted.
  bool push(std::string_view bytes) {
    if (is_cancelled_ && is_cancelled_()) {
      cancelled_ = true;
      return false;
    }
    received_ += bytes.size();
    if (received_ > max_bytes_) {
      stop(fail(ErrorCode::kTooLarge, "the language model's answer exceeds " + std::to_string(max_bytes_) + " bytes"));
      return false;
    }
    if (!is_stream_) {
      whole_ += bytes;
      return true;
    }
    return events_.push(bytes, [&](std::string_view data) { return read_event(data); });
  }

  /// Call when the body has ended in order.
  void finish() {
    if (is_stream_) {
      events_.finish([&](std::string_view data) { return read_event(data); });
    } else if (!error_) {
      read(whole_);
      done_ = true;
    }
  }

  /// Whether an answer has begun, so that asking again would repeat it.
  [[nodiscard]] bool has_begun() const { return received_ > 0; }
  /// Whether the answer is whole, whatever happens to the connection then.
  [[nodiscard]] bool is_done() const { return done_ || cancelled_; }

  [[nodiscard]] Result<Generation> result(Clock::time_point start) {
    if (error_) return Unexpected{*error_};
    if (!cancelled_ && restorer_) deliver(restorer_->finish());
    if (cancelled_) generation_.finish = FinishReason::kCancelled;
    if (first_) generation_.to_first_token = std::chrono::duration_cast<std::chrono::microseconds>(*first_ - start);
    generation_.total = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
    return std::move(generation_);
  }

 private:
  bool read_event(std::string_view data) {
    if (data == "[DONE]") {
      done_ = true;
      return false;
    }
    return read(data);
  }

  bool read(std::string_view json) {
    auto reply = read_reply(json);
    if (!reply) {
      stop(Unexpected{reply.error()});
      return false;
    }
    if (reply->finish_reason) {
      generation_.finish = *reply->finish_reason == "length" ? FinishReason::kLength : FinishReason::kStop;
      done_ = true;  // usage and [DONE] may follow, but the answer is whole
    }
    if (reply->prompt_tokens) generation_.prompt_tokens = *reply->prompt_tokens;
    if (reply->answer_tokens) generation_.answer_tokens = *reply->answer_tokens;
    deliver(restorer_ ? restorer_->push(reply->text) : reply->text);
    return !cancelled_;
  }

  void deliver(const std::string& text) {
    if (text.empty()) return;
    if (!first_) first_ = Clock::now();
    generation_.text += text;
    if (on_text_ && !on_text_(text)) cancelled_ = true;
  }

  void stop(Unexpected unexpected) {
    if (!error_) error_ = std::move(unexpected.error);
  }

  const std::function<bool()>& is_cancelled_;
  const OnText& on_text_;
  const std::size_t max_bytes_;
  SseParser events_;
  std::optional<NameRestorer> restorer_;
  Generation generation_;
  std::string whole_;
  std::size_t received_ = 0;
  bool is_stream_ = false;
  bool done_ = false;
  bool cancelled_ = false;
  std::optional<Error> error_;
  std::optional<Clock::time_point> first_;
};

/// How one try ended.
struct Attempt {
  std::optional<Error> error;  ///< none = the reader has the answer
  bool may_retry = false;
  std::optional<milliseconds> retry_after;
};

Attempt unavailable(std::string what, bool may_retry) {
  return {Error{ErrorCode::kUnavailable, "the language model's server " + std::move(what), {}}, may_retry, {}};
}

std::optional<milliseconds> retry_after(const httplib::Headers& headers) {
  const auto found = headers.find("Retry-After");
  if (found == headers.end()) return std::nullopt;
  long seconds = 0;  // the form with a date is not read: clocks differ
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || seconds < 0 || seconds > 86'400) return std::nullopt;
  return std::chrono::seconds(seconds);
}

Attempt refused(int status, const httplib::Headers& headers) {
  const std::string code = std::to_string(status);
  if (status == 429 || status >= 500) {
    Attempt attempt = unavailable("is busy or failing (HTTP " + code + ")", true);
    attempt.retry_after = retry_after(headers);
    return attempt;
  }
  if (status == 401 || status == 403)
    return {Error{ErrorCode::kInvalidArgument, "the language model's server did not accept the key (HTTP " + code + ")",
                  "llm_key"},
            false,
            {}};
  if (status == 404)
    return {
        Error{ErrorCode::kNotFound, "the language model's server knows no such address or model (HTTP 404)", "llm_url"},
        false,
        {}};
  if (status == 413)
    return {Error{ErrorCode::kTooLarge, "the question is too large for the language model's server (HTTP 413)", {}},
            false,
            {}};
  return {
      Error{ErrorCode::kInvalidArgument, "the language model's server refused the question (HTTP " + code + ")", {}},
      false,
      {}};
}

class OpenAiGenerator final : public Generator {
 public:
  OpenAiGenerator(OpenAiOptions options, Url url) : options_(std::move(options)), url_(std::move(url)) {
    info_.name = options_.model.empty() ? url_.origin : options_.model;
    info_.layout = options_.layout;
    info_.picture_fingerprint = "rap-jpeg-1";
    info_.egress = options_.egress;
  }

  [[nodiscard]] const GeneratorInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Result<Bytes> encode_picture(const Image& image, const FeatureMap* /*features*/) const override {
    return options_.encode_jpeg(image);
  }

  [[nodiscard]] Result<Generation> generate(const Prompt& prompt, const GenerateOptions& options,
                                            const OnText& on_text) const override {
    const auto start = Clock::now();
    std::optional<NameHider> hider;
    if (!options_.egress.names) hider.emplace(options.private_names, texts_of(prompt, options));
    const NameHider* hide = hider ? &*hider : nullptr;
    const auto body = request_body({prompt, options, options_.model, options_.egress.photos, hide});
    if (!body) return Unexpected{body.error()};
    milliseconds backoff = options_.first_backoff;
    for (int tries_left = options_.retries;; --tries_left) {
      AnswerReader reader(hide, options, on_text, options_.max_answer_bytes);
      const Attempt attempt = ask(*body, start, reader);
      if (!attempt.error) return reader.result(start);
      const milliseconds wait = attempt.retry_after.value_or(std::exchange(backoff, backoff * 2));
      const bool in_time = wait <= options_.max_retry_wait && wait < time_left(start);
      if (!attempt.may_retry || tries_left <= 0 || !in_time) return Unexpected{*attempt.error};
      std::this_thread::sleep_for(wait);
    }
  }

 private:
  static std::vector<std::string_view> texts_of(const Prompt& prompt, const GenerateOptions& options) {
    std::vector<std::string_view> texts;
    if (options.json) texts.push_back(*options.json);
    for (const Message& message : prompt) {
      for (const auto& part : message.content) {
        if (const auto* text = std::get_if<std::string>(&part)) texts.push_back(*text);
      }
    }
    return texts;
  }

  [[nodiscard]] milliseconds time_left(Clock::time_point start) const {
    const auto spent = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
    return std::max(milliseconds(0), options_.total_timeout - spent);
  }

  [[nodiscard]] Attempt ask(const std::string& body, Clock::time_point start, AnswerReader& reader) const {
    httplib::Client client(url_.origin);
    client.set_connection_timeout(std::min(options_.connect_timeout, time_left(start)));
    client.set_read_timeout(std::min(options_.silence_timeout, std::max(milliseconds(1), time_left(start))));
    client.set_write_timeout(options_.silence_timeout);
    client.set_follow_location(false);

    httplib::Request request;
    request.method = "POST";
    request.path = url_.path + "/chat/completions";
    request.set_header("Content-Type", "application/json");
    request.set_header("Accept", "text/event-stream, application/json");
    if (!options_.key.empty()) request.set_header("Authorization", "Bearer " + options_.key);
    request.body = body;
    std::optional<Attempt> refusal;
    bool is_late = false;
    request.response_handler = [&](const httplib::Response& response) {
      if (response.status != 200) {
        refusal = refused(response.status, response.headers);
        return false;  // the body could repeat the question: it is not read
      }
      reader.begin(response.get_header_value("Content-Type").starts_with("text/event-stream"));
      return true;
    };
    request.content_receiver = [&](const char* data, std::size_t size, std::size_t, std::size_t) {
      is_late = time_left(start) == milliseconds(0);
      return !is_late && reader.push({data, size});
    };
    const auto response = client.send(request);
    if (refusal) return *refusal;
    if (is_late) return late();
    if (response) reader.finish();
    return outcome(response.error(), reader, start);
  }

  [[nodiscard]] Attempt late() const {
    return unavailable("did not finish within " + std::to_string(options_.total_timeout.count()) + " ms", false);
  }

  [[nodiscard]] Attempt outcome(httplib::Error error, const AnswerReader& reader, Clock::time_point start) const {
    // The reader ends the transfer itself when it has the whole answer, or found an error in it.
    if (error == httplib::Error::Canceled || reader.is_done()) return {};
    if (error == httplib::Error::Success) return unavailable("ended the answer too early", false);
    if (time_left(start) == milliseconds(0)) return late();
    switch (error) {
      case httplib::Error::Connection:
      case httplib::Error::ConnectionTimeout:
      case httplib::Error::ProxyConnection:
        return unavailable("cannot be reached at " + url_.origin, true);
      case httplib::Error::SSLConnection:
      case httplib::Error::SSLLoadingCerts:
      case httplib::Error::SSLServerVerification:
      case httplib::Error::SSLServerHostnameVerification:
        return unavailable("has no certificate that this machine trusts", false);
      case httplib::Error::Timeout:
        return unavailable("did not answer in time", false);
      default:
        return reader.has_begun()
                   ? unavailable("broke off the answer", false)
                   : unavailable("sent nothing within " + std::to_string(options_.silence_timeout.count()) +
                                     " ms, or closed the connection",
                                 false);
    }
  }

  OpenAiOptions options_;
  Url url_;
  GeneratorInfo info_;
};

}  // namespace

Result<std::unique_ptr<Generator>> open_openai_generator(OpenAiOptions options) {
  auto url = parse_url(options.url);
  if (!url)
    return fail(ErrorCode::kInvalidArgument, "the server's address must look like http://host:port/v1", "llm_url");
  if (!options.encode_jpeg) return fail(ErrorCode::kInvalidArgument, "there is no JPEG encoder", "encode_jpeg");
  if (options.key.find_first_of("\r\n") != std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "the key has a line break", "llm_key");
  }
  return std::unique_ptr<Generator>(new OpenAiGenerator(std::move(options), std::move(*url)));
}

}  // namespace rap
