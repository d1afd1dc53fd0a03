// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "image/photo.h"
#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;

class RememberTest : public CommandTest {
 protected:
  Concept stored(const std::string& name) {
    const auto found = script.memory.find(Owner{}, name);
    return found->value_or(Concept{});
  }
  std::string chelsea = example_photo("chelsea.jpg").string();
};

TEST_F(RememberTest, StoresEverythingThatTheFlagsSay) {
  const auto outcome = rap({"remember",   "Bo",
                            "--photo",    file("bo.jpg", "one"),
                            "--photo",    file("bo2.jpg", "two"),
                            "--category", "dog",
                            "--info",     "afraid of vacuum cleaners",
                            "--alias",    "Bobo",
                            "--alias",    "the corgi",
                            "--attr",     "breed=corgi",
                            "--attr",     "motto=a=b",
                            "--consent",  "given"});
  ASSERT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("remembered Bo (2 views)"));
  const Concept bo = stored("Bo");
  EXPECT_EQ(bo.category, "dog");
  EXPECT_EQ(bo.info, "afraid of vacuum cleaners");
  EXPECT_EQ(bo.aliases, (std::vector<std::string>{"Bobo", "the corgi"}));
  EXPECT_EQ(bo.attributes, (std::map<std::string, std::string>{{"breed", "corgi"}, {"motto", "a=b"}}));
  EXPECT_EQ(bo.consent, Consent::kGiven);
  EXPECT_EQ(bo.views.size(), 2U);
}

TEST_F(RememberTest, BoxesArePixelsOfThePhotoBeforeThem) {
  const auto photo = read_file(chelsea, 10'000'000);
  ASSERT_TRUE(photo.has_value());
  const auto size = photo_size(*photo);
  ASSERT_TRUE(size.has_value());
  const auto outcome = rap({"remember", "Chelsea", "--photo", chelsea, "--photo", chelsea, "--box",
                            "0,0," + std::to_string(size->width / 2) + "," + std::to_string(size->height)});
  ASSERT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  const Concept known = stored("Chelsea");
  ASSERT_EQ(known.views.size(), 2U);
  EXPECT_FALSE(known.views[0].box.has_value());
  ASSERT_TRUE(known.views[1].box.has_value());
  EXPECT_NEAR(known.views[1].box->width, 0.5, 0.01);
  EXPECT_EQ(known.views[1].box->height, 1.0F);
}

TEST_F(RememberTest, ShowGivesBoxesBackInThePixelsTheyWereGivenIn) {
  ASSERT_EQ(rap({"remember", "Chelsea", "--photo", chelsea, "--box", "11,7,201,133"}).code, ExitCode::kOk);
  const auto json = rap({"concepts", "show", "Chelsea", "--json"}).json();
  EXPECT_EQ(json["concept"]["views"][0]["box"], nlohmann::json::array({11, 7, 201, 133}));
}

TEST_F(RememberTest, ABoxOutsideThePhotoIsRefusedAndNothingStored) {
  EXPECT_EQ(rap({"remember", "Chelsea", "--photo", chelsea, "--box", "1,2,3"}).code, ExitCode::kUsage);
  const auto outcome = rap({"remember", "Chelsea", "--photo", chelsea, "--box", "0,0,100000,10"});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_THAT(outcome.err, HasSubstr("does not lie inside its photo"));
  EXPECT_TRUE(stored("Chelsea").id.empty());
}

TEST_F(RememberTest, ABoxThatIsNotFourNumbersIsRefused) {
  for (const char* box : {"1,2,3", "1,2,3,4,5", "a,b,c,d", "1;2;3;4", "nan,0,1,1", "1,2,3,4 ", ""}) {
    const auto outcome = rap({"remember", "Chelsea", "--photo", chelsea, std::string("--box=") + box});
    EXPECT_NE(outcome.code, ExitCode::kOk) << box;
    EXPECT_TRUE(stored("Chelsea").id.empty()) << box;
  }
}

TEST_F(RememberTest, ABoxNeedsAPhotoBeforeIt) {
  EXPECT_EQ(rap({"remember", "Bo", "--box", "1,2,3,4", "--photo", chelsea}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"remember", "Bo", "--photo", chelsea, "--box", "1,2,3,4", "--box", "1,2,3,4"}).code, ExitCode::kUsage);
}

TEST_F(RememberTest, ReadsAPhotoFromStandardInput) {
  input = std::string("photo\0with zero", 15);
  ASSERT_EQ(rap({"remember", "Bo", "--photo", "-"}).code, ExitCode::kOk);
  const auto photo = script.memory.photo(Owner{}, stored("Bo").views.at(0).photo);
  EXPECT_EQ(photo->value().size(), 15U);
}

TEST_F(RememberTest, JsonHoldsTheConcept) {
  const auto json = rap({"remember", "Bo", "--category", "dog", "--json"}).json();
  EXPECT_EQ(json["concept"]["name"], "Bo");
  EXPECT_EQ(json["concept"]["category"], "dog");
  EXPECT_EQ(json["concept"]["view_count"], 0);
  EXPECT_EQ(json["concept"]["consent"], "not-asked");
}

TEST_F(RememberTest, VerbsAreGoodNamesToo) {
  for (const char* name : {"concepts", "list", "chat", "[x]"}) {
    EXPECT_EQ(rap({"remember", name}).code, ExitCode::kOk) << name;
    EXPECT_EQ(rap({"concepts", "show", name}).code, ExitCode::kOk) << name;
  }
}

}  // namespace
}  // namespace rap::testing
