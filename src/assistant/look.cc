// SPDX-License-Identifier: Apache-2.0
#include "assistant/look.h"

#include "core/hash.h"
#include "image/photo.h"

namespace rap {

Result<Bytes> stored_photo(const Memory& memory, const Owner& owner, std::string_view sha256) {
  auto photo = memory.photo(owner, sha256);
  if (!photo) return Unexpected{photo.error()};
  if (!*photo) return fail(ErrorCode::kCorrupt, "the memory has lost a photo of a stored view");
  return std::move(**photo);
}

Result<Look> decode_look(std::span<const std::byte> photo, const std::optional<Box>& box) {
  Look look;
  const Stopwatch decode_time;
  auto image = decode_photo(photo);
  if (!image) return Unexpected{image.error()};
  look.image = std::move(*image);
  if (box) {
    if (const auto valid = check_box(*box); !valid) return Unexpected{valid.error()};
    look.image = crop(look.image, *box);
  }
  look.key = view_key(sha256_hex(photo), box);
  look.decode = decode_time.elapsed();
  return look;
}

Result<Look> look_at(const Encoder& encoder, std::span<const std::byte> photo, const std::optional<Box>& box) {
  auto look = decode_look(photo, box);
  if (!look) return look;
  const Stopwatch encode_time;
  auto features = encoder.encode(look->image);
  if (!features) return Unexpected{features.error()};
  look->features = std::move(*features);
  look->encode = encode_time.elapsed();
  return look;
}

Result<void> look_finely(const Encoder& encoder, Look& look) {
  if (look.fine) return {};
  const Stopwatch encode_time;
  auto fine = encoder.encode_finely(look.image);
  if (!fine) return Unexpected{fine.error()};
  look.fine = std::move(*fine);
  look.encode += encode_time.elapsed();
  return {};
}

}  // namespace rap
