// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "rap/engines.h"

namespace rap::testing {

/// A generator that remembers what it was asked and answers with a function of the prompt. It
/// reads feature maps, as the default model does, and counts the pictures it makes of them.
class FakeGenerator final : public Generator {
 public:
  using Answerer = std::function<std::string(const Prompt&, const GenerateOptions&)>;

  struct Log {
    std::mutex mutex;
    std::vector<Prompt> prompts;
    std::vector<std::string> json;  ///< of each prompt's options; empty = none
    int pictures = 0;
  };

  FakeGenerator(Answerer answerer, std::shared_ptr<Log> log) : answerer_(std::move(answerer)), log_(std::move(log)) {
    info_.name = "fake";
    info_.layout = PromptLayout::kRapSeen;
    info_.can_steer = true;
    info_.reads_features = true;
    info_.picture_fingerprint = "fake-1";
  }

  [[nodiscard]] const GeneratorInfo& info() const noexcept override { return info_; }

  [[nodiscard]] Result<Bytes> encode_picture(const Image& image, const FeatureMap* features) const override {
    if (features == nullptr || features->values.empty()) {
      return fail(ErrorCode::kInternal, "the fake generator reads features and was given none");
    }
    const std::lock_guard lock(log_->mutex);
    ++log_->pictures;
    return Bytes(static_cast<std::size_t>(image.width % 7 + 1));
  }

  [[nodiscard]] Result<Generation> generate(const Prompt& prompt, const GenerateOptions& options,
                                            const OnText& on_text) const override {
    {
      const std::lock_guard lock(log_->mutex);
      log_->prompts.push_back(prompt);
      log_->json.push_back(options.json.value_or(""));
    }
    Generation generation;
    generation.text = answerer_(prompt, options);
    if (on_text) on_text(generation.text);
    return generation;
  }

 private:
  Answerer answerer_;
  std::shared_ptr<Log> log_;
  GeneratorInfo info_;
};

/// The text of a prompt, pictures shown as "<picture>".
inline std::string text_of(const Prompt& prompt) {
  std::string text;
  for (const Message& message : prompt) {
    for (const auto& part : message.content) {
      text += std::holds_alternative<std::string>(part) ? std::get<std::string>(part) : "<picture>";
    }
    text += "\n---\n";
  }
  return text;
}

}  // namespace rap::testing
