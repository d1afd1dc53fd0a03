// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "rap/assistant.h"

namespace rap::server {

/// An answer that is written in a thread of its own, so that the one that serves the client can pass pieces on as they
/// come, notice that the client is gone, and still choose a status before the first piece. The reading side belongs to
/// one thread.
class AnswerStream {
 public:
  using Ask = std::function<Result<Answer>(const OnText& on_text, const std::function<bool()>& is_cancelled)>;

  /// Starts at once.
  explicit AnswerStream(Ask ask);

  /// Gives the answer up and waits until the model has noticed.
  ~AnswerStream();
  AnswerStream(const AnswerStream&) = delete;
  AnswerStream& operator=(const AnswerStream&) = delete;

  /// Waits for more text, or for the end; asks `is_gone` meanwhile and gives up once that is true. Empty at the end.
  [[nodiscard]] std::string next(const std::function<bool()>& is_gone);

  /// The answer, after next() was empty. All of its text was given out by next().
  [[nodiscard]] Result<Answer>& result() { return *result_; }

  void cancel() { cancelled_ = true; }

 private:
  void run(const Ask& ask);

  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;  ///< written, not yet given out
  std::optional<Result<Answer>> result_;
  std::jthread writer_;  // last: it uses the others
};

}  // namespace rap::server
