// SPDX-License-Identifier: Apache-2.0
// What every memory promises in rap/memory.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <thread>

#include "core/files.h"
#include "core/hash.h"
#include "tests/memory/store.h"

namespace rap {
namespace {

using testing::draft_named;
using testing::expect_error;
using testing::must;
using testing::photo_file;
using testing::view_of;

class MemoryTest : public testing::StoreTest {
 protected:
  Concept put(const std::string& name) { return must(store_->put(owner_, draft_named(name), {})); }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const Concept& subject : must(store_->list(owner_, {}))) names.push_back(subject.name);
    return names;
  }
};
RAP_ON_ALL_STORES(MemoryTest);

ConceptDraft full_draft() {
  ConceptDraft draft;
  draft.name = "Bo";
  draft.aliases = {"Bolle", "the corgi"};
  draft.category = "dog";
  draft.info = "Afraid of vacuum cleaners.\nLikes\tcheese.";
  draft.attributes = {{"age", "4"}, {"favourite toy", "a red ball"}};
  draft.consent = Consent::kGiven;
  return draft;
}

TEST_P(MemoryTest, StartsEmpty) {
  EXPECT_EQ(must(store_->revision(owner_)), 0U);
  EXPECT_TRUE(must(store_->list(owner_, {})).empty());
  EXPECT_FALSE(must(store_->get(owner_, "nothing")));
  EXPECT_FALSE(must(store_->find(owner_, "nothing")));
  EXPECT_FALSE(must(store_->photo(owner_, std::string(64, '0'))));
  EXPECT_TRUE(must(store_->history(owner_, "", 10)).empty());
  expect_error(store_->undo(owner_), ErrorCode::kNotFound, "");
}

TEST_P(MemoryTest, KeepsEverythingOfAConcept) {
  const Bytes first = photo_file(1), second = photo_file(2);
  const Box box{0.1F, 0.25F, 0.3333333F, 0.7F};
  const std::vector<NewView> views{view_of(first), {second, box, Provenance::kLearnt}};
  const Concept made = must(store_->put(owner_, full_draft(), views));
  EXPECT_EQ(made.id.size(), 32U);
  EXPECT_EQ(made.name, "Bo");
  EXPECT_EQ(made.aliases, full_draft().aliases);
  EXPECT_EQ(made.category, "dog");
  EXPECT_EQ(made.info, full_draft().info);
  EXPECT_EQ(made.attributes, full_draft().attributes);
  EXPECT_EQ(made.consent, Consent::kGiven);
  EXPECT_EQ(made.revision, 1U);
  EXPECT_GT(made.created, 1'600'000'000'000);
  EXPECT_EQ(made.updated, made.created);
  ASSERT_EQ(made.views.size(), 2U);
  EXPECT_EQ(made.views[0].photo, sha256_hex(first));
  EXPECT_FALSE(made.views[0].box);
  EXPECT_EQ(made.views[1].box, box);
  EXPECT_EQ(made.views[1].provenance, Provenance::kLearnt);
  EXPECT_NE(made.views[0].id, made.views[1].id);
  EXPECT_EQ(must(store_->get(owner_, made.id)), made);
  EXPECT_EQ(must(store_->list(owner_, {})), std::vector<Concept>{made});
  EXPECT_EQ(must(store_->photo(owner_, made.views[1].photo)), second);
  EXPECT_EQ(must(store_->revision(owner_)), 1U);
}

TEST_P(MemoryTest, FindsByFoldedNameAndAlias) {
  const Concept bo = must(store_->put(owner_, full_draft(), {}));
  const Concept zoe = put("Zoë Müller");
  for (const char* name : {"bo", "BO", " Bo ", "Bolle", "THE  CORGI", "Ｂｏ"}) {
    EXPECT_EQ(must(store_->find(owner_, name)), bo) << name;
  }
  for (const char* name : {"zoe muller", "ZOË MÜLLER"}) EXPECT_EQ(must(store_->find(owner_, name)), zoe) << name;
  for (const char* name : {"bob", "b", "", "\xFF"}) EXPECT_FALSE(must(store_->find(owner_, name))) << name;
}

TEST_P(MemoryTest, NamesOfAnyScript) {
  for (const char* name : {"旺财", "กระต่าย", "كلب", "Мишка", "새싹이", "Ñandú", "😀", "O'Brien & <co>"}) {
    const Concept made = put(name);
    EXPECT_EQ(must(store_->find(owner_, name)), made) << name;
    EXPECT_EQ(must(store_->get(owner_, made.id))->name, name);
  }
  EXPECT_EQ(names().size(), 8U);
}

TEST_P(MemoryTest, NamesAndAliasesAreUnique) {
  const Concept bo = must(store_->put(owner_, full_draft(), {}));
  expect_error(store_->put(owner_, draft_named("BÖ"), {}), ErrorCode::kConflict, "name");
  expect_error(store_->put(owner_, draft_named("bolle"), {}), ErrorCode::kConflict, "name");
  ConceptDraft draft = draft_named("Rex");
  draft.aliases = {"King", "bo"};
  expect_error(store_->put(owner_, draft, {}), ErrorCode::kConflict, "aliases[1]");
  EXPECT_EQ(must(store_->revision(owner_)), 1U);
  const Concept rex = put("Rex");
  ConceptPatch patch;
  patch.name = "Bo";
  expect_error(store_->patch(owner_, rex.id, patch), ErrorCode::kConflict, "name");
  patch.name = "REX";  // its own name in another form is no conflict
  EXPECT_EQ(must(store_->patch(owner_, rex.id, patch)).name, "REX");
  patch = {};
  patch.aliases = {"Rex", "rex"};
  EXPECT_EQ(must(store_->patch(owner_, rex.id, patch)).aliases.size(), 2U);
  patch = {};
  patch.aliases.emplace();
  must(store_->patch(owner_, bo.id, patch));
  put("Bolle");  // free again
}

TEST_P(MemoryTest, ListIsOrderedAndPaged) {
  for (const char* name : {"delta", "Alpha", "charlie", "Écho", "bravo"}) put(name);
  EXPECT_EQ(names(), (std::vector<std::string>{"Alpha", "bravo", "charlie", "delta", "Écho"}));
  ListOptions options;
  options.limit = 2;
  std::vector<std::string> paged;
  for (;;) {
    const auto page = must(store_->list(owner_, options));
    if (page.empty()) break;
    EXPECT_LE(page.size(), 2U);
    for (const Concept& subject : page) paged.push_back(subject.name);
    options.after_id = page.back().id;
  }
  EXPECT_EQ(paged, names());
  options.after_id = std::string(32, '0');
  expect_error(store_->list(owner_, options), ErrorCode::kNotFound, "after_id");
  options = {"", 0};
  expect_error(store_->list(owner_, options), ErrorCode::kInvalidArgument, "limit");
  options.limit = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(must(store_->list(owner_, options)).size(), 5U);
}

TEST_P(MemoryTest, PatchChangesOnlyWhatItNames) {
  const Bytes first = photo_file(1), second = photo_file(2), third = photo_file(3);
  const std::vector<NewView> views{view_of(first), view_of(second)};
  const Concept before = must(store_->put(owner_, full_draft(), views));
  ConceptPatch patch;
  patch.info = "Afraid of nothing";
  patch.attributes = {{"age", "5"}, {"favourite toy", std::nullopt}, {"colour", "red"}, {"unknown", std::nullopt}};
  patch.remove_views = {before.views[0].id};
  patch.add_views = {view_of(third)};
  patch.if_revision = before.revision;
  const Concept after = must(store_->patch(owner_, before.id, patch));
  EXPECT_EQ(after.name, before.name);
  EXPECT_EQ(after.aliases, before.aliases);
  EXPECT_EQ(after.info, "Afraid of nothing");
  EXPECT_EQ(after.attributes, (std::map<std::string, std::string>{{"age", "5"}, {"colour", "red"}}));
  ASSERT_EQ(after.views.size(), 2U);
  EXPECT_EQ(after.views[0], before.views[1]);
  EXPECT_EQ(after.views[1].photo, sha256_hex(third));
  EXPECT_EQ(after.created, before.created);
  EXPECT_GE(after.updated, before.updated);
  EXPECT_EQ(after.revision, 2U);
  EXPECT_EQ(must(store_->get(owner_, before.id)), after);
  EXPECT_EQ(must(store_->photo(owner_, sha256_hex(first))), first) << "history still shows it";
}

TEST_P(MemoryTest, WhatChangesNothingIsNoStep) {
  const Concept before = must(store_->put(owner_, full_draft(), {}));
  ConceptPatch patch;
  patch.name = before.name;
  patch.info = before.info;
  patch.attributes = {{"unknown", std::nullopt}};
  EXPECT_EQ(must(store_->patch(owner_, before.id, patch)), before);
  EXPECT_EQ(must(store_->patch(owner_, before.id, {})), before);
  EXPECT_EQ(must(store_->revision(owner_)), 1U);
  EXPECT_EQ(must(store_->history(owner_, "", 10)).size(), 1U);
}

TEST_P(MemoryTest, PatchErrors) {
  const Concept bo = put("Bo");
  ConceptPatch patch;
  patch.if_revision = 7;
  expect_error(store_->patch(owner_, bo.id, patch), ErrorCode::kConflict, "if_revision");
  expect_error(store_->patch(owner_, std::string(32, 'f'), {}), ErrorCode::kNotFound, "id");
  patch = {};
  patch.remove_views = {"nothing"};
  expect_error(store_->patch(owner_, bo.id, patch), ErrorCode::kNotFound, "remove_views[0]");
  patch = {};
  patch.name = "";
  expect_error(store_->patch(owner_, bo.id, patch), ErrorCode::kInvalidArgument, "name");
  patch = {};
  const Bytes good = photo_file(1);
  const Bytes bad(10, std::byte{1});
  patch.add_views = {view_of(good), view_of(bad)};
  expect_error(store_->patch(owner_, bo.id, patch), ErrorCode::kUnsupported, "add_views[1].photo");
  EXPECT_EQ(must(store_->revision(owner_)), 1U);
  EXPECT_EQ(must(store_->get(owner_, bo.id)), bo);
  EXPECT_FALSE(must(store_->photo(owner_, sha256_hex(good))));
}

struct TextCase {
  const char* field;
  ErrorCode code;
  std::function<void(ConceptDraft&)> spoil;
};

TEST_P(MemoryTest, EveryLimitIsCheckedAndNamed) {
  const auto repeated = [](const char* character, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += character;
    return text;
  };
  const std::vector<TextCase> cases{
      {"name", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.name = ""; }},
      {"name", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.name = "  \u00A0 "; }},
      {"name", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.name = "\u00AD\u200B\u0301"; }},
      {"name", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.name = "B\xC3"; }},
      {"name", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.name = "two\nlines"; }},
      {"name", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.name = std::string("a\0b", 3); }},
      {"name", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.name = "a\u0085"; }},
      {"name", ErrorCode::kTooLarge, [&](ConceptDraft& draft) { draft.name = repeated("旺", 101); }},
      {"aliases", ErrorCode::kTooLarge, [](ConceptDraft& draft) { draft.aliases.assign(33, "x"); }},
      {"aliases[2]", ErrorCode::kInvalidArgument,
       [](ConceptDraft& draft) {
         draft.aliases = {"x", "y", " "};
       }},
      {"aliases[1]", ErrorCode::kTooLarge,
       [&](ConceptDraft& draft) {
         draft.aliases = {"x", repeated("y", 101)};
       }},
      {"category", ErrorCode::kTooLarge, [&](ConceptDraft& draft) { draft.category = repeated("c", 101); }},
      {"category", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.category = "a\tb"; }},
      {"info", ErrorCode::kTooLarge, [&](ConceptDraft& draft) { draft.info = repeated("é", 4001); }},
      {"info", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.info = "bell\x07"; }},
      {"info", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.info = "\xED\xA0\x80"; }},
      {"attributes", ErrorCode::kTooLarge,
       [](ConceptDraft& draft) {
         for (int i = 0; i < 65; ++i) draft.attributes["key" + std::to_string(i)] = "v";
       }},
      {"attributes", ErrorCode::kTooLarge, [&](ConceptDraft& draft) { draft.attributes[repeated("k", 101)] = "v"; }},
      {"attributes", ErrorCode::kTooLarge, [&](ConceptDraft& draft) { draft.attributes["k"] = repeated("v", 1001); }},
      {"attributes", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.attributes[""] = "v"; }},
      {"attributes", ErrorCode::kInvalidArgument, [](ConceptDraft& draft) { draft.attributes["k"] = "\x02"; }},
  };
  for (const TextCase& test : cases) {
    ConceptDraft draft = draft_named("Bo");
    test.spoil(draft);
    expect_error(store_->put(owner_, draft, {}), test.code, test.field);
  }
  EXPECT_EQ(must(store_->revision(owner_)), 0U);
  ConceptDraft largest = draft_named(repeated("旺", 100));
  for (int i = 0; i < 32; ++i) largest.aliases.push_back(std::to_string(i) + repeated("ñ", 98));
  largest.category = repeated("ж", 100);
  largest.info = repeated("界", 4000);
  for (int i = 0; i < 64; ++i) largest.attributes[std::to_string(10 + i) + repeated("k", 98)] = repeated("é", 1000);
  const Concept made = must(store_->put(owner_, largest, {}));
  EXPECT_EQ(must(store_->get(owner_, made.id)), made) << "every limit may be reached";
}

TEST_P(MemoryTest, LimitsStateTheLimitButNotTheInput) {
  ConceptDraft draft = draft_named("secret-" + std::string(200, 'x'));
  const auto failed = store_->put(owner_, draft, {});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("100"), std::string::npos);
  EXPECT_EQ(failed.error().message.find("secret"), std::string::npos);
}

TEST_P(MemoryTest, ViewsAreChecked) {
  const Bytes good = photo_file(1);
  const Bytes empty;
  const Bytes text(100, std::byte{'a'});
  Bytes cut = photo_file(2);
  cut.resize(cut.size() / 2);
  Bytes large = good;
  large.resize(Limits::kPhotoBytes + 1);
  const std::vector<std::pair<const Bytes*, ErrorCode>> cases{{&empty, ErrorCode::kInvalidArgument},
                                                              {&text, ErrorCode::kUnsupported},
                                                              {&cut, ErrorCode::kCorrupt},
                                                              {&large, ErrorCode::kTooLarge}};
  for (const auto& [photo, code] : cases) {
    const std::vector<NewView> views{view_of(good), view_of(*photo), view_of(good)};
    expect_error(store_->put(owner_, draft_named("Bo"), views), code, "views[1].photo");
  }
  const std::vector<NewView> outside{{good, Box{0.5F, 0.5F, 0.6F, 0.1F}, Provenance::kConfirmed}};
  expect_error(store_->put(owner_, draft_named("Bo"), outside), ErrorCode::kInvalidArgument, "views[0].box");
  const std::vector<NewView> many(Limits::kViews + 1, view_of(good));
  expect_error(store_->put(owner_, draft_named("Bo"), many), ErrorCode::kTooLarge, "views");
  EXPECT_EQ(must(store_->revision(owner_)), 0U);
  EXPECT_FALSE(must(store_->photo(owner_, sha256_hex(good)))) << "a bad photo among several stores nothing";

  const std::vector<NewView> most(Limits::kViews, view_of(good));
  const Concept made = must(store_->put(owner_, draft_named("Bo"), most));
  EXPECT_EQ(made.views.size(), Limits::kViews);
  ConceptPatch patch;
  patch.add_views = {view_of(good)};
  expect_error(store_->patch(owner_, made.id, patch), ErrorCode::kTooLarge, "add_views");
  patch.remove_views = {made.views[5].id};
  EXPECT_EQ(must(store_->patch(owner_, made.id, patch)).views.size(), Limits::kViews);
}

TEST_P(MemoryTest, ACounterExampleIsAlwaysLearnt) {
  const Bytes photo = photo_file(1);
  NewView view{photo, std::nullopt, Provenance::kConfirmed, false};
  const auto put_it = [&] { return store_->put(owner_, draft_named("Bo"), std::span(&view, 1)); };
  expect_error(put_it(), ErrorCode::kInvalidArgument, "views[0].provenance");
  view.provenance = Provenance::kLearnt;
  const Concept bo = must(put_it());
  EXPECT_FALSE(bo.views.at(0).shows);
  EXPECT_EQ(must(store_->get(owner_, bo.id)), bo);
  EXPECT_EQ(must(store_->history(owner_, bo.id, 1))[0].after, bo);
}

TEST_P(MemoryTest, LearntViewsHaveALimitOfTheirOwn) {
  const Bytes photo = photo_file(1);
  const std::vector<NewView> confirmed(Limits::kViews, view_of(photo));
  const Concept bo = must(store_->put(owner_, draft_named("Bo"), confirmed));
  ConceptPatch patch;
  patch.add_views.assign(Limits::kLearntViews, {photo, std::nullopt, Provenance::kLearnt, false});
  const Concept full = must(store_->patch(owner_, bo.id, patch));
  EXPECT_EQ(full.views.size(), Limits::kViews + Limits::kLearntViews);
  patch.add_views.resize(1);
  expect_error(store_->patch(owner_, bo.id, patch), ErrorCode::kTooLarge, "add_views");
  patch.remove_views = {full.views.back().id};
  must(store_->patch(owner_, bo.id, patch));
}

TEST_P(MemoryTest, SeveralChangesAreMadeTogetherOrNotAtAll) {
  const Concept bo = put("Bo"), max = put("Max");
  std::vector<ConceptChange> changes{{bo.id, {}}, {max.id, {}}};
  changes[0].patch.info = "new";
  changes[1].patch.if_revision = max.revision + 5;
  expect_error(store_->patch_all(owner_, changes), ErrorCode::kConflict, "changes[1].if_revision");
  const Bytes bad(10, std::byte{1});
  changes[1].patch = {};
  changes[1].patch.add_views = {view_of(bad)};
  expect_error(store_->patch_all(owner_, changes), ErrorCode::kUnsupported, "changes[1].add_views[0].photo");
  EXPECT_EQ(must(store_->get(owner_, bo.id)), bo);
  EXPECT_EQ(must(store_->revision(owner_)), 2U);

  changes[1].patch = {};
  changes[1].patch.name = "Maximilian";
  const auto changed = must(store_->patch_all(owner_, changes));
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0], must(store_->get(owner_, bo.id)));
  EXPECT_EQ(changed[1], must(store_->get(owner_, max.id)));
  EXPECT_EQ(changed[1].name, "Maximilian");
  EXPECT_EQ(must(store_->revision(owner_)), 4U) << "each is a step of its own";
  must(store_->undo(owner_));
  EXPECT_EQ(must(store_->get(owner_, max.id))->name, "Max");
  EXPECT_EQ(must(store_->get(owner_, bo.id))->info, "new");
  EXPECT_TRUE(must(store_->patch_all(owner_, {})).empty());
}

TEST_P(MemoryTest, ForgetRemoves) {
  const Concept bo = must(store_->put(owner_, full_draft(), {}));
  must(store_->forget(owner_, bo.id));
  EXPECT_FALSE(must(store_->get(owner_, bo.id)));
  EXPECT_FALSE(must(store_->find(owner_, "bolle")));
  EXPECT_TRUE(must(store_->search_text(owner_, "vacuum", 5)).empty());
  EXPECT_EQ(must(store_->revision(owner_)), 2U);
  expect_error(store_->forget(owner_, bo.id), ErrorCode::kNotFound, "id");
  expect_error(store_->patch(owner_, bo.id, {}), ErrorCode::kNotFound, "id");
  EXPECT_NE(put("Bo").id, bo.id) << "ids are never used again";
}

TEST_P(MemoryTest, HistoryTellsEveryStep) {
  const Concept bo = put("Bo");
  const Concept rex = put("Rex");
  ConceptPatch patch;
  patch.info = "new";
  const Concept changed = must(store_->patch(owner_, bo.id, patch));
  must(store_->forget(owner_, bo.id));
  const auto history = must(store_->history(owner_, "", 100));
  ASSERT_EQ(history.size(), 4U);
  EXPECT_EQ(history[0].kind, HistoryEntry::Kind::kForget);
  EXPECT_EQ(history[0].revision, 4U);
  EXPECT_EQ(history[0].before, changed);
  EXPECT_FALSE(history[0].after);
  EXPECT_EQ(history[1].kind, HistoryEntry::Kind::kPatch);
  EXPECT_EQ(history[1].before, bo);
  EXPECT_EQ(history[1].after, changed);
  EXPECT_EQ(history[2].concept_id, rex.id);
  EXPECT_EQ(history[3].kind, HistoryEntry::Kind::kPut);
  EXPECT_FALSE(history[3].before);
  EXPECT_EQ(history[3].after, bo);
  EXPECT_GE(history[0].at, history[3].at);
  EXPECT_EQ(must(store_->history(owner_, bo.id, 100)).size(), 3U);
  EXPECT_EQ(must(store_->history(owner_, bo.id, 2)).size(), 2U);
  EXPECT_EQ(must(store_->history(owner_, "", 1))[0].revision, 4U);
}

/// Equal but for what undo itself changes.
void expect_same_content(Concept a, Concept b) {
  a.revision = b.revision = 0;
  a.updated = b.updated = 0;
  EXPECT_EQ(a, b);
}

TEST_P(MemoryTest, UndoWalksBack) {
  const Bytes photo = photo_file(1);
  const std::vector<NewView> views{view_of(photo)};
  const Concept first = must(store_->put(owner_, full_draft(), views));
  ConceptPatch patch;
  patch.name = "Bruno";
  patch.remove_views = {first.views[0].id};
  const Concept second = must(store_->patch(owner_, first.id, patch));
  must(store_->forget(owner_, first.id));

  HistoryEntry step = must(store_->undo(owner_));
  EXPECT_EQ(step.kind, HistoryEntry::Kind::kUndo);
  EXPECT_EQ(step.revision, 4U);
  EXPECT_FALSE(step.before);
  expect_same_content(*step.after, second);
  EXPECT_EQ(step.after->revision, 4U);
  EXPECT_EQ(must(store_->get(owner_, first.id)), step.after);

  step = must(store_->undo(owner_));
  expect_same_content(*step.after, first);
  EXPECT_EQ(must(store_->find(owner_, "bo"))->id, first.id);
  EXPECT_FALSE(must(store_->find(owner_, "bruno")));
  EXPECT_EQ(must(store_->photo(owner_, first.views[0].photo)), photo);
  EXPECT_EQ(must(store_->search_text(owner_, "vacuum", 5)).size(), 1U);

  step = must(store_->undo(owner_));
  EXPECT_FALSE(step.after);
  EXPECT_TRUE(names().empty());
  expect_error(store_->undo(owner_), ErrorCode::kNotFound, "");
  EXPECT_EQ(must(store_->revision(owner_)), 6U);
  EXPECT_EQ(must(store_->history(owner_, "", 100)).size(), 6U);
}

TEST_P(MemoryTest, AnEditAfterAnUndoIsUndoneFirst) {
  const Concept bo = put("Bo");
  ConceptPatch patch;
  patch.info = "one";
  must(store_->patch(owner_, bo.id, patch));
  must(store_->undo(owner_));
  patch.info = "two";
  must(store_->patch(owner_, bo.id, patch));
  EXPECT_EQ(must(store_->undo(owner_)).after->info, "");
  EXPECT_FALSE(must(store_->undo(owner_)).after) << "then the put: 'one' was taken back already";
}

TEST_P(MemoryTest, StaleRevisionAfterUndoIsAConflict) {
  const Concept bo = put("Bo");
  ConceptPatch patch;
  patch.info = "one";
  must(store_->patch(owner_, bo.id, patch));
  must(store_->undo(owner_));
  patch.if_revision = bo.revision;
  expect_error(store_->patch(owner_, bo.id, patch), ErrorCode::kConflict, "if_revision");
}

TEST_P(MemoryTest, OwnersSeeNothingOfEachOther) {
  const Owner other{"bob"};
  const Bytes photo = photo_file(1);
  const std::vector<NewView> views{view_of(photo)};
  const Concept bo = must(store_->put(owner_, full_draft(), views));
  must(store_->keep_derived(owner_, {bo.views[0].photo, "f"}, photo));
  EXPECT_EQ(must(store_->revision(other)), 0U);
  EXPECT_FALSE(must(store_->get(other, bo.id)));
  EXPECT_FALSE(must(store_->find(other, "Bo")));
  EXPECT_TRUE(must(store_->list(other, {})).empty());
  EXPECT_TRUE(must(store_->search_text(other, "vacuum cleaners", 10)).empty());
  EXPECT_TRUE(must(store_->history(other, "", 10)).empty());
  EXPECT_TRUE(must(store_->history(other, bo.id, 10)).empty());
  EXPECT_FALSE(must(store_->photo(other, bo.views[0].photo)));
  EXPECT_FALSE(must(store_->derived(other, {bo.views[0].photo, "f"})));
  EXPECT_TRUE(must(store_->derived_all(other, "f")).empty());
  expect_error(store_->forget(other, bo.id), ErrorCode::kNotFound, "id");
  expect_error(store_->patch(other, bo.id, {}), ErrorCode::kNotFound, "id");
  expect_error(store_->undo(other), ErrorCode::kNotFound, "");
  expect_error(store_->keep_derived(other, {bo.views[0].photo, "f"}, photo), ErrorCode::kNotFound, "view");
  ListOptions after;
  after.after_id = bo.id;
  expect_error(store_->list(other, after), ErrorCode::kNotFound, "after_id");
  must(store_->put(other, full_draft(), {}));  // the same name is free for another owner
  must(store_->erase(other));
  EXPECT_EQ(must(store_->get(owner_, bo.id)), bo);
  EXPECT_EQ(must(store_->revision(owner_)), 1U);
}

TEST_P(MemoryTest, OwnerIdsAreChecked) {
  expect_error(store_->revision(Owner{""}), ErrorCode::kInvalidArgument, "owner");
  expect_error(store_->put(Owner{"\xFF"}, draft_named("Bo"), {}), ErrorCode::kInvalidArgument, "owner");
  expect_error(store_->list(Owner{std::string(201, 'x')}, {}), ErrorCode::kTooLarge, "owner");
}

TEST_P(MemoryTest, DerivedValues) {
  const Bytes photo = photo_file(1);
  const Box box{0.25F, 0.0F, 0.5F, 1.0F};
  const std::vector<NewView> views{view_of(photo), {photo, box, Provenance::kConfirmed}};
  const Concept bo = must(store_->put(owner_, draft_named("Bo"), views));
  const std::string whole = view_key(bo.views[0].photo, bo.views[0].box);
  const std::string part = view_key(bo.views[1].photo, bo.views[1].box);
  const Bytes one(5, std::byte{1}), two(70'000, std::byte{2}), none;
  EXPECT_FALSE(must(store_->derived(owner_, {whole, "encoder-1"})));
  must(store_->keep_derived(owner_, {whole, "encoder-1"}, one));
  must(store_->keep_derived(owner_, {part, "encoder-1"}, two));
  must(store_->keep_derived(owner_, {whole, "encoder-2"}, none));
  EXPECT_EQ(must(store_->derived(owner_, {whole, "encoder-1"})), one);
  EXPECT_EQ(must(store_->derived(owner_, {part, "encoder-1"})), two);
  EXPECT_EQ(must(store_->derived(owner_, {whole, "encoder-2"})), none);
  EXPECT_EQ(must(store_->derived_all(owner_, "encoder-1")), (std::map<std::string, Bytes>{{whole, one}, {part, two}}));
  must(store_->keep_derived(owner_, {whole, "encoder-1"}, two));
  EXPECT_EQ(must(store_->derived(owner_, {whole, "encoder-1"})), two);
  EXPECT_EQ(must(store_->revision(owner_)), 1U) << "not part of the revision";
  expect_error(store_->keep_derived(owner_, {std::string(64, '0'), "f"}, one), ErrorCode::kNotFound, "view");
}

TEST_P(MemoryTest, DerivedValuesGoWithTheirViewAndWithConsent) {
  const Bytes first = photo_file(1), second = photo_file(2), value = photo_file(3);
  const std::vector<NewView> views{view_of(first), view_of(second)};
  const Concept bo = must(store_->put(owner_, full_draft(), views));
  const auto keep_all = [&] {
    for (const View& view : bo.views) must(store_->keep_derived(owner_, {view.photo, "f"}, value));
    must(store_->keep_derived(owner_, {bo.views[1].photo + "~~", "g"}, value));
  };
  const auto kept = [&] { return must(store_->derived_all(owner_, "f")).size(); };
  ConceptPatch patch;
  keep_all();
  patch.info = "Likes carrots.";
  must(store_->patch(owner_, bo.id, patch));
  EXPECT_EQ(kept(), 2U) << "an edit of the text leaves them";

  patch = {};
  patch.remove_views = {bo.views[1].id};
  must(store_->patch(owner_, bo.id, patch));
  EXPECT_EQ(kept(), 1U);
  EXPECT_TRUE(must(store_->derived_all(owner_, "g")).empty()) << "with a mark or without";
  must(store_->undo(owner_));

  keep_all();
  patch = {};
  patch.consent = Consent::kRefused;
  must(store_->patch(owner_, bo.id, patch));
  EXPECT_EQ(kept(), 0U);
  must(store_->undo(owner_));

  keep_all();
  must(store_->forget(owner_, bo.id));
  EXPECT_EQ(kept(), 0U);
  EXPECT_TRUE(must(store_->photo(owner_, bo.views[0].photo))) << "undo makes them anew from the photo";
}

TEST_P(MemoryTest, DropsDerivedValuesByTheBeginningOfTheirFingerprint) {
  const Bytes photo = photo_file(1);
  const std::vector<NewView> views{view_of(photo)};
  const Concept bo = must(store_->put(owner_, full_draft(), views));
  const Owner other{"bob"};
  must(store_->put(other, full_draft(), views));
  for (const char* fingerprint : {"face:1", "face:2", "a face:1", "fac"}) {
    must(store_->keep_derived(owner_, {bo.views[0].photo, fingerprint}, photo));
    must(store_->keep_derived(other, {bo.views[0].photo, fingerprint}, photo));
  }
  must(store_->drop_derived(owner_, "face:"));
  const auto is_kept = [&](const Owner& owner, const char* fingerprint) {
    return must(store_->derived(owner, {bo.views[0].photo, fingerprint})).has_value();
  };
  EXPECT_FALSE(is_kept(owner_, "face:1") || is_kept(owner_, "face:2"));
  EXPECT_TRUE(is_kept(owner_, "a face:1") && is_kept(owner_, "fac"));
  EXPECT_TRUE(is_kept(other, "face:1"));
}

TEST_P(MemoryTest, SettingsAreOfOneOwnerAndRaiseTheRevision) {
  EXPECT_FALSE(must(store_->setting(owner_, "faces")));
  must(store_->set_setting(owner_, "faces", "on"));
  EXPECT_EQ(must(store_->setting(owner_, "faces")), "on");
  EXPECT_EQ(must(store_->revision(owner_)), 1U) << "whoever keeps something made before renews it";
  must(store_->set_setting(owner_, "faces", "off"));
  EXPECT_EQ(must(store_->setting(owner_, "faces")), "off");
  EXPECT_FALSE(must(store_->setting(owner_, "face")));
  EXPECT_FALSE(must(store_->setting({"bob"}, "faces")));
  EXPECT_TRUE(must(store_->history(owner_, "", 10)).empty()) << "no step that undo could take back";
}

TEST_P(MemoryTest, EraseLeavesNothingButTheCounter) {
  const Bytes photo = photo_file(1);
  const std::vector<NewView> views{view_of(photo)};
  const Concept bo = must(store_->put(owner_, full_draft(), views));
  must(store_->keep_derived(owner_, {bo.views[0].photo, "f"}, photo));
  must(store_->set_setting(owner_, "faces", "on"));
  must(store_->erase(owner_));
  EXPECT_FALSE(must(store_->setting(owner_, "faces")));
  EXPECT_TRUE(must(store_->list(owner_, {})).empty());
  EXPECT_TRUE(must(store_->history(owner_, "", 10)).empty());
  EXPECT_FALSE(must(store_->photo(owner_, bo.views[0].photo)));
  EXPECT_TRUE(must(store_->derived_all(owner_, "f")).empty());
  EXPECT_TRUE(must(store_->search_text(owner_, "bo vacuum", 10)).empty());
  expect_error(store_->undo(owner_), ErrorCode::kNotFound, "");
  EXPECT_EQ(must(store_->revision(owner_)), 3U) << "equal revisions never mean different concepts";
  EXPECT_EQ(must(store_->put(owner_, full_draft(), {})).revision, 4U);
}

TEST_P(MemoryTest, RestoreKeepsEverythingButTheRevision) {
  const Bytes photo = photo_file(1);
  const std::vector<NewView> views{view_of(photo)};
  const Concept bo = must(store_->put(owner_, full_draft(), views));
  const Owner other{"bob"};
  must(store_->put(other, draft_named("Rex"), {}));
  const PhotoSource source = [&](std::string_view) -> Result<Bytes> { return photo; };
  EXPECT_EQ(must(store_->restore(other, std::vector{bo}, source, Merge::kFail)), (TransferReport{1, 1, 0}));
  Concept expected = bo;
  expected.revision = 2;
  EXPECT_EQ(must(store_->get(other, bo.id)), expected);
  EXPECT_EQ(must(store_->photo(other, bo.views[0].photo)), photo);
  EXPECT_EQ(must(store_->search_text(other, "vacuum", 5)).size(), 1U);
  expect_error(store_->restore(other, std::vector{bo}, source, Merge::kFail), ErrorCode::kConflict, "concepts");
  EXPECT_EQ(must(store_->restore(other, std::vector{bo}, source, Merge::kSkip)), (TransferReport{0, 0, 1}));
  EXPECT_EQ(must(store_->revision(other)), 2U);
  EXPECT_FALSE(must(store_->undo(other)).after) << "a restored concept can be undone";
}

TEST_P(MemoryTest, RestoreIsAllOrNothing) {
  const Bytes photo = photo_file(1);
  Concept good;
  good.id = std::string(32, 'a');
  good.name = "Good";
  good.created = good.updated = 1'700'000'000'000;
  good.views = {{std::string(32, 'b'), sha256_hex(photo), std::nullopt, Provenance::kLearnt, 1}};
  const PhotoSource source = [&](std::string_view) -> Result<Bytes> { return photo; };
  const auto expect_refused = [&](const std::function<void(Concept&)>& spoil, ErrorCode code, const char* field) {
    Concept bad = good;
    bad.id = std::string(32, 'c');
    bad.name = "Bad";
    spoil(bad);
    expect_error(store_->restore(owner_, std::vector{good, bad}, source, Merge::kSkip), code, field);
    EXPECT_EQ(must(store_->revision(owner_)), 0U);
    EXPECT_FALSE(must(store_->photo(owner_, sha256_hex(photo))));
  };
  expect_refused([](Concept& bad) { bad.id = "x"; }, ErrorCode::kInvalidArgument, "concepts[1].id");
  expect_refused([](Concept& bad) { bad.name = ""; }, ErrorCode::kInvalidArgument, "concepts[1].name");
  expect_refused([](Concept& bad) { bad.created = -1; }, ErrorCode::kInvalidArgument, "concepts[1].updated");
  expect_refused([](Concept& bad) { bad.views[0].photo = "zz"; }, ErrorCode::kInvalidArgument,
                 "concepts[1].views[0].photo");
  expect_refused(
      [](Concept& bad) {
        bad.views[0].box = Box{2, 0, 1, 1};
      },
      ErrorCode::kInvalidArgument, "concepts[1].views[0].box");
  expect_refused([](Concept& bad) { bad.views.push_back(bad.views[0]); }, ErrorCode::kInvalidArgument,
                 "concepts[1].views[1].id");
  expect_refused([](Concept& bad) { bad.views[0].photo = std::string(64, '0'); }, ErrorCode::kCorrupt, "");
  Concept twin = good;
  twin.id = std::string(32, 'd');
  expect_error(store_->restore(owner_, std::vector{good, twin}, source, Merge::kFail), ErrorCode::kConflict,
               "concepts");
  EXPECT_EQ(must(store_->revision(owner_)), 0U);
}

TEST_P(MemoryTest, ThreadsShareOneMemory) {
  Memory& memory = *store_;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 25; ++i) {
        must(memory.put(owner_, draft_named("n" + std::to_string(100 * thread + i)), {}));
        must(memory.list(owner_, {}));
        must(memory.search_text(owner_, "n1", 3));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(must(memory.revision(owner_)), 100U);
  const auto history = must(memory.history(owner_, "", 1000));
  ASSERT_EQ(history.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(history[i].revision, 100 - i);
}

TEST(ViewKey, NamesPhotoAndBox) {
  const std::string photo(64, 'a');
  EXPECT_EQ(view_key(photo, std::nullopt), photo);
  EXPECT_EQ(view_key(photo, Box{0.1F, 0.25F, 0.5F, 1.0F}), photo + "@100000,250000,500000,1000000");
}

}  // namespace
}  // namespace rap
