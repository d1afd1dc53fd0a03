// SPDX-License-Identifier: Apache-2.0
#include "training/base_chat.h"

#include <memory>

#include "core/files.h"
#include "core/hash.h"
#include "dataset/record_cache.h"
#include "generation/llama/text_answerer.h"

namespace rap::training {
namespace {

constexpr int kMostTokens = 80;

dataset::Conversation conversation_of(const std::string& question, const std::string& answer) {
  const std::string id = "chat-" + sha256_hex(as_bytes(question)).substr(0, 12);
  return {.id = id,
          .context = id,
          .type = dataset::TaskType::kChat,
          .source = {},
          .image = {},
          .cards = {},
          .turns = {{question, answer}},
          .references = {}};
}

/// The whole sentences of an answer that was cut off.
std::string whole_sentences(const Generation& generation) {
  if (generation.finish != FinishReason::kLength) return generation.text;
  const std::size_t end = generation.text.find_last_of(".!?\n");
  return end == std::string::npos ? std::string() : generation.text.substr(0, end + 1);
}

}  // namespace

Result<std::vector<dataset::Conversation>> chat_of_base(const std::filesystem::path& base,
                                                        const std::string& chat_template,
                                                        const std::vector<std::string>& questions,
                                                        const std::filesystem::path& cache,
                                                        const std::function<bool()>& on_answer) {
  auto answers = dataset::RecordCache::open(cache);
  if (!answers) return Unexpected{answers.error()};
  std::unique_ptr<TextAnswerer> answerer;
  std::vector<dataset::Conversation> conversations;
  for (const std::string& question : questions) {
    if (answers->find(question) == nullptr) {
      if (!answerer) {
        auto opened = TextAnswerer::open(base, chat_template);
        if (!opened) return Unexpected{opened.error()};
        answerer = std::move(*opened);
      }
      const auto generation = answerer->answer(question, kMostTokens);
      if (!generation) return Unexpected{generation.error()};
      if (auto kept = answers->put(question, whole_sentences(*generation)); !kept) return Unexpected{kept.error()};
    }
    const std::string& answer = *answers->find(question);
    if (!answer.empty()) conversations.push_back(conversation_of(question, answer));
    if (!on_answer()) return fail(ErrorCode::kCancelled, "stopped; the answers so far are kept");
  }
  return conversations;
}

}  // namespace rap::training
