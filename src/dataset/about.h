// SPDX-License-Identifier: Apache-2.0
// Sets of kinds of concepts, as bits.
#pragma once

#include <span>

#include "core/random.h"
#include "dataset/names_pool.h"

namespace rap::dataset {

constexpr unsigned about_only(NameKind kind) { return 1U << static_cast<unsigned>(kind); }

constexpr unsigned kPersons = about_only(NameKind::kPerson);
constexpr unsigned kAnimals = about_only(NameKind::kAnimal);
constexpr unsigned kThings = about_only(NameKind::kThing);
constexpr unsigned kLiving = kPersons | kAnimals;
constexpr unsigned kAll = kLiving | kThings;

/// One of `items`, at random, whose set `about` holds the kind. There must be one.
template <class Item>
const Item& any_about(std::span<const Item> items, NameKind kind, Random& random) {
  while (true) {
    const Item& item = items[random.below(items.size())];
    if ((item.about & about_only(kind)) != 0) return item;
  }
}

}  // namespace rap::dataset
