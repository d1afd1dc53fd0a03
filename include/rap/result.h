// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace rap {

/// What kind of failure an Error is. Front ends map these to exit codes and HTTP statuses.
enum class ErrorCode {
  kInvalidArgument,  ///< the caller's input breaks a documented rule; `field` names it
  kNotFound,         ///< a named thing that has to exist does not
  kConflict,         ///< the state has moved on: a name is taken, a revision is stale
  kTooLarge,         ///< a documented limit is exceeded; the message states the limit
  kUnsupported,      ///< well formed, but not something this build or engine can do
  kCorrupt,          ///< stored or received bytes do not have the format they claim
  kUnavailable,      ///< an engine or server cannot be reached or is busy; may work later
  kIo,               ///< the operating system refused a read or a write
  kCancelled,        ///< the caller asked to stop
  kInternal,         ///< a bug of rap itself: please report
};

/// Stable lower-case word for `code`, e.g. "invalid_argument".
[[nodiscard]] const char* to_string(ErrorCode code) noexcept;

/// Why a call failed. Never contains photo bytes, stored names or stored text of any owner.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  ///< a sentence with the facts, fit to show to a user
  std::string field;    ///< the input that was wrong ("name", "views[2].box"), or empty
};

/// Wraps an Error on its way into a Result, as std::unexpected does for std::expected.
struct Unexpected {
  Error error;
};

/// Shorthand for the common `return fail(code, message, field)`.
[[nodiscard]] inline Unexpected fail(ErrorCode code, std::string message, std::string field = {}) {
  return Unexpected{Error{code, std::move(message), std::move(field)}};
}

/// A value or the Error that prevented it. Member names follow std::expected (C++23), so that
/// it can replace this type one day. Reading the side that is not there is a programming error
/// (undefined behaviour), as with std::expected::operator*.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Error;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected unexpected) : state_(std::in_place_index<1>, std::move(unexpected.error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  Error& error() & { return *std::get_if<1>(&state_); }
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() = default;
  Result(Unexpected unexpected) : error_(std::move(unexpected.error)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace rap
