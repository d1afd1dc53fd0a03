// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/chat.h"

#include <utility>

#include "generation/prompt.h"

namespace rap {
namespace {

/// Stands for the content of message `index` while the template is applied. The content itself
/// never passes through the template, so nothing in it can be taken for the template's text.
std::string place_of(std::size_t index) { return "\x01message " + std::to_string(index) + "\x01"; }

/// Fills `chat_template` to messages that hold their places instead of their contents; the
/// result ends where the assistant's answer begins. Empty if llama.cpp cannot.
std::string fill_template(const std::string& chat_template, const std::vector<Role>& roles) {
  std::vector<std::string> places;
  std::vector<llama_chat_message> messages;
  places.reserve(roles.size());
  for (std::size_t i = 0; i < roles.size(); ++i) {
    places.push_back(place_of(i));
    messages.push_back({role_name(roles[i]), places.back().c_str()});
  }
  std::string text(256 + 128 * roles.size(), '\0');
  const auto write = [&] {
    return llama_chat_apply_template(chat_template.c_str(), messages.data(), messages.size(), true, text.data(),
                                     static_cast<std::int32_t>(text.size()));
  };
  std::int32_t size = write();
  if (size > static_cast<std::int32_t>(text.size())) {
    text.resize(static_cast<std::size_t>(size));
    size = write();
  }
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

std::string usable_template(const llama_model& model, std::string wanted) {
  if (wanted.empty()) {
    const char* own = llama_model_chat_template(&model, nullptr);
    if (own) wanted = own;
  }
  return fill_template(wanted, {Role::kUser}).empty() ? "chatml" : wanted;
}

}  // namespace

std::vector<llama_token> tokenize(const llama_vocab* vocab, std::string_view text, bool parse_special,
                                  bool add_special) {
  std::vector<llama_token> tokens(text.size() + 2);
  const auto write = [&] {
    return llama_tokenize(vocab, text.data(), static_cast<std::int32_t>(text.size()), tokens.data(),
                          static_cast<std::int32_t>(tokens.size()), add_special, parse_special);
  };
  std::int32_t count = write();
  if (count < 0) {
    tokens.resize(static_cast<std::size_t>(-static_cast<std::int64_t>(count)));
    count = write();
  }
  tokens.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return tokens;
}

void append_tokens(std::vector<Segment>& segments, const std::vector<llama_token>& tokens) {
  if (tokens.empty()) return;
  if (segments.empty() || segments.back().picture) segments.emplace_back();
  auto& last = segments.back().tokens;
  last.insert(last.end(), tokens.begin(), tokens.end());
}

ChatTokenizer::ChatTokenizer(const llama_model& model, std::string chat_template)
    : vocab_(llama_model_get_vocab(&model)), template_(usable_template(model, std::move(chat_template))) {}

std::vector<llama_token> ChatTokenizer::plain(std::string_view text) const { return tokenize(vocab_, text, false); }

llama_token ChatTokenizer::end_of_answer() const {
  const std::string text = fill_template(template_, {Role::kUser, Role::kAssistant});
  const std::string answer = place_of(1);
  if (const std::size_t at = text.find(answer); at != std::string::npos) {
    for (const llama_token token : tokenize(vocab_, std::string_view(text).substr(at + answer.size()), true)) {
      if (llama_vocab_is_eog(vocab_, token)) return token;
    }
  }
  return llama_vocab_eos(vocab_);
}

Result<std::string> ChatTokenizer::apply_template(const Prompt& prompt) const {
  std::vector<Role> roles;
  for (const Message& message : prompt) roles.push_back(message.role);
  std::string text = fill_template(template_, roles);
  if (text.empty()) return fail(ErrorCode::kUnsupported, "the model's chat template does not take these messages");
  return text;
}

Result<std::vector<Segment>> ChatTokenizer::segments(const Prompt& prompt, const PictureSegments& pictures) const {
  auto text = apply_template(prompt);
  if (!text) return Unexpected{text.error()};
  std::vector<Segment> segments;
  std::string_view rest = *text;
  const auto append_template = [&](std::string_view part) {
    auto tokens = tokenize(vocab_, part, true);
    const llama_token begin = llama_vocab_bos(vocab_);
    const bool wants_begin = segments.empty() && llama_vocab_get_add_bos(vocab_);
    if (wants_begin && (tokens.empty() || tokens.front() != begin)) tokens.insert(tokens.begin(), begin);
    append_tokens(segments, tokens);
  };
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    const std::string place = place_of(i);
    const std::size_t at = rest.find(place);
    if (at == std::string_view::npos) {
      return fail(ErrorCode::kUnsupported,
                  "the model's chat template has no place for message " + std::to_string(i + 1));
    }
    append_template(rest.substr(0, at));
    rest.remove_prefix(at + place.size());
    for (const auto& part : prompt[i].content) {
      if (const auto* words = std::get_if<std::string>(&part)) {
        append_tokens(segments, plain(*words));
        continue;
      }
      auto picture = pictures(std::get<Picture>(part));
      if (!picture) return Unexpected{picture.error()};
      for (Segment& segment : *picture) {
        if (segment.picture) {
          segments.push_back(std::move(segment));
        } else {
          append_tokens(segments, segment.tokens);
        }
      }
    }
  }
  append_template(rest);
  return segments;
}

}  // namespace rap
