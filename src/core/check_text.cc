// SPDX-License-Identifier: Apache-2.0
#include "core/check_text.h"

#include "core/text.h"

namespace rap {
namespace {

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

bool is_break(char32_t code) { return code == U'\n' || code == U'\r' || code == U'\t'; }

}  // namespace

Unexpected too_many(std::size_t count, std::size_t limit, const char* what, const std::string& field) {
  return fail(ErrorCode::kTooLarge,
              field + " has " + std::to_string(count) + " " + what + "; the limit is " + std::to_string(limit), field);
}

Result<void> check_text(std::string_view text, std::size_t limit, Breaks breaks, const std::string& field) {
  const auto count = count_characters(text);
  if (!count) return fail(ErrorCode::kInvalidArgument, field + " is not valid UTF-8", field);
  if (*count > limit) return too_many(*count, limit, "characters", field);
  for (const char32_t code : to_utf32(text)) {
    if (!is_control(code) || (breaks == Breaks::kAllowed && is_break(code))) continue;
    return fail(ErrorCode::kInvalidArgument,
                field + " has the control character " + std::to_string(static_cast<unsigned>(code)), field);
  }
  return {};
}

}  // namespace rap
