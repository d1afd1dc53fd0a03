// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;

class FacesTest : public CommandTest {
 protected:
  void SetUp() override { script.faces = {.available = true, .on = false, .people = 3, .with_template = 0}; }
};

TEST_F(FacesTest, AreOffUntilTheyAreSwitchedOn) {
  EXPECT_THAT(rap({"faces", "status"}).out, HasSubstr("faces are off"));
  script.faces.with_template = 2;
  EXPECT_EQ(rap({"faces", "on"}).out, "faces are on: 2 of 3 people have a known face\n");
  EXPECT_TRUE(script.faces.on);
  EXPECT_EQ(opened->model, "none") << "no language model is needed";
  EXPECT_THAT(rap({"faces", "off"}).out, HasSubstr("faces are off"));
  EXPECT_FALSE(script.faces.on);
}

TEST_F(FacesTest, JsonHasTheCounts) {
  const auto json = rap({"faces", "status", "--json"}).json();
  EXPECT_EQ(json, nlohmann::json::parse(R"({"faces": {"available": true, "on": false, "people": 3,
                                                         "with_template": 0}})"));
}

TEST_F(FacesTest, StatusSaysThatWeightsHaveGone) {
  script.faces = {.available = false, .on = true, .people = 3, .with_template = 0};
  EXPECT_THAT(rap({"faces", "status"}).out, HasSubstr("weights are missing"));
}

TEST_F(FacesTest, MissingWeightsAreNotFound) {
  script.failure = Error{ErrorCode::kNotFound, "the weights for faces are missing", ""};
  const auto outcome = rap({"faces", "on"});
  EXPECT_EQ(outcome.code, ExitCode::kNotFound);
  EXPECT_THAT(outcome.err, HasSubstr("the weights for faces are missing"));
}

}  // namespace
}  // namespace rap::testing
