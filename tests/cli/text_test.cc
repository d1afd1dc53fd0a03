// SPDX-License-Identifier: Apache-2.0
// Misspellings.
#include <gtest/gtest.h>

#include "cli/similar.h"

namespace rap::cli {
namespace {

TEST(Similar, CountsEditsOfFoldedCharacters) {
  EXPECT_EQ(edit_distance("Bo", "bo"), 0U);
  EXPECT_EQ(edit_distance("Zoë", "ZOE"), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("chelsae", "chelsea"), 1U) << "a swap is one edit";
  EXPECT_EQ(edit_distance("小明", "小红"), 1U);
}

TEST(Similar, OffersTheNearestFewAndNothingFar) {
  const std::vector<std::string> names{"Barack", "Bo", "Mia", "Barak", "Barrack"};
  EXPECT_EQ(most_similar("Barck", names), (std::vector<std::string>{"Barack", "Barak"}));
  EXPECT_TRUE(most_similar("Zebedee", names).empty());
}

}  // namespace
}  // namespace rap::cli
