// SPDX-License-Identifier: Apache-2.0
#include "server/answer_stream.h"

#include <chrono>
#include <exception>
#include <utility>

#include "server/errors.h"

namespace rap::server {

AnswerStream::AnswerStream(Ask ask) : writer_([this, ask = std::move(ask)] { run(ask); }) {}

AnswerStream::~AnswerStream() { cancel(); }

std::string AnswerStream::next(const std::function<bool()>& is_gone) {
  constexpr std::chrono::milliseconds kBetweenQuestions{100};
  std::unique_lock lock(mutex_);
  const auto has_news = [&] { return !text_.empty() || result_; };
  while (!changed_.wait_for(lock, kBetweenQuestions, has_news)) {
    lock.unlock();
    if (is_gone()) cancel();
    lock.lock();
  }
  return std::exchange(text_, {});
}

void AnswerStream::run(const Ask& ask) {
  const auto on_text = [this](std::string_view piece) {
    {
      const std::lock_guard lock(mutex_);
      text_ += piece;
    }
    changed_.notify_one();
    return !cancelled_;
  };
  auto answer = [&]() -> Result<Answer> {
    // An exception that left a thread would end the process.
    try {
      return ask(on_text, [this] { return cancelled_.load(); });
    } catch (const std::exception& exception) {
      return Unexpected{unexpected(exception)};
    }
  }();
  {
    const std::lock_guard lock(mutex_);
    result_.emplace(std::move(answer));
  }
  changed_.notify_one();
}

}  // namespace rap::server
