// SPDX-License-Identifier: Apache-2.0
// The values of invented facts, drawn at random. Most kinds have hundreds or thousands of values
// (words, numbers, names, places, codes), so that a model can only copy them. Names of people
// belong to `split` (see NamesPool).
#pragma once

#include <string>

#include "core/random.h"
#include "dataset/conversation.h"

namespace rap::dataset::values {

[[nodiscard]] std::string food(Split split, Random& random);
[[nodiscard]] std::string fear(Split split, Random& random);
[[nodiscard]] std::string age(Split split, Random& random);
[[nodiscard]] std::string date(Split split, Random& random);
[[nodiscard]] std::string town(Split split, Random& random);
[[nodiscard]] std::string address(Split split, Random& random);
[[nodiscard]] std::string nickname(Split split, Random& random);
[[nodiscard]] std::string person(Split split, Random& random);
[[nodiscard]] std::string place(Split split, Random& random);
[[nodiscard]] std::string game(Split split, Random& random);
[[nodiscard]] std::string weight(Split split, Random& random);
[[nodiscard]] std::string character(Split split, Random& random);
[[nodiscard]] std::string habit(Split split, Random& random);
[[nodiscard]] std::string spot(Split split, Random& random);
[[nodiscard]] std::string object(Split split, Random& random);
[[nodiscard]] std::string trick(Split split, Random& random);
[[nodiscard]] std::string code(Split split, Random& random);
[[nodiscard]] std::string job(Split split, Random& random);
[[nodiscard]] std::string hobby(Split split, Random& random);
[[nodiscard]] std::string instrument(Split split, Random& random);
[[nodiscard]] std::string language(Split split, Random& random);
[[nodiscard]] std::string collection(Split split, Random& random);
[[nodiscard]] std::string drink(Split split, Random& random);
[[nodiscard]] std::string team(Split split, Random& random);
[[nodiscard]] std::string size(Split split, Random& random);
[[nodiscard]] std::string relation(Split split, Random& random);
[[nodiscard]] std::string price(Split split, Random& random);
[[nodiscard]] std::string material(Split split, Random& random);
[[nodiscard]] std::string year(Split split, Random& random);
[[nodiscard]] std::string brand(Split split, Random& random);
[[nodiscard]] std::string use(Split split, Random& random);
/// When something happened: "last week".
[[nodiscard]] std::string time(Split split, Random& random);
[[nodiscard]] std::string count(Split split, Random& random);
[[nodiscard]] std::string colour(Split split, Random& random);
[[nodiscard]] std::string season(Split split, Random& random);
[[nodiscard]] std::string month(Split split, Random& random);
[[nodiscard]] std::string weekday(Split split, Random& random);
[[nodiscard]] std::string special(Split split, Random& random);

}  // namespace rap::dataset::values
