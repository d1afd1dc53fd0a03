// SPDX-License-Identifier: Apache-2.0
#include "server/auth/secret.h"

#include <sys/random.h>

#include <array>

#include "core/base64.h"

namespace rap::server {

Result<std::string> random_token() {
  std::array<std::byte, 32> bits{};
  const ssize_t got = ::getrandom(bits.data(), bits.size(), 0);
  if (got != static_cast<ssize_t>(bits.size())) {
    return fail(ErrorCode::kInternal, "the operating system gives no random numbers");
  }
  return base64url(bits);
}

bool equal_secrets(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;  // keeps the compiler from leaving the loop early
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i] ^ b[i])));
  }
  return difference == 0;
}

}  // namespace rap::server
