// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "rap/engines.h"

namespace rap::testing {

/// Gives scripted answers and keeps what it was asked.
class FakeGenerator final : public Generator {
 public:
  struct Call {
    Prompt prompt;
    GenerateOptions options;
  };

  explicit FakeGenerator(std::deque<Result<std::string>> answers, bool can_steer = false)
      : answers_(std::move(answers)) {
    info_.can_steer = can_steer;
  }

  [[nodiscard]] const GeneratorInfo& info() const noexcept override { return info_; }
  [[nodiscard]] Result<Bytes> encode_picture(const Image&, const FeatureMap*) const override { return Bytes{}; }
  [[nodiscard]] Result<Generation> generate(const Prompt& prompt, const GenerateOptions& options,
                                            const OnText&) const override {
    calls.push_back({prompt, options});
    if (answers_.empty()) return fail(ErrorCode::kInternal, "asked more often than scripted");
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    if (!answer) return Unexpected{answer.error()};
    Generation generation;
    generation.text = options.prefix + *answer;
    return generation;
  }

  mutable std::vector<Call> calls;

 private:
  GeneratorInfo info_;
  mutable std::deque<Result<std::string>> answers_;
};

}  // namespace rap::testing
