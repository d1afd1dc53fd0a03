// SPDX-License-Identifier: Apache-2.0
#include "dataset/plan.h"

#include <algorithm>
#include <set>

#include "dataset/seed.h"

namespace rap::dataset {
namespace {

constexpr float kOnePhotoShare = 0.5F;    ///< of several right cards where one photo shows several things
constexpr float kKnownPartShare = 0.85F;  ///< of a composition's parts that have a card
constexpr std::size_t kMostParts = 4;
constexpr std::size_t kMostTextCards = 4;

enum class Kind { kRight, kRightAndWrong, kOnlyWrong, kSeveral };

Kind draw_kind(const Mixture& mixture, Random& random) {
  const double total = mixture.right + mixture.right_and_wrong + mixture.only_wrong + mixture.several;
  double left = static_cast<double>(random.between(0.0F, 1.0F)) * total;
  if ((left -= mixture.right) < 0) return Kind::kRight;
  if ((left -= mixture.right_and_wrong) < 0) return Kind::kRightAndWrong;
  if ((left -= mixture.only_wrong) < 0) return Kind::kOnlyWrong;
  return Kind::kSeveral;
}

Layout draw_layout(std::size_t parts, Random& random) {
  if (parts == kMostParts) return random.chance(0.7F) ? Layout::kGrid : Layout::kPasted;
  const std::size_t draw = random.below(10);
  return draw < 6 ? Layout::kRow : draw < 8 ? Layout::kGrid : Layout::kPasted;
}

/// Plans one context.
class Planner {
 public:
  Planner(const Subjects& subjects, const SynthesisOptions& options, std::string key, Split split)
      : subjects_(subjects), options_(options), random_(seed_of(options.seed, key)) {
    context_.key = std::move(key);
    context_.split = split;
  }

  PlannedContext with_cards(const PhotoRecord& photo, std::size_t first) {
    context_.photos = {&photo};
    const auto& here = subjects_.of_photo(photo.id);
    const std::size_t subject = here[first % here.size()];
    switch (draw_kind(options_.mixture, random_)) {
      case Kind::kRight:
        add_right(subject);
        break;
      case Kind::kRightAndWrong:
        add_right(subject);
        add_wrong(1 + random_.below(options_.max_wrong), here);
        break;
      case Kind::kOnlyWrong:
        add_wrong(1 + random_.below(options_.max_only_wrong), here);
        break;
      case Kind::kSeveral:
        add_several(subject);
        break;
    }
    random_.shuffle(context_.cards);
    return std::move(context_);
  }

  PlannedContext of_text() {
    add_wrong(1 + random_.below(kMostTextCards), subjects_.of_split(context_.split));
    return std::move(context_);
  }

 private:
  void add_card(std::size_t shown_by, std::optional<std::size_t> depicted) {
    const std::size_t view = random_.below(std::max<std::size_t>(options_.avatar_views, 1));
    context_.cards.push_back({shown_by, view, depicted});
    used_.insert(subjects_[shown_by].photo->id);
  }

  void add_right(std::size_t subject) { add_card(subjects_.another_view(subject, random_), subject); }

  /// Cards of what resembles one of `like`, from photos of their own.
  void add_wrong(std::size_t count, const std::vector<std::size_t>& like) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t wrong = subjects_.look_alike(like[random_.below(like.size())], random_);
      if (!shows_instance_of(wrong) && !used_.contains(subjects_[wrong].photo->id) && !is_in_picture(wrong))
        add_card(wrong, std::nullopt);
    }
  }

  bool is_in_picture(std::size_t subject) const {
    const auto& photos = context_.photos;
    return std::find(photos.begin(), photos.end(), subjects_[subject].photo) != photos.end();
  }

  /// Whether the picture shows, or a card is about, the instance of `subject`.
  bool shows_instance_of(std::size_t subject) const {
    const std::string& instance = subjects_[subject].crop->instance;
    if (instance.empty()) return false;
    const auto& photos = context_.photos;
    return std::any_of(photos.begin(), photos.end(), [&](const auto* photo) { return photo->instance == instance; }) ||
           std::any_of(context_.cards.begin(), context_.cards.end(),
                       [&](const PlannedCard& card) { return subjects_[card.shown_by].crop->instance == instance; });
  }

  void add_several(std::size_t subject) {
    const std::vector<std::size_t> here = subjects_.of_photo(context_.photos.front()->id);
    if (here.size() > 1 && random_.chance(kOnePhotoShare)) {
      for (std::size_t i = 0; i < std::min(here.size(), kMostParts); ++i) add_right(here[i]);
    } else {
      compose_with(subject);
    }
    if (random_.chance(options_.several_with_wrong)) add_wrong(1, here);
  }

  /// Makes the picture a composition of `subject`'s photo and others of its split.
  void compose_with(std::size_t subject) {
    std::vector<std::size_t> parts = {subject};
    const auto& others = subjects_.of_split(context_.split);
    const std::size_t wanted = random_.chance(0.6F) ? 2 : random_.chance(0.6F) ? 3 : kMostParts;
    for (int tries = 0; parts.size() < wanted && tries < 20; ++tries) {
      const std::size_t other = others[random_.below(others.size())];
      if (is_in_picture(other) || shows_instance_of(other)) continue;
      context_.photos.push_back(subjects_[other].photo);
      parts.push_back(other);
    }
    context_.layout = draw_layout(parts.size(), random_);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i == 0 || random_.chance(kKnownPartShare)) add_right(parts[i]);
    }
  }

  const Subjects& subjects_;
  const SynthesisOptions& options_;
  Random random_;
  PlannedContext context_;
  std::set<std::string> used_;  ///< photos that an avatar comes from
};

std::size_t contexts_of(const PhotoRecord& photo, const SynthesisOptions& options) {
  if (photo.split != Split::kTrain) return options.held_out_contexts_per_photo;
  return photo.instance.empty() ? options.contexts_per_photo : options.contexts_per_instance_photo;
}

void plan_photo(const PhotoRecord& photo, const Subjects& subjects, const SynthesisOptions& options,
                std::vector<PlannedContext>& plan) {
  PlannedContext plain;
  plain.key = photo.id;
  plain.split = photo.split;
  plain.photos = {&photo};
  plan.push_back(std::move(plain));
  if (subjects.of_photo(photo.id).empty()) return;
  for (std::size_t i = 0; i < contexts_of(photo, options); ++i)
    plan.push_back(Planner(subjects, options, photo.id + '-' + std::to_string(i), photo.split).with_cards(photo, i));
}

}  // namespace

std::vector<PlannedContext> plan_contexts(const std::vector<PhotoRecord>& photos, const Subjects& subjects,
                                          const SynthesisOptions& options) {
  std::vector<PlannedContext> plan;
  for (const PhotoRecord& photo : photos) plan_photo(photo, subjects, options, plan);
  for (const Split split : {Split::kTrain, Split::kDev, Split::kTest}) {
    if (subjects.of_split(split).empty()) continue;
    const std::size_t count = split == Split::kTrain ? options.text_contexts : options.held_out_text_contexts;
    for (std::size_t i = 0; i < count; ++i) {
      std::string key = "text-" + std::string(split_word(split)) + '-' + std::to_string(i);
      plan.push_back(Planner(subjects, options, std::move(key), split).of_text());
    }
  }
  std::erase_if(plan, [](const PlannedContext& context) { return context.is_text_only() && context.cards.empty(); });
  return plan;
}

}  // namespace rap::dataset
