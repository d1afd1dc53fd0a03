// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::HasSubstr;
using ::testing::Not;

class ConceptsTest : public CommandTest {};

TEST_F(ConceptsTest, ListShowsATableAndJson) {
  remember("Mam", "drinks tea");
  remember("Bo");
  const auto table = rap({"concepts", "list"});
  EXPECT_EQ(table.code, ExitCode::kOk);
  EXPECT_LT(table.out.find("Bo"), table.out.find("Mam"));
  EXPECT_THAT(table.out, HasSubstr("drinks tea"));
  const auto json = rap({"concepts", "list", "--json"}).json();
  ASSERT_EQ(json["concepts"].size(), 2U);
  EXPECT_EQ(json["concepts"][1]["info"], "drinks tea");
}

TEST_F(ConceptsTest, AnEmptyMemoryIsAnEmptyList) {
  EXPECT_EQ(rap({"concepts", "list"}).out, "");
  EXPECT_EQ(rap({"concepts", "list", "--json"}).json()["concepts"], nlohmann::json::array());
}

TEST_F(ConceptsTest, ListGoesBeyondOnePage) {
  for (int i = 0; i < 1203; ++i) remember("thing " + std::to_string(i));
  EXPECT_EQ(rap({"concepts", "list", "--json"}).json()["concepts"].size(), 1203U);
}

TEST_F(ConceptsTest, ShowTakesNameAliasOrId) {
  ConceptDraft draft;
  draft.name = "Zoë";
  draft.aliases = {"the boss"};
  const auto stored = script.memory.put(Owner{}, draft, {});
  for (const std::string& key : {std::string("zoe"), std::string("The Boss"), stored->id})
    EXPECT_EQ(rap({"concepts", "show", key, "--json"}).json()["concept"]["name"], "Zoë") << key;
}

TEST_F(ConceptsTest, AnUnknownNameGetsAHint) {
  remember("Chelsea");
  remember("Bo");
  const auto outcome = rap({"concepts", "show", "Chelsae"});
  EXPECT_EQ(outcome.code, ExitCode::kNotFound);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean Chelsea?"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("Bo")));
  const auto json = rap({"concepts", "forget", "Chelsae", "--json"}).json();
  EXPECT_EQ(json["error"]["code"], "not_found");
  EXPECT_EQ(json["error"]["field"], "concept");
  EXPECT_EQ(json["error"]["did_you_mean"], nlohmann::json::array({"Chelsea"}));
}

TEST_F(ConceptsTest, EditChangesWhatIsGivenAndNothingElse) {
  remember("Bo", "old info");
  ASSERT_EQ(rap({"concepts", "edit", "Bo", "--category", "dog", "--attr", "age=3", "--consent", "refused"}).code,
            ExitCode::kOk);
  auto bo = **script.memory.find(Owner{}, "Bo");
  EXPECT_EQ(bo.info, "old info");
  EXPECT_EQ(bo.category, "dog");
  EXPECT_EQ(bo.attributes.at("age"), "3");
  EXPECT_EQ(bo.consent, Consent::kRefused);
  ASSERT_EQ(rap({"concepts", "edit", "Bo", "--info", "", "--name", "Bobo", "--remove-attr", "age"}).code,
            ExitCode::kOk);
  bo = **script.memory.find(Owner{}, "Bobo");
  EXPECT_EQ(bo.info, "");
  EXPECT_TRUE(bo.attributes.empty());
}

TEST_F(ConceptsTest, EditAddsAndRemovesAliasesOnTheStateItSaw) {
  const Concept bo = remember("Bo");
  ASSERT_EQ(rap({"concepts", "edit", "Bo", "--alias", "Bobo", "--alias", "B"}).code, ExitCode::kOk);
  EXPECT_EQ(script.memory.last_patch->if_revision, bo.revision);
  ASSERT_EQ(rap({"concepts", "edit", "Bo", "--remove-alias", "bobo", "--alias", "C"}).code, ExitCode::kOk);
  EXPECT_EQ((**script.memory.find(Owner{}, "Bo")).aliases, (std::vector<std::string>{"B", "C"}));
}

TEST_F(ConceptsTest, EditPassesViewsAndRevisionOn) {
  remember("Bo");
  ASSERT_EQ(rap({"concepts", "edit", "Bo", "--add-photo", file("bo.jpg", "bo"), "--remove-view", "v1"}).code,
            ExitCode::kOk);
  EXPECT_EQ(script.memory.last_patch->add_views.size(), 1U);
  EXPECT_EQ(script.memory.last_patch->remove_views, std::vector<std::string>{"v1"});
  EXPECT_EQ(rap({"concepts", "edit", "Bo", "--info", "x", "--if-revision", "999"}).code, ExitCode::kConflict);
}

TEST_F(ConceptsTest, AnEditOfNothingIsAMistake) {
  remember("Bo");
  const auto outcome = rap({"concepts", "edit", "Bo"});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("nothing to change"));
}

TEST_F(ConceptsTest, ForgetAndUndo) {
  remember("Bo");
  EXPECT_EQ(rap({"concepts", "forget", "bo", "--json"}).json()["forgotten"]["name"], "Bo");
  EXPECT_FALSE(script.memory.find(Owner{}, "Bo")->has_value());
  const auto undone = rap({"concepts", "undo", "--json"}).json()["undone"];
  EXPECT_EQ(undone["kind"], "undo");
  EXPECT_EQ(undone["before"], nullptr);
  EXPECT_EQ(undone["after"]["name"], "Bo");
  EXPECT_TRUE(script.memory.find(Owner{}, "Bo")->has_value());
}

TEST_F(ConceptsTest, UndoOfNothingIsNotFound) { EXPECT_EQ(rap({"concepts", "undo"}).code, ExitCode::kNotFound); }

TEST_F(ConceptsTest, HistoryTellsWhatChangedAlsoOfForgottenConcepts) {
  remember("Bo");
  remember("Mam");
  rap({"concepts", "edit", "Bo", "--info", "new", "--category", "dog"});
  rap({"concepts", "forget", "Bo"});
  const auto table = rap({"concepts", "history"});
  EXPECT_THAT(table.out, HasSubstr("category, info"));
  EXPECT_THAT(table.out, HasSubstr("Mam"));
  const auto json = rap({"concepts", "history", "bo", "--json"}).json()["history"];
  ASSERT_EQ(json.size(), 3U);
  EXPECT_EQ(json[0]["kind"], "forget");
  EXPECT_EQ(json[1]["after"]["info"], "new");
  EXPECT_EQ(json[2]["before"], nullptr);
  EXPECT_EQ(rap({"concepts", "history", "bo", "--limit", "1", "--json"}).json()["history"].size(), 1U);
  EXPECT_EQ(rap({"concepts", "history", "nobody"}).code, ExitCode::kNotFound);
}

TEST_F(ConceptsTest, ExportAndImport) {
  rap({"remember", "Chelsea", "--photo", example_photo("chelsea.jpg").string()});
  const std::string bundle = (folder.path() / "all.rap").string();
  const auto exported = rap({"concepts", "export", bundle, "--json"}).json()["exported"];
  EXPECT_EQ(exported["concepts"], 1);
  EXPECT_EQ(exported["photos"], 1);
  EXPECT_EQ(rap({"concepts", "import", bundle}).code, ExitCode::kConflict);
  EXPECT_EQ(rap({"concepts", "import", bundle, "--skip-existing", "--json"}).json()["imported"]["skipped"], 1);
  rap({"concepts", "forget", "Chelsea"});
  EXPECT_EQ(rap({"concepts", "import", bundle, "--json"}).json()["imported"]["concepts"], 1);
  EXPECT_TRUE(script.memory.find(Owner{}, "Chelsea")->has_value());
}

TEST_F(ConceptsTest, ImportKnowsADatabaseOfTheReferenceByItsContent) {
  std::filesystem::copy_file(example_photo("chelsea.jpg"), folder.path() / "cat.jpg");
  const std::string database =
      file("anything.bin",
           "\n {\"concept_dict\": {\"<cat>\": {\"name\": \"Chelsea\", \"image\": \"cat.jpg\", \"info\": \"naps\", "
           "\"category\": \"cat\"}}}");
  const auto outcome = rap({"concepts", "import", database});
  ASSERT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ((**script.memory.find(Owner{}, "Chelsea")).info, "naps");
}

TEST_F(ConceptsTest, NoVerbOfTheMemoryAsksForAGenerator) {
  remember("Bo");
  for (const std::vector<std::string>& line : std::vector<std::vector<std::string>>{
           {"concepts", "list"}, {"concepts", "show", "Bo"}, {"concepts", "edit", "Bo", "--info", "x"}}) {
    auto arguments = line;
    arguments.insert(arguments.end(), {"--llm", "http://localhost:1/v1", "--model", "big"});
    ASSERT_EQ(rap(arguments).code, ExitCode::kOk);
    EXPECT_EQ(opened->model, "none") << line[1];
    EXPECT_EQ(opened->llm_url, "") << line[1];
  }
}

TEST_F(ConceptsTest, StoredTextCannotSteerTheTerminal) {
  remember("B\x1B[2Jo", "line\nbreak \xE2\x80\xAE reversed");
  const auto listed = rap({"concepts", "list"}).out;
  EXPECT_THAT(listed, Not(HasSubstr("\x1B")));
  EXPECT_THAT(listed, Not(HasSubstr("\xE2\x80\xAE")));
  EXPECT_THAT(listed, HasSubstr("line break"));
  EXPECT_THAT(rap({"concepts", "show", "id1"}).out, Not(HasSubstr("\x1B")));
}

}  // namespace
}  // namespace rap::testing
