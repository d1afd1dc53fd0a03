// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;

class FeedbackTest : public CommandTest {
 protected:
  void SetUp() override {
    remember("Bo");
    remember("Max");
  }

  Concept known(const std::string& name) { return **script.memory.find(Owner{}, name); }

  std::string photo = example_photo("chelsea.jpg").string();  // 451 x 300
};

TEST_F(FeedbackTest, NotBoIsACounterExampleAndIsMaxALearntView) {
  const auto outcome = rap({"feedback", "--not", "Bo", photo, "--is", "max"});
  ASSERT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  ASSERT_EQ(known("Bo").views.size(), 1U);
  ASSERT_EQ(known("Max").views.size(), 1U);
  EXPECT_FALSE(known("Bo").views[0].shows);
  EXPECT_TRUE(known("Max").views[0].shows);
  EXPECT_THAT(outcome.out, HasSubstr("learnt: the whole photo does not show Bo (view " + known("Bo").views[0].id));
  EXPECT_THAT(outcome.out, HasSubstr("learnt: the whole photo shows Max"));
  EXPECT_EQ(opened->model, "none") << "no generator is needed";
}

TEST_F(FeedbackTest, JsonTellsTheViewAndItsBoxInPixels) {
  const auto json = rap({"feedback", photo, "--is", "Max", "--box", "45,30,90,60", "--json"}).json()["feedback"];
  ASSERT_EQ(json.size(), 1U);
  EXPECT_EQ(json[0]["concept"]["name"], "Max");
  EXPECT_EQ(json[0]["concept"]["view_count"], 1);
  EXPECT_EQ(json[0]["concept"]["counter_example_count"], 0);
  EXPECT_EQ(json[0]["view"], known("Max").views[0].id);
  EXPECT_EQ(json[0]["shows"], true);
  EXPECT_EQ(json[0]["new"], true);
  EXPECT_EQ(json[0]["box"], nlohmann::json::array({45, 30, 90, 60}));
}

TEST_F(FeedbackTest, CounterExamplesAreListedAsSuch) {
  rap({"feedback", "--not", "Bo", photo});
  const auto shown = rap({"concepts", "show", "Bo", "--json"}).json()["concept"];
  EXPECT_EQ(shown["view_count"], 0);
  EXPECT_EQ(shown["counter_example_count"], 1);
  EXPECT_EQ(shown["views"][0]["shows"], false);
  EXPECT_EQ(shown["views"][0]["provenance"], "learnt");
  EXPECT_THAT(rap({"concepts", "show", "Bo"}).out, HasSubstr("shows it"));
}

TEST_F(FeedbackTest, NamesSeveralConceptsAndReadsStandardInput) {
  input = read(photo);
  ASSERT_EQ(rap({"feedback", "-", "--not", "Bo", "--not", "Max", "--not", "bo"}).code, ExitCode::kOk);
  EXPECT_EQ(known("Bo").views.size(), 1U);
  EXPECT_EQ(known("Max").views.size(), 1U);
}

TEST_F(FeedbackTest, MistakesAreExplained) {
  const auto silent = rap({"feedback", photo});
  EXPECT_EQ(silent.code, ExitCode::kUsage);
  EXPECT_THAT(silent.err, HasSubstr("--not NAME"));

  const auto both = rap({"feedback", photo, "--not", "Bo", "--is", "bo"});
  EXPECT_EQ(both.code, ExitCode::kUsage);
  EXPECT_THAT(both.err, HasSubstr("--is and --not name the same concept"));

  remember("Chelsea");
  const auto misspelt = rap({"feedback", photo, "--is", "Chelsae"});
  EXPECT_EQ(misspelt.code, ExitCode::kNotFound);
  EXPECT_THAT(misspelt.err, HasSubstr("did you mean Chelsea?"));

  EXPECT_EQ(rap({"feedback", "--is", "Max"}).code, ExitCode::kUsage) << "no photo";
  EXPECT_EQ(rap({"feedback", photo, photo, "--is", "Max"}).code, ExitCode::kUsage) << "feedback is about one photo";
  EXPECT_EQ(rap({"feedback", "nothing.jpg", "--is", "Max"}).code, ExitCode::kNotFound);
  EXPECT_EQ(rap({"feedback", photo, "--is", "Max", "--box", "400,0,100,10"}).code, ExitCode::kBadInput);
  EXPECT_TRUE(known("Bo").views.empty() && known("Max").views.empty());
}

TEST_F(FeedbackTest, TooMuchOfItHasAWayOut) {
  script.failure =
      Error{ErrorCode::kTooLarge, "add_views has 65 learnt views; the limit is 64", "changes[0].add_views"};
  const auto outcome = rap({"feedback", photo, "--is", "Max"});
  EXPECT_EQ(outcome.code, ExitCode::kBadInput);
  EXPECT_THAT(outcome.err, HasSubstr("--remove-view"));
}

}  // namespace
}  // namespace rap::testing
