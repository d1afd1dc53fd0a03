// SPDX-License-Identifier: Apache-2.0
#include "evaluation/scene_task.h"

#include <algorithm>
#include <utility>

#include "core/box_overlap.h"
#include "evaluation/draw.h"
#include "evaluation/name_scores.h"
#include "image/photo.h"
#include "retrieval/retriever.h"

namespace rap::evaluation {
namespace {

/// What one scene counts.
struct Counts {
  NameCounts names;
  std::size_t located = 0;  ///< right names in the right place
};

Counts count(const AskedScene& asked) {
  Counts counts{.names = {.expected = asked.names.size()}};
  for (const Match& match : asked.found.matches) {
    const auto name = std::find(asked.names.begin(), asked.names.end(), match.name);
    if (name == asked.names.end()) {
      ++counts.names.wrong;
      continue;
    }
    ++counts.names.right;
    const Box& truth = asked.scene.boxes[static_cast<std::size_t>(name - asked.names.begin())];
    if (match.region && box_overlap(*match.region, truth) >= kLocated) ++counts.located;
  }
  return counts;
}

/// Photos of `count` different subjects out of those that are asked.
std::vector<const EmbeddedPhoto*> choose_photos(const PhotoSet& set, std::vector<std::size_t> asked, std::size_t count,
                                                Random& random) {
  random.shuffle(asked);
  std::vector<const EmbeddedPhoto*> chosen;
  for (const std::size_t index : asked) {
    if (chosen.size() == count) break;
    const EmbeddedPhoto& photo = set.photos[index];
    const bool is_new = std::none_of(chosen.begin(), chosen.end(),
                                     [&](const EmbeddedPhoto* other) { return other->subject == photo.subject; });
    if (is_new) chosen.push_back(&photo);
  }
  return chosen;
}

/// Composes one scene and asks about it.
class Stage {
 public:
  Stage(const PhotoSet& set, std::span<const std::filesystem::path> backgrounds, const Encoder& encoder,
        const SceneOptions& options)
      : set_(set), backgrounds_(backgrounds), encoder_(encoder), options_(options) {}

  [[nodiscard]] Result<AskedScene> ask(std::size_t index, std::size_t subjects) const {
    Random random(options_.seed + index);
    const Draw draw =
        make_draw(set_, all_subjects(set_), {.known = set_.subjects.size(), .views = options_.views}, random);
    AskedScene asked;
    std::vector<Image> pictures;
    for (const EmbeddedPhoto* photo : choose_photos(set_, draw.asked, subjects, random)) {
      auto picture = read_photo(photo->path);
      if (!picture) return Unexpected{picture.error()};
      pictures.push_back(*std::move(picture));
      asked.names.push_back(set_.subjects[photo->subject]);
    }
    const auto background = draw_background(random);
    if (!background) return Unexpected{background.error()};
    asked.scene = compose_scene(*background, pictures, random);
    const auto regions = look_at(asked.scene.image);
    if (!regions) return Unexpected{regions.error()};
    const Gallery gallery = make_gallery(set_, draw);
    asked.found = retrieve(gallery, *regions, options_.recognize, options_.calibration);
    if (const auto settled = look_closer(asked.scene.image, gallery, asked.found); !settled) {
      return Unexpected{settled.error()};
    }
    asked.found.width = kSceneWidth;
    asked.found.height = kSceneHeight;
    return asked;
  }

 private:
  [[nodiscard]] Result<Regions> look_at(const Image& scene) const {
    const auto look = encoder_.encode(scene);
    if (!look) return Unexpected{look.error()};
    if (options_.recognize.quick) return embed_regions(*look, encoder_.head());
    return look_for_regions(encoder_, scene, *look);
  }

  /// At what is in doubt, if that is wanted.
  [[nodiscard]] Result<void> look_closer(const Image& scene, const Gallery& gallery, Recognition& found) const {
    if (!options_.recognize.second_look) return {};
    const CloseLook look = [&](const Box& region) -> Result<Regions> {
      const auto close_up = encoder_.encode(crop(scene, region));
      if (!close_up) return Unexpected{close_up.error()};
      return embed_view(*close_up, encoder_.head());
    };
    const double threshold = least_probability(options_.recognize, options_.calibration);
    return settle_doubts(gallery, look, threshold, options_.calibration, found);
  }

  [[nodiscard]] Result<Image> draw_background(Random& random) const {
    if (backgrounds_.empty()) return plain_background();
    return read_photo(backgrounds_[random.below(backgrounds_.size())]);
  }

  const PhotoSet& set_;
  std::span<const std::filesystem::path> backgrounds_;
  const Encoder& encoder_;
  const SceneOptions& options_;
};

/// A figure of the scenes' sum.
template <class Figure>
Estimate estimate(const std::vector<Counts>& scenes, const Figure& figure) {
  return bootstrap(scenes.size(), [&](std::span<const std::size_t> chosen) {
    Counts sum;
    for (const std::size_t index : chosen) {
      sum.names += scenes[index].names;
      sum.located += scenes[index].located;
    }
    return figure(sum);
  });
}

SceneFigures summarise(std::size_t subjects, const std::vector<Counts>& scenes) {
  const auto located = [](const Counts& sum) {
    return sum.names.right == 0 ? 0.0 : static_cast<double>(sum.located) / static_cast<double>(sum.names.right);
  };
  const auto wrong = [&](const Counts& sum) {
    return static_cast<double>(sum.names.wrong) / static_cast<double>(scenes.size());
  };
  return {.subjects = subjects,
          .scenes = scenes.size(),
          .precision = estimate(scenes, [](const Counts& sum) { return name_precision(sum.names); }),
          .recall = estimate(scenes, [](const Counts& sum) { return name_recall(sum.names); }),
          .f1 = estimate(scenes, [](const Counts& sum) { return name_f1(sum.names); }),
          .located = estimate(scenes, located),
          .wrong_names = estimate(scenes, wrong)};
}

}  // namespace

Result<std::vector<SceneFigures>> measure_scenes(const PhotoSet& set,
                                                 std::span<const std::filesystem::path> backgrounds,
                                                 const Encoder& encoder, const SceneOptions& options,
                                                 const OnScene& on_scene) {
  const Stage stage(set, backgrounds, encoder, options);
  std::vector<SceneFigures> figures;
  for (const std::size_t subjects : options.subjects) {
    if (subjects > set.subjects.size()) {
      return fail(ErrorCode::kInvalidArgument, "a scene of " + std::to_string(subjects) + " subjects takes more than " +
                                                   std::to_string(set.subjects.size()) + " subjects in the set");
    }
    std::vector<Counts> scenes;
    for (std::size_t i = 0; i < options.scenes; ++i) {
      const auto asked = stage.ask(i, subjects);
      if (!asked) return Unexpected{asked.error()};
      scenes.push_back(count(*asked));
      if (!on_scene) continue;
      if (const auto go_on = on_scene(*asked); !go_on) return Unexpected{go_on.error()};
    }
    figures.push_back(summarise(subjects, scenes));
  }
  return figures;
}

}  // namespace rap::evaluation
