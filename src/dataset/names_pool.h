// SPDX-License-Identifier: Apache-2.0
// Names for cards: written by hand and made by rule, so that a model learns to copy what a card
// says and not to know some names.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "dataset/conversation.h"

namespace rap::dataset {

/// What a name fits.
enum class NameKind { kPerson, kAnimal, kThing };

/// Where a name may be used, by a hash of it: 8 of 10 in training, 1 each in dev and test.
[[nodiscard]] Split split_of_name(std::string_view name);

/// All names, distinct. Built once; thread-safe.
class NamesPool {
 public:
  [[nodiscard]] static const NamesPool& instance();

  /// Names of a kind that belong to a split.
  [[nodiscard]] const std::vector<std::string>& names(Split split, NameKind kind) const;

  /// A name at random that `fits` (called at most 200 times; then the last one tried is taken).
  [[nodiscard]] const std::string& draw(Split split, NameKind kind, Random& random,
                                        const std::function<bool(std::string_view)>& fits) const;

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  NamesPool();
  std::vector<std::string> names_[3][3];
  std::size_t size_ = 0;
};

/// Whether a name is in the pool's split, as validation asks it.
[[nodiscard]] bool may_use_name(std::string_view name, Split split);

}  // namespace rap::dataset
