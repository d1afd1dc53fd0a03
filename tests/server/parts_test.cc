// SPDX-License-Identifier: Apache-2.0
// What requests are read with, and what bounds them.
#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <locale.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "server/admission.h"
#include "server/conversation.h"
#include "server/import_source.h"
#include "server/models.h"
#include "tests/cli/fakes.h"
#include "tests/support/data.h"

namespace rap::server {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

Utterance user(std::string text) { return {Role::kUser, std::move(text), {}}; }
Utterance assistant(std::string text) { return {Role::kAssistant, std::move(text), {}}; }

TEST(ConversationTest, MessagesBecomeInstructionsTurnsAndAQuestion) {
  Conversation made;
  ASSERT_TRUE(fill_in({{Role::kSystem, "Be brief.", {}}, user("Hi"), assistant("Hello"), user("Who"), user("is this?")},
                      ServerLimits{}, made));
  EXPECT_EQ(made.instructions, "Be brief.");
  ASSERT_THAT(made.turns, SizeIs(1));
  EXPECT_EQ(made.turns[0].question, "Hi");
  EXPECT_EQ(made.turns[0].answer, "Hello");
  EXPECT_EQ(made.question, "Who\nis this?");
}

TEST(ConversationTest, AFollowUpIsAboutTheLastPhotos) {
  Utterance shown = user("What is this?");
  shown.photos = {Bytes(3)};
  Conversation made;
  ASSERT_TRUE(fill_in({shown, assistant("A cat."), user("How old is it?")}, ServerLimits{}, made));
  EXPECT_THAT(made.photos, SizeIs(1));
}

TEST(ConversationTest, PhotosOfOneTurnBelongTogether) {
  Utterance first = user("This?");
  first.photos = {Bytes(1)};
  Utterance second = user("");
  second.photos = {Bytes(2)};
  Utterance third = user("Or this?");
  third.photos = {Bytes(3)};
  Conversation made;
  ASSERT_TRUE(fill_in({first, assistant("No."), second, third}, ServerLimits{}, made));
  ASSERT_THAT(made.photos, SizeIs(2));
  EXPECT_THAT(made.photos[0], SizeIs(2));
}

TEST(ConversationTest, OldTurnsAreLeftOutAndTooManyRefused) {
  ServerLimits limits;
  limits.remembered_characters = 10;
  Conversation made;
  ASSERT_TRUE(fill_in({user("long ago"), assistant("yes"), user("now"), assistant("no"), user("why?")}, limits, made));
  ASSERT_THAT(made.turns, SizeIs(1));
  EXPECT_EQ(made.turns[0].question, "now");
  limits.turns = 2;
  EXPECT_EQ(fill_in({user("a"), assistant("b"), user("c")}, limits, made).error().code, ErrorCode::kTooLarge);
  EXPECT_FALSE(fill_in({user("a"), assistant("b")}, ServerLimits{}, made));
}

TEST(ConversationTest, KnowsWhoAsksForADescription) {
  EXPECT_TRUE(asks_for_caption("Please DESCRIBE this photo"));
  EXPECT_TRUE(asks_for_caption("Write a caption with one sentence"));
  EXPECT_FALSE(asks_for_caption("Is this Bo?"));
}

TEST(ObjectReaderTest, NamesTheFirstMemberThatIsWrong) {
  const Json json = {{"a", 1}, {"b", "x"}, {"c", nullptr}, {"d", 1e300}, {"e", {"x", 2}}};
  ObjectReader reader(json, "at.");
  EXPECT_EQ(reader.text("b"), "x");
  EXPECT_EQ(reader.text("c"), std::nullopt);
  EXPECT_TRUE(reader.result());
  EXPECT_EQ(reader.integer("d", 0, 10), std::nullopt);
  EXPECT_EQ(reader.text("a"), std::nullopt);
  EXPECT_THAT(reader.texts("e"), ElementsAre());
  EXPECT_EQ(reader.result().error().field, "at.d");
}

TEST(ObjectReaderTest, RefusesWhatIsNoObjectOrTooDeep) {
  EXPECT_TRUE(parse_object("{}", {.depth = 2}));
  for (const char* text : {"", "[]", "nul", "{\"a\":", "\xff{}", "{\"a\":[[[[1]]]]}"}) {
    EXPECT_FALSE(parse_object(text, {.depth = 2})) << text;
  }
  EXPECT_FALSE(parse_object("{\"a\":" + std::string(100'000, '[')));
  EXPECT_TRUE(parse_object(R"({"a":[1,2]})", {.values = 4}));
  EXPECT_EQ(parse_object(R"({"a":[1,2,3]})", {.values = 4}).error().code, ErrorCode::kTooLarge);
}

TEST(ObjectReaderTest, ManyObjectsTakeNoLongerThanTheyAreMany) {
  std::string text = R"({"a":[{})";
  for (int i = 0; i < 45'000; ++i) text += R"(,{"b":1})";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(parse_object(text + "]}"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST(AdmissionTest, BoundsThoseInsideAndThoseWaiting) {
  Admission admission(1, 1);
  const auto never = [] { return false; };
  auto first = admission.enter(never);
  ASSERT_TRUE(first);
  std::optional<Admission::Place> second;
  std::thread waiting([&] {
    auto place = admission.enter(never);
    if (place) second.emplace(std::move(*place));
  });
  while (admission.inside() < 2) std::this_thread::yield();
  EXPECT_FALSE(admission.enter(never));
  first.reset();
  waiting.join();
  EXPECT_TRUE(second);
  EXPECT_FALSE(admission.enter([] { return true; }));  // gives up while it waits
}

TEST(ModelsTest, NamesChooseAssistantsWithAndWithoutMemory) {
  rap::testing::FakeAssistant::Script script;
  const auto small = std::make_shared<rap::testing::FakeAssistant>(script);
  const auto large = std::make_shared<rap::testing::FakeAssistant>(script);
  const Models models({{"small", small}, {"large", large}});
  EXPECT_TRUE(models.choose("rap")->use_memory);
  EXPECT_EQ(models.choose("rap")->assistant, small.get());
  EXPECT_FALSE(models.choose("rap/none")->use_memory);
  EXPECT_EQ(models.choose("large:latest")->assistant, large.get());
  EXPECT_EQ(models.choose("gpt-4").error().code, ErrorCode::kNotFound);
}

/// A zip file with these files in it.
std::filesystem::path make_zip(const std::filesystem::path& file,
                               const std::vector<std::pair<std::string, std::string>>& entries) {
  archive* zip = archive_write_new();
  archive_write_set_format_zip(zip);
  archive_write_open_filename(zip, file.c_str());
  for (const auto& [name, content] : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(zip, entry);
    archive_write_data(zip, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_free(zip);
  return file;
}

TEST(ImportSourceTest, FoldersOfAZipAreConceptsAndNoNameIsAPath) {
  const rap::testing::TemporaryDir dir;
  const auto out = dir.path() / "out";
  std::filesystem::create_directory(out);
  const auto zip = make_zip(dir.path() / "a.zip", {{"mine/Bo/2.jpg", "two"},
                                                   {"mine/Bo/1.JPG", "one"},
                                                   {"mine/Bo/concept.json", "{}"},
                                                   {"mine/Bo/.hidden.jpg", "no"},
                                                   {"../../Max/x.png", "x"},
                                                   {"photo.jpg", "in no folder"},
                                                   {"notes.txt", "no"}});
  const auto items = unpack_items(zip, out);
  ASSERT_TRUE(items);
  ASSERT_THAT(*items, SizeIs(3));
  EXPECT_EQ((*items)[0].name, "") << "which is told to whoever sent it";
  EXPECT_EQ((*items)[1].name, "Max");
  EXPECT_EQ((*items)[2].name, "Bo");
  EXPECT_THAT((*items)[2].photos, SizeIs(2));
  EXPECT_FALSE((*items)[2].details.empty());
  for (const ImportItem& item : *items) {
    for (const ImportPhoto& photo : item.photos) EXPECT_EQ(photo.file.parent_path(), out);
  }
}

TEST(ImportSourceTest, NamesOfAnyLanguageAreKept) {
  const rap::testing::TemporaryDir dir;
  // As zip files of other programs say it: with the mark that names are UTF-8, which libarchive sets in such a locale.
  const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  ASSERT_NE(utf8, nullptr);
  const locale_t before = uselocale(utf8);
  const auto zip = make_zip(dir.path() / "a.zip", {{"Bär/ö.jpg", "1"}, {"切尔西/猫.jpg", "2"}});
  uselocale(before);
  freelocale(utf8);
  const auto items = unpack_items(zip, dir.path());
  ASSERT_TRUE(items);
  ASSERT_THAT(*items, SizeIs(2));
  EXPECT_EQ((*items)[0].name, "Bär");
  EXPECT_EQ((*items)[0].photos.front().name, "ö.jpg");
  EXPECT_EQ((*items)[1].name, "切尔西");
}

TEST(ImportSourceTest, ArchivesHaveLimits) {
  const rap::testing::TemporaryDir dir;
  const auto zip = make_zip(dir.path() / "a.zip", {{"Bo/1.jpg", std::string(10'000'000, '0')}, {"Bo/2.jpg", "2"}});
  EXPECT_EQ(unpack_items(zip, dir.path(), {.files = 1}).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(unpack_items(zip, dir.path(), {.bytes = 1'000'000}).error().code, ErrorCode::kTooLarge);
  std::ofstream(dir.path() / "b.zip") << "this is no archive at all";
  EXPECT_EQ(unpack_items(dir.path() / "b.zip", dir.path()).error().code, ErrorCode::kCorrupt);
}

TEST(ImportSourceTest, LinksOfAFolderAreNotFollowed) {
  const rap::testing::TemporaryDir dir;
  std::filesystem::create_directory(dir.path() / "Bo");
  std::ofstream(dir.path() / "Bo" / "1.jpg") << "1";
  std::filesystem::create_symlink("/etc/hostname", dir.path() / "Bo" / "2.jpg");
  const auto items = find_items(dir.path());
  ASSERT_TRUE(items);
  ASSERT_THAT(*items, SizeIs(1));
  EXPECT_THAT((*items)[0].photos, SizeIs(1));
}

}  // namespace
}  // namespace rap::server
