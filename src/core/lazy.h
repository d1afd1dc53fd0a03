// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "rap/result.h"

namespace rap {

/// Something that is opened at its first use, so that whoever needs it not does not pay for it. A failed opening is
/// not tried again. Thread-safe.
template <class T>
class Lazy {
 public:
  using Open = std::function<Result<std::unique_ptr<T>>()>;

  explicit Lazy(Open open) : open_(std::move(open)) {}

  /// What was opened, or why it could not be. Lives as long as this object.
  [[nodiscard]] const Result<std::unique_ptr<T>>& get() const {
    std::call_once(once_, [this] { opened_.emplace(open_()); });
    return *opened_;
  }

 private:
  const Open open_;
  mutable std::once_flag once_;
  mutable std::optional<Result<std::unique_ptr<T>>> opened_;  // written once, under once_
};

}  // namespace rap
