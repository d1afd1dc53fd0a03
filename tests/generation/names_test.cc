// SPDX-License-Identifier: Apache-2.0
#include "generation/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/text.h"
#include "tests/generation/fake_generator.h"

namespace rap {
namespace {

using ::testing::ElementsAre;
using testing::FakeGenerator;
using ::testing::IsEmpty;

const KnownName kBo{"Bo", {"Bobby"}, "dog"};
const KnownName kLuna{"Luna", {}, "person"};
const KnownName kMax{"Max", {}, "dog"};
const KnownName kMaxPower{"Max Power", {}, "person"};

Prompt question() { return {Message{Role::kUser, {std::string("Caption this.")}}}; }

struct CheckCase {
  const char* text;
  std::vector<KnownName> required;
  std::vector<KnownName> others;
  std::vector<std::string> missing;
  std::vector<std::string> foreign;
};

class CheckNames : public ::testing::TestWithParam<CheckCase> {};

TEST_P(CheckNames, FindsMissingAndForeignNames) {
  const CheckCase& one = GetParam();
  const NameFindings found = check_names(one.text, one.required, one.others);
  EXPECT_EQ(found.missing, one.missing) << one.text;
  EXPECT_EQ(found.foreign, one.foreign) << one.text;
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckNames,
    ::testing::Values(CheckCase{"Bo runs.", {kBo}, {kLuna}, {}, {}},
                      CheckCase{"A dog runs.", {kBo, kLuna}, {}, {"Bo", "Luna"}, {}},
                      CheckCase{"Bobby runs.", {kBo}, {}, {}, {}},             // an alias is enough
                      CheckCase{"BO'S ball", {kBo}, {}, {}, {}},               // possessive, case
                      CheckCase{"Bob runs.", {kBo}, {}, {"Bo"}, {}},           // not a whole word
                      CheckCase{"Bo and Luna", {kBo}, {kLuna}, {}, {"Luna"}},  // foreign
                      CheckCase{"Bobby", {}, {kBo}, {}, {"Bo"}},               // foreign by alias
                      CheckCase{"Bobo", {{"Bobo", {}, ""}}, {kBo}, {}, {}},    // foreign inside a word
                      CheckCase{"Max Power waves.", {kMaxPower}, {kMax}, {}, {}},
                      CheckCase{"Max Power and Max", {kMaxPower}, {kMax}, {}, {"Max"}},
                      CheckCase{"Max Power waves.", {kMax}, {kMaxPower}, {"Max"}, {"Max Power"}},
                      CheckCase{"Max", {kMax}, {{"MAX", {}, ""}}, {}, {}},  // both: required
                      CheckCase{"ZOE smiles", {{"Zoë", {}, ""}}, {}, {}, {}},
                      CheckCase{"這是小白的球", {{"小白", {}, ""}}, {}, {}, {}},
                      CheckCase{"Аня и Борис", {{"Аня", {}, ""}}, {{"борис", {}, ""}}, {}, {"борис"}},
                      CheckCase{"", {kBo}, {kLuna}, {"Bo"}, {}}));

TEST(GenerateChecked, KeepsARightAnswer) {
  const FakeGenerator generator({std::string("Bo runs.")});
  auto checked = generate_checked(generator, question(), {}, {{kBo}, {kLuna}}, {});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->generation.text, "Bo runs.");
  EXPECT_FALSE(checked->repaired);
  EXPECT_TRUE(checked->first.ok());
  EXPECT_EQ(generator.calls.size(), 1U);
}

TEST(GenerateChecked, SteersWhereItCan) {
  const FakeGenerator generator({std::string("A dog and Max run."), std::string(" run in the snow.")}, true);
  auto checked = generate_checked(generator, question(), {}, {{kBo, kLuna}, {kMax}}, {});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->generation.text, "Bo and Luna run in the snow.");
  EXPECT_TRUE(checked->repaired);
  EXPECT_THAT(checked->first.missing, ElementsAre("Bo", "Luna"));
  EXPECT_THAT(checked->first.foreign, ElementsAre("Max"));
  ASSERT_EQ(generator.calls.size(), 2U);
  EXPECT_EQ(generator.calls[1].options.prefix, "Bo and Luna");
  EXPECT_THAT(generator.calls[1].options.forbidden, ElementsAre("Max"));
  EXPECT_EQ(generator.calls[1].prompt.size(), 1U);
}

TEST(GenerateChecked, JoinsThreeNames) {
  const FakeGenerator generator({std::string("Nothing."), std::string(" play.")}, true);
  auto checked = generate_checked(generator, question(), {}, {{kBo, kLuna, kMax}, {}}, {});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->generation.text, "Bo, Luna and Max play.");
}

TEST(GenerateChecked, DoesNotForceNamesThatWereThere) {
  const FakeGenerator generator({std::string("Bo and Max run."), std::string("Bo runs.")}, true);
  auto checked = generate_checked(generator, question(), {}, {{kBo}, {kMax}}, {});
  ASSERT_TRUE(checked);
  EXPECT_EQ(generator.calls[1].options.prefix, "");
  EXPECT_EQ(checked->generation.text, "Bo runs.");
}

TEST(GenerateChecked, AsksForOneRewriteWhereItCannotSteer) {
  const FakeGenerator generator({std::string("A dog and Max run."), std::string("Bo and another dog run.")});
  auto checked = generate_checked(generator, question(), {}, {{kBo}, {kMax, kLuna}}, {});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->generation.text, "Bo and another dog run.");
  EXPECT_TRUE(checked->repaired);
  ASSERT_EQ(generator.calls.size(), 2U);
  const Prompt& rewrite = generator.calls[1].prompt;
  ASSERT_EQ(rewrite.size(), 3U);
  EXPECT_EQ(rewrite[1].role, Role::kAssistant);
  EXPECT_EQ(std::get<std::string>(rewrite[1].content[0]), "A dog and Max run.");
  EXPECT_EQ(std::get<std::string>(rewrite[2].content[0]),
            "Give that answer again, changed as little as possible. Name Bo in it. Do not name Max. Write only the "
            "answer.");
}

struct SubstitutionCase {
  const char* stubborn;  ///< what the generator says both times
  NameRules rules;
  const char* repaired;
};

class Substitution : public ::testing::TestWithParam<SubstitutionCase> {};

TEST_P(Substitution, MakesAnyTextObeyTheRules) {
  const SubstitutionCase& one = GetParam();
  const FakeGenerator generator({std::string(one.stubborn), std::string(one.stubborn)});
  auto checked = generate_checked(generator, question(), {}, one.rules, {});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->generation.text, one.repaired);
  EXPECT_TRUE(check_names(checked->generation.text, one.rules.required, one.rules.others).ok());
  EXPECT_EQ(generator.calls.size(), 2U) << "at most one repair through the generator";
}

INSTANTIATE_TEST_SUITE_P(
    All, Substitution,
    ::testing::Values(
        SubstitutionCase{"A dog runs.", {{kBo}, {}}, "A dog runs. In the photo: Bo."},
        SubstitutionCase{"", {{kBo, kLuna}, {}}, "In the photo: Bo and Luna."},
        SubstitutionCase{"Max runs with Bo.", {{kBo}, {kMax}}, "A dog runs with Bo."},
        SubstitutionCase{"Here is Max's ball.", {{}, {kMax}}, "Here is a dog's ball."},
        SubstitutionCase{"Look: Luna waves. Luna smiles.", {{}, {kLuna}}, "Look: someone waves. Someone smiles."},
        SubstitutionCase{"See Eli here.", {{}, {{"Eli", {}, "elephant"}}}, "See an elephant here."},
        SubstitutionCase{"Max Power and Max wave.", {{kMaxPower}, {kMax}}, "Max Power and a dog wave."},
        // A category that is itself a name nobody asked for, and a word that is one too.
        SubstitutionCase{"See Max.", {{}, {{"Max", {}, "Rex"}, {"Rex", {}, "dog"}}}, "See someone."},
        SubstitutionCase{"See Max.", {{}, {{"Max", {}, ""}, {"someone", {}, ""}}}, "See ."},
        SubstitutionCase{"A dog.", {{kBo}, {{"Photo", {}, ""}}}, "A dog. Bo."},
        SubstitutionCase{
            "Борис бежит.", {{{"Аня", {}, ""}}, {{"борис", {}, ""}}}, "Someone бежит. In the photo: Аня."}));

GenerateOptions in_json() {
  GenerateOptions options;
  options.json = "";
  return options;
}

TEST(GenerateCheckedInJson, ReadsEscapes) {
  const FakeGenerator generator({std::string(R"({"caption":"\nB\u006f runs."})")});
  auto checked = generate_checked(generator, question(), in_json(), {{kBo}, {kLuna}}, {});
  ASSERT_TRUE(checked);
  EXPECT_TRUE(checked->first.ok());
  EXPECT_EQ(generator.calls.size(), 1U);
}

TEST(GenerateCheckedInJson, AsksForTheNamesAndForbidsOthers) {
  const FakeGenerator generator({std::string(R"({"dog":"Max"})"), std::string(R"({"dog":"Bo"})")}, true);
  auto checked = generate_checked(generator, question(), in_json(), {{kBo}, {kMax}}, {});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->generation.text, R"({"dog":"Bo"})");
  EXPECT_TRUE(checked->repaired);
  ASSERT_EQ(generator.calls.size(), 2U);
  EXPECT_EQ(generator.calls[1].prompt.size(), 3U) << "the model is asked for the names";
  EXPECT_EQ(generator.calls[1].options.prefix, "");
  EXPECT_EQ(generator.calls[1].options.json, "");
  EXPECT_THAT(generator.calls[1].options.forbidden, ElementsAre("Max"));
}

TEST(GenerateCheckedInJson, ReportsWhatIsStillWrong) {
  const FakeGenerator generator({std::string(R"({"dogs":1})"), std::string(R"({"dogs":2})")}, true);
  std::string heard;
  auto checked = generate_checked(generator, question(), in_json(), {{kBo}, {kMax}}, [&](std::string_view piece) {
    heard += piece;
    return true;
  });
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->generation.text, R"({"dogs":1})");
  EXPECT_EQ(heard, checked->generation.text);
  EXPECT_FALSE(checked->repaired);
  EXPECT_THAT(checked->first.missing, ElementsAre("Bo"));
  EXPECT_EQ(generator.calls.size(), 2U) << "once";
}

TEST(GenerateCheckedInJson, LeavesNamesThatTheSchemaDemands) {
  const FakeGenerator generator({std::string(R"("Max")")}, true);
  auto checked = generate_checked(generator, question(), in_json(), {{}, {kMax}}, {});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->generation.text, R"("Max")");
  EXPECT_FALSE(checked->repaired);
  EXPECT_THAT(checked->first.foreign, ElementsAre("Max"));
  EXPECT_EQ(generator.calls.size(), 1U) << "the name was forbidden from the first token on";
}

TEST(GenerateChecked, SubstitutesWhenTheSecondTryFails) {
  const FakeGenerator generator({std::string("A dog."), fail(ErrorCode::kUnavailable, "gone")});
  auto checked = generate_checked(generator, question(), {}, {{kBo}, {}}, {});
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->generation.text, "A dog. In the photo: Bo.");
}

TEST(GenerateChecked, PassesOnTheFirstError) {
  const FakeGenerator generator({fail(ErrorCode::kUnavailable, "gone")});
  auto checked = generate_checked(generator, question(), {}, {{kBo}, {}}, {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace rap
