// SPDX-License-Identifier: Apache-2.0
#include "dataset/near_duplicate.h"

#include <bit>

#include "image/photo.h"

namespace rap::dataset {
namespace {

constexpr int kCells = 8;  ///< along each side of the hash

/// Brightness as the eye weighs it (ITU-R BT.601), times 1000.
int luma(const std::uint8_t* rgb) { return 299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]; }

}  // namespace

std::uint64_t difference_hash(const Image& image) {
  const Image small = resize(image, kCells + 1, kCells);
  std::uint64_t hash = 0;
  for (std::size_t row = 0; row < kCells; ++row) {
    const std::uint8_t* pixel = small.rgb.data() + row * 3 * (kCells + 1);
    for (int column = 0; column < kCells; ++column, pixel += 3) {
      hash = hash << 1 | static_cast<std::uint64_t>(luma(pixel) < luma(pixel + 3));
    }
  }
  return hash;
}

LookAlikes::LookAlikes(int distance) : distance_(distance), bands_(static_cast<std::size_t>(distance) + 1) {}

std::uint64_t LookAlikes::band(std::uint64_t hash, std::size_t index) const {
  const std::size_t begin = 64 * index / bands_.size();
  const std::size_t end = 64 * (index + 1) / bands_.size();
  const std::size_t bits = end - begin;
  return bits == 64 ? hash : hash >> begin & ((std::uint64_t{1} << bits) - 1);
}

void LookAlikes::add(std::uint64_t hash, std::size_t photo) {
  for (std::size_t i = 0; i < bands_.size(); ++i) bands_[i][band(hash, i)].push_back({hash, photo});
}

std::optional<std::size_t> LookAlikes::find(std::uint64_t hash,
                                            const std::function<bool(std::size_t photo)>& accepts) const {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < bands_.size(); ++i) {
    const auto entries = bands_[i].find(band(hash, i));
    if (entries == bands_[i].end()) continue;
    for (const Entry& entry : entries->second) {
      if (first && *first <= entry.photo) continue;
      if (std::popcount(hash ^ entry.hash) <= distance_ && accepts(entry.photo)) first = entry.photo;
    }
  }
  return first;
}

}  // namespace rap::dataset
