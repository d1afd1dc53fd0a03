// SPDX-License-Identifier: Apache-2.0
#include "assistant/learn.h"

#include <algorithm>
#include <set>

#include "core/box_overlap.h"
#include "image/photo.h"

namespace rap {
namespace {

constexpr double kSamePart = 0.5;  ///< IoU of boxes that mean the same part of a photo

bool is_same_part(const std::optional<Box>& a, const std::optional<Box>& b) {
  return box_overlap(a.value_or(Box()), b.value_or(Box())) > kSamePart;
}

const Match* find_match(const Recognition& recognition, const std::string& concept_id) {
  const auto in = [&](const std::vector<Match>& found) {
    const auto match = std::ranges::find(found, concept_id, &Match::concept_id);
    return match == found.end() ? nullptr : &*match;
  };
  if (const Match* match = in(recognition.matches)) return match;
  for (const Doubt& doubt : recognition.doubts) {
    if (const Match* match = in(doubt.candidates)) return match;
  }
  return in(recognition.near);
}

/// Where the photo shows what the feedback is about; null if it is not found. See Feedback::box.
const Match* meant_match(const Feedback& feedback, const Recognition& recognition, const std::string& concept_id) {
  const std::string& wrong = feedback.is_not.empty() ? concept_id : feedback.is_not.front();
  const Match* match = find_match(recognition, wrong);
  return match != nullptr ? match : find_match(recognition, concept_id);
}

/// The part of a photo that feedback is about.
struct Meant {
  std::optional<Box> box;  ///< none = the whole photo
  bool is_given = false;   ///< by the user
  bool is_found = false;   ///< by recognition
};

/// See Feedback::box.
Meant meant_part(const Feedback& feedback, const Recognition& recognition, const std::string& concept_id) {
  if (feedback.box) return {.box = feedback.box, .is_given = true};
  const Match* match = meant_match(feedback, recognition, concept_id);
  if (match == nullptr) return {};
  if (match->region == Box()) return {.is_found = true};
  return {.box = match->region, .is_found = true};
}

/// The learnt view of the concept that says this already. What was said without a box may have changed what is found:
/// the concept is not found any more, or a little elsewhere.
const View* find_view(const Concept& known, const NewView& said, const Meant& meant, const std::string& sha256) {
  const auto is_meant = [&](const View& view) {
    if (meant.is_given) return view.box == meant.box;
    return !meant.is_found || is_same_part(view.box, meant.box);
  };
  const auto found = std::ranges::find_if(known.views, [&](const View& view) {
    return view.provenance == said.provenance && view.photo == sha256 && view.shows == said.shows && is_meant(view);
  });
  return found == known.views.end() ? nullptr : &*found;
}

/// Adds the view, and removes those learnt ones that say the opposite about the same part of the photo.
Result<ConceptChange> change_for(const Concept& known, const NewView& said, const std::string& sha256) {
  if (!is_searchable(known)) {
    return fail(ErrorCode::kConflict, "the concept refused to be recognised, so nothing is learnt about its looks",
                "consent");
  }
  ConceptChange change{.id = known.id, .patch = {}};
  change.patch.add_views = {said};
  change.patch.if_revision = known.revision;
  for (const View& view : known.views) {
    if (view.photo != sha256 || view.shows == said.shows || !is_same_part(view.box, said.box)) continue;
    if (view.provenance == Provenance::kConfirmed) {
      return fail(ErrorCode::kConflict, "the view " + view.id + " was made from this photo and confirms the opposite",
                  "views");
    }
    change.patch.remove_views.push_back(view.id);
  }
  return change;
}

Result<Statement> statement_about(const Concept& known, const NewView& said, const Meant& meant,
                                  const std::string& sha256) {
  Statement statement{.taught = {.subject = known, .view = {}}, .change = {}};
  if (const View* view = find_view(known, said, meant, sha256)) {
    statement.taught.view = *view;
    return statement;
  }
  auto change = change_for(known, said, sha256);
  if (!change) return Unexpected{change.error()};
  statement.change = std::move(*change);
  return statement;
}

}  // namespace

Result<void> check_feedback(const Feedback& feedback) {
  if (feedback.is.empty() && feedback.is_not.empty()) {
    return fail(ErrorCode::kInvalidArgument, "the feedback says neither what it is nor what it is not", "is");
  }
  std::set<std::string> ids;
  for (const auto* list : {&feedback.is_not, &feedback.is}) {
    for (const std::string& id : *list) {
      if (ids.insert(id).second) continue;
      return fail(ErrorCode::kInvalidArgument, "the feedback names the same concept twice", "is");
    }
  }
  if (feedback.box) return check_box(*feedback.box);
  return {};
}

Result<std::vector<Statement>> statements_of(const Feedback& feedback, const Gallery& gallery,
                                             const Recognition& recognition, const std::string& sha256) {
  std::vector<Statement> statements;
  for (const auto* ids : {&feedback.is_not, &feedback.is}) {
    for (const std::string& id : *ids) {
      const Concept* known = gallery.find(id);
      if (known == nullptr) return fail(ErrorCode::kNotFound, "there is no concept with this id", "id");
      const Meant meant = meant_part(feedback, recognition, id);
      const NewView said{
          .photo = feedback.photo, .box = meant.box, .provenance = Provenance::kLearnt, .shows = ids == &feedback.is};
      auto statement = statement_about(*known, said, meant, sha256);
      if (!statement) return Unexpected{statement.error()};
      statements.push_back(std::move(*statement));
    }
  }
  return statements;
}

}  // namespace rap
