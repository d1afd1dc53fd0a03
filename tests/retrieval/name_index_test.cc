// SPDX-License-Identifier: Apache-2.0
#include "retrieval/name_index.h"

#include <gmock/gmock.h>

namespace rap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Concept named(std::string name, std::vector<std::string> aliases = {}) {
  Concept known;
  known.name = std::move(name);
  known.aliases = std::move(aliases);
  return known;
}

TEST(NameIndex, FindsNamesAndAliasesWhateverCaseAndAccent) {
  const std::vector<Concept> concepts{named("Bo"), named("Zoë", {"the boss"}), named("Luna")};
  const NameIndex index(concepts);
  EXPECT_THAT(index.mentioned("Is BO's ball here?"), ElementsAre(0));
  EXPECT_THAT(index.mentioned("zoe and luna"), ElementsAre(1, 2));
  EXPECT_THAT(index.mentioned("ask The  Boss!"), ElementsAre(1));
  EXPECT_THAT(index.mentioned("Bob met a lunatic"), IsEmpty());
}

TEST(NameIndex, TheLongerNameWinsInTheSamePlace) {
  const std::vector<Concept> concepts{named("Max"), named("Max Power")};
  const NameIndex index(concepts);
  EXPECT_THAT(index.mentioned("where is Max Power?"), ElementsAre(1));
  EXPECT_THAT(index.mentioned("where is Max?"), ElementsAre(0));
  EXPECT_THAT(index.mentioned("Max and Max Power"), ElementsAre(0, 1));
}

TEST(NameIndex, ReadsScriptsWithoutSpacesAndMixedOnes) {
  const std::vector<Concept> concepts{named("小白"), named("บอส"), named("R2-D2"), named("Łukasz"), named("보리")};
  const NameIndex index(concepts);
  EXPECT_THAT(index.mentioned("这是小白吗？"), ElementsAre(0));
  EXPECT_THAT(index.mentioned("นี่คือบอสใช่ไหม"), ElementsAre(1));
  EXPECT_THAT(index.mentioned("Have you seen r2-d2 today?"), ElementsAre(2));
  EXPECT_THAT(index.mentioned("łukasz is here"), ElementsAre(3));
  EXPECT_THAT(index.mentioned("보리는 어디에 있어?"), ElementsAre(4));
}

TEST(NameIndex, SurvivesInvalidText) {
  const std::vector<Concept> concepts{named("Bo")};
  EXPECT_THAT(NameIndex(concepts).mentioned("Bo \xFF\xFE"), IsEmpty());
  EXPECT_THAT(NameIndex().mentioned("Bo"), IsEmpty());
}

}  // namespace
}  // namespace rap
