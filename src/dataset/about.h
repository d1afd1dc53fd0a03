// SPDX-License-Identifier: Apache-2.0
// Sets of kinds of concepts, as bits.
#pragma once

#include "dataset/names_pool.h"

namespace rap::dataset {

constexpr unsigned about_only(NameKind kind) { return 1U << static_cast<unsigned>(kind); }

constexpr unsigned kPersons = about_only(NameKind::kPerson);
constexpr unsigned kAnimals = about_only(NameKind::kAnimal);
constexpr unsigned kThings = about_only(NameKind::kThing);
constexpr unsigned kLiving = kPersons | kAnimals;
constexpr unsigned kAll = kLiving | kThings;

}  // namespace rap::dataset
