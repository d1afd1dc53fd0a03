// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rap/engines.h"
#include "rap/memory.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// A stopwatch that starts when it is made.
class Stopwatch {
 public:
  [[nodiscard]] std::chrono::microseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start_);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// A picture that is looked at: its pixels and the maps they gave.
struct Look {
  std::string key;  ///< view_key() of the picture
  Image image;
  Features features;
  std::optional<Features> fine;  ///< those of a fine look, if there was one
  std::chrono::microseconds decode{0};
  std::chrono::microseconds encode{0};
};

/// The photo of a stored view. kCorrupt if the memory no longer has it.
[[nodiscard]] Result<Bytes> stored_photo(const Memory& memory, const Owner& owner, std::string_view sha256);

/// Decodes a photo file and cuts out `box` if there is one; there are no maps.
[[nodiscard]] Result<Look> decode_look(std::span<const std::byte> photo, const std::optional<Box>& box);

/// Decodes a photo file, cuts out `box` if there is one, and encodes it once.
[[nodiscard]] Result<Look> look_at(const Encoder& encoder, std::span<const std::byte> photo,
                                   const std::optional<Box>& box);

/// Looks finely, too, if the picture is large enough for that and it was not done before.
[[nodiscard]] Result<void> look_finely(const Encoder& encoder, Look& look);

}  // namespace rap
