// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/files.h"
#include "core/hash.h"
#include "rap/bundle.h"
#include "tests/memory/store.h"

namespace rap {
namespace {

using testing::expect_error;
using testing::must;
using testing::photo_file;

class RapDatabaseTest : public testing::StoreTest {
 protected:
  RapDatabaseTest() {
    std::filesystem::create_directories(root_.path() / "example_database");
    must(write_file(root_.path() / "example_database" / "bo.png", photo_file(1)));
    must(write_file(root_.path() / "example_database" / "duck.png", photo_file(2)));
  }

  Result<TransferReport> import_text(const std::string& text, Merge merge = Merge::kFail) {
    const auto json = root_.path() / "example_database" / "database.json";
    must(write_file(json, as_bytes(text)));
    return import_rap_database(*store_, owner_, json, merge);
  }

  testing::TemporaryDir root_;
};
RAP_ON_ALL_STORES(RapDatabaseTest);

TEST_P(RapDatabaseTest, ReadsTheFormOfTheReference) {
  const auto report = import_text(R"({
    "concept_dict": {
      "<bo>": {"name": "bo", "image": "example_database/bo.png",
               "info": "<bo> is a well-groomed Shiba Inu. <bo> barks.", "category": "dog"},
      "<brown-duck>": {"name": "brown-duck", "image": "duck.png", "info": "A toy.", "category": "plush toy"},
      "<no-photo>": {"info": "Nothing known."}
    },
    "path_to_concept": {"example_database/bo.png": "<bo>"}})");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(*report, (TransferReport{3, 2, 0}));
  const auto bo = must(store_->find(owner_, "bo"));
  ASSERT_TRUE(bo);
  EXPECT_EQ(bo->info, "bo is a well-groomed Shiba Inu. bo barks.");
  EXPECT_EQ(bo->category, "dog");
  ASSERT_EQ(bo->views.size(), 1U);
  EXPECT_EQ(bo->views[0].photo, sha256_hex(photo_file(1)));
  EXPECT_EQ(bo->views[0].provenance, Provenance::kConfirmed);
  EXPECT_TRUE(must(store_->find(owner_, "brown-duck")));
  EXPECT_TRUE(must(store_->find(owner_, "no-photo")));
}

TEST_P(RapDatabaseTest, AcceptsAbsolutePathsAndLists) {
  const std::string absolute = (root_.path() / "example_database" / "bo.png").string();
  ASSERT_TRUE(import_text(R"({"concept_dict": {"<bo>": {"image": [")" + absolute + R"(", "duck.png"]}}})"));
  EXPECT_EQ(must(store_->find(owner_, "bo"))->views.size(), 2U);
}

TEST_P(RapDatabaseTest, NamesTheEntryOfAMissingPhoto) {
  const auto report =
      import_text(R"({"concept_dict": {"<zed>": {"image": "bo.png"}, "<alice>": {"image": "gone/secret-name.png"}}})");
  expect_error(report, ErrorCode::kNotFound, "concept_dict[1].image");
  EXPECT_EQ(report.error().message.find("secret"), std::string::npos);
  EXPECT_EQ(must(store_->revision(owner_)), 0U) << "all or nothing";
}

TEST_P(RapDatabaseTest, RefusesBadPhotosAndConflicts) {
  must(write_file(root_.path() / "example_database" / "letter.png", as_bytes("no photo at all")));
  expect_error(import_text(R"({"concept_dict": {"<a>": {}, "<bo>": {"image": "letter.png"}}})"),
               ErrorCode::kUnsupported, "concept_dict[1].views[0].photo");
  ASSERT_TRUE(import_text(R"({"concept_dict": {"<bo>": {"image": "bo.png"}}})"));
  const char* both = R"({"concept_dict": {"<bo>": {"image": "bo.png"}, "<duck>": {"image": "duck.png"}}})";
  expect_error(import_text(both), ErrorCode::kConflict, "concepts");
  const auto merged = import_text(both, Merge::kSkip);
  ASSERT_TRUE(merged);
  EXPECT_EQ(*merged, (TransferReport{1, 1, 1}));
}

TEST_P(RapDatabaseTest, RefusesOtherForms) {
  for (const char* text : {"", "7", "{}", "[]", "{\"concept_dict\": []}", "{\"concept_dict\": {\"a\": 7}}",
                           "{\"concept_dict\": {\"a\": {\"name\": 7}}}", "{\"concept_dict\": {\"a\": {\"image\": {}}}}",
                           "{\"concept_dict\": {\"a\": {\"image\": [7]}}}", "{\"concept_dict\": {", "\xFF\xFE"}) {
    const auto report = import_text(text);
    ASSERT_FALSE(report) << text;
    EXPECT_EQ(report.error().code, ErrorCode::kCorrupt) << text;
  }
  expect_error(import_text(R"({"concept_dict": {"": {}}})"), ErrorCode::kInvalidArgument, "concept_dict[0].name");
  expect_error(import_rap_database(*store_, owner_, root_.path() / "none.json"), ErrorCode::kNotFound, "");
}

}  // namespace
}  // namespace rap
