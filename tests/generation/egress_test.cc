// SPDX-License-Identifier: Apache-2.0
#include "generation/egress.h"

#include <gtest/gtest.h>

#include <random>

namespace rap {
namespace {

const std::vector<KnownName> kNames{{"Bo", {"Bobby"}, "dog"}, {"Zoë", {}, "Person"}, {"Max Power", {}, "person"}};

std::string restored(const NameHider& hider, const std::vector<std::string>& pieces) {
  NameRestorer restorer(hider);
  std::string text;
  for (const std::string& piece : pieces) text += restorer.push(piece);
  return text + restorer.finish();
}

TEST(ApplyEgress, LeavesOutWhatStaysIn) {
  PromptInput input;
  input.photos = {Picture{"p", nullptr}};
  Card card;
  card.name = "Bo";
  card.info = "secret";
  card.attributes = {{"age", "3"}};
  card.picture = Picture{"c", nullptr};
  input.cards = {card};
  const PromptInput all = apply_egress(input, {});
  EXPECT_TRUE(!all.photos.empty() && all.cards[0].picture && all.cards[0].info == "secret");
  const PromptInput none = apply_egress(input, {false, false, false});
  EXPECT_FALSE(!none.photos.empty() || none.cards[0].picture);
  EXPECT_TRUE(none.cards[0].info.empty() && none.cards[0].attributes.empty());
  EXPECT_EQ(none.cards[0].name, "Bo");
}

TEST(NameHider, HidesNamesAndAliasesAlike) {
  const NameHider hider(kNames, {});
  EXPECT_EQ(hider.hide("Is Bo's friend ZOE with bobby or Max Power?"),
            "Is Concept-1's friend Person-2 with Concept-1 or Person-3?");
  EXPECT_EQ(hider.hide("Bobo stays"), "Bobo stays");
}

TEST(NameHider, AvoidsPlaceholdersTheUserWrote) {
  const std::vector<std::string_view> texts{"What is concept-1?"};
  const NameHider hider(kNames, texts);
  EXPECT_EQ(hider.hide("Bo"), "Concept-2");
  EXPECT_EQ(restored(hider, {"concept-1 is not Concept-2"}), "concept-1 is not Bo");
}

TEST(NameRestorer, PutsNamesBackWhateverThePieces) {
  const NameHider hider(kNames, {});
  const std::string answer = "Concept-1 and person-2 see Concept-12, a person-al Person and PERSON-3's Concept-1";
  const std::string expected = "Bo and Zoë see Concept-12, a person-al Person and Max Power's Bo";
  EXPECT_EQ(restored(hider, {answer}), expected);
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < answer.size();) {
      const std::size_t size = 1 + random() % 5;
      pieces.push_back(answer.substr(at, size));
      at += size;
    }
    EXPECT_EQ(restored(hider, pieces), expected);
  }
}

TEST(NameRestorer, HoldsBackOnlyWhatMayBeAPlaceholder) {
  const NameHider hider(kNames, {});
  NameRestorer restorer(hider);
  EXPECT_EQ(restorer.push("A dog: Conc"), "A dog: ");
  EXPECT_EQ(restorer.push("ert "), "Concert ");
  EXPECT_EQ(restorer.push("Concept-1"), "");
  EXPECT_EQ(restorer.push("."), "Bo.");
}

}  // namespace
}  // namespace rap
