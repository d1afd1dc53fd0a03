// SPDX-License-Identifier: Apache-2.0
// Random operations against a trivial model of the memory.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "core/text.h"
#include "tests/memory/store.h"

namespace rap {
namespace {

using testing::must;
using testing::photo_file;

/// What the memory should hold: concepts by id and the steps that can be taken back.
struct Model {
  struct Step {
    std::string id;
    std::optional<Concept> before;
  };

  std::map<std::string, Concept> concepts;
  std::vector<Step> steps;
  std::uint64_t revision = 0;

  [[nodiscard]] bool is_taken(const ConceptDraft& draft, const std::string& id) const {
    std::set<std::string> wanted{fold(draft.name)};
    for (const std::string& alias : draft.aliases) wanted.insert(fold(alias));
    for (const auto& [other, subject] : concepts) {
      if (other == id) continue;
      if (wanted.contains(fold(subject.name))) return true;
      for (const std::string& alias : subject.aliases) {
        if (wanted.contains(fold(alias))) return true;
      }
    }
    return false;
  }

  void change(const std::string& id, std::optional<Concept> after) {
    const auto found = concepts.find(id);
    steps.push_back({id, found == concepts.end() ? std::nullopt : std::optional(found->second)});
    assign(id, std::move(after));
  }

  void assign(const std::string& id, std::optional<Concept> after) {
    ++revision;
    if (after) {
      concepts[id] = *std::move(after);
    } else {
      concepts.erase(id);
    }
  }
};

class OracleTest : public testing::StoreTest {
 protected:
  /// A restart costs more than an operation.
  [[nodiscard]] static int operations() { return GetParam().restart == testing::Restart::kNever ? 2000 : 300; }

  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  std::string random_name() {
    static const std::vector<std::string> kNames{"Bo",  "BO",  "Zoë", "zoe", "旺财", "Rex", "Tom", "Мишка",
                                                 "Mia", "Ida", "Kim", "Lea", "Max",  "Ole", "Pia", "Uwe"};
    return kNames[static_cast<std::size_t>(below(static_cast<int>(kNames.size())))];
  }

  std::string random_id_of_model() {
    if (model_.concepts.empty() || below(10) == 0) return std::string(32, '0');
    auto at = model_.concepts.begin();
    std::advance(at, below(static_cast<int>(model_.concepts.size())));
    return at->first;
  }

  void put() {
    ConceptDraft draft;
    draft.name = random_name();
    if (below(3) == 0) draft.aliases = {random_name() + " alias"};
    draft.info = "info " + std::to_string(below(1000));
    const Bytes photo = photo_file(below(20));
    std::vector<NewView> views(static_cast<std::size_t>(below(3)), testing::view_of(photo));
    const auto made = store_->put(owner_, draft, views);
    if (model_.is_taken(draft, "")) {
      ASSERT_FALSE(made);
      ASSERT_EQ(made.error().code, ErrorCode::kConflict);
      return;
    }
    const Concept& subject = made ? *made : Concept{};
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_EQ(subject.info, draft.info);
    ASSERT_EQ(subject.views.size(), views.size());
    model_.change(subject.id, subject);
  }

  void patch() {
    const std::string id = random_id_of_model();
    ConceptPatch patch;
    if (below(2) == 0) patch.name = random_name();
    if (below(2) == 0) patch.info = "changed " + std::to_string(below(1000));
    if (below(3) == 0) patch.attributes["key" + std::to_string(below(3))] = "value";
    if (below(3) == 0) patch.attributes["key" + std::to_string(below(3))] = std::nullopt;
    const Bytes photo = photo_file(below(20));
    if (below(4) == 0) patch.add_views = {testing::view_of(photo)};
    const auto known = model_.concepts.find(id);
    if (known != model_.concepts.end() && !known->second.views.empty() && below(3) == 0) {
      patch.remove_views = {known->second.views.front().id};
    }
    const auto changed = store_->patch(owner_, id, patch);
    if (known == model_.concepts.end()) {
      ASSERT_FALSE(changed);
      ASSERT_EQ(changed.error().code, ErrorCode::kNotFound);
      return;
    }
    ConceptDraft draft;
    draft.name = patch.name.value_or(known->second.name);
    draft.aliases = known->second.aliases;
    if (model_.is_taken(draft, id)) {
      ASSERT_FALSE(changed);
      ASSERT_EQ(changed.error().code, ErrorCode::kConflict);
      return;
    }
    ASSERT_TRUE(changed) << changed.error().message;
    Concept expected = known->second;
    expected.name = draft.name;
    if (patch.info) expected.info = *patch.info;
    for (const auto& [key, value] : patch.attributes) {
      if (value) {
        expected.attributes[key] = *value;
      } else {
        expected.attributes.erase(key);
      }
    }
    if (!patch.remove_views.empty()) expected.views.erase(expected.views.begin());
    if (!patch.add_views.empty()) {
      ASSERT_FALSE(changed->views.empty());
      expected.views.push_back(changed->views.back());  // its id and time are the memory's choice
    }
    if (expected == known->second) {  // nothing is changed, so there is no step
      ASSERT_EQ(*changed, expected);
      return;
    }
    expected.revision = model_.revision + 1;
    expected.updated = changed->updated;
    ASSERT_EQ(*changed, expected);
    model_.change(id, expected);
  }

  void forget() {
    const std::string id = random_id_of_model();
    const auto forgotten = store_->forget(owner_, id);
    ASSERT_EQ(forgotten.has_value(), model_.concepts.contains(id));
    if (forgotten) model_.change(id, std::nullopt);
  }

  void undo() {
    const auto undone = store_->undo(owner_);
    if (model_.steps.empty()) {
      ASSERT_FALSE(undone);
      ASSERT_EQ(undone.error().code, ErrorCode::kNotFound);
      return;
    }
    ASSERT_TRUE(undone) << undone.error().message;
    const Model::Step step = model_.steps.back();
    model_.steps.pop_back();
    ASSERT_EQ(undone->concept_id, step.id);
    std::optional<Concept> expected = step.before;
    ASSERT_EQ(undone->after.has_value(), expected.has_value());
    if (expected) {
      expected->revision = model_.revision + 1;
      expected->updated = undone->after->updated;
      ASSERT_EQ(undone->after, expected);
    }
    model_.assign(step.id, expected);
  }

  void compare_one() {
    const std::string id = random_id_of_model();
    const auto found = must(store_->get(owner_, id));
    const auto expected = model_.concepts.find(id);
    ASSERT_EQ(found.has_value(), expected != model_.concepts.end());
    if (!found) return;
    ASSERT_EQ(*found, expected->second);
    ASSERT_EQ(must(store_->find(owner_, found->name)), found);
  }

  void compare_all() {
    ASSERT_EQ(must(store_->revision(owner_)), model_.revision);
    std::map<std::string, Concept> found;
    ListOptions options;
    options.limit = 3;
    for (;;) {
      const auto page = must(store_->list(owner_, options));
      if (page.empty()) break;
      for (const Concept& subject : page) found[subject.id] = subject;
      options.after_id = page.back().id;
    }
    ASSERT_EQ(found, model_.concepts);
    for (const auto& [id, subject] : found) {
      for (const View& view : subject.views) ASSERT_TRUE(must(store_->photo(owner_, view.photo)));
    }
    ASSERT_EQ(must(store_->history(owner_, "", 1'000'000)).size(), model_.revision);
  }

  void one_operation() {
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        return put();
      case 3:
      case 4:
      case 5:
        return patch();
      case 6:
        return forget();
      case 7:
        return undo();
      default:
        return compare_one();
    }
  }

  std::mt19937 random_;
  Model model_;
};
RAP_ON_ALL_STORES(OracleTest);

TEST_P(OracleTest, BehavesLikeTheModel) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  random_.seed(seed);
  for (int i = 0; i < operations() && !HasFatalFailure(); ++i) {
    if (i % 97 == 0) store_.reopen();
    one_operation();
    if (i % 100 == 0) compare_all();
    ASSERT_FALSE(HasFatalFailure()) << "seed " << seed << ", operation " << i;
  }
  compare_all();
}

TEST_P(OracleTest, UndoingEverythingLeavesNothing) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  random_.seed(seed);
  for (int i = 0; i < operations() / 10 && !HasFatalFailure(); ++i) one_operation();
  while (!model_.steps.empty() && !HasFatalFailure()) undo();
  compare_all();
  EXPECT_TRUE(model_.concepts.empty());
  undo();  // nothing left
}

}  // namespace
}  // namespace rap
