// SPDX-License-Identifier: Apache-2.0
// Several subjects in one photo: who is named, and where. Drives the code that serves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "evaluation/bootstrap.h"
#include "evaluation/photo_set.h"
#include "evaluation/scene.h"
#include "rap/assistant.h"
#include "rap/engines.h"
#include "rap/result.h"
#include "retrieval/calibration.h"

namespace rap::evaluation {

struct SceneOptions {
  std::vector<std::size_t> subjects{2, 3, 4};  ///< how many a scene shows
  std::size_t scenes = 60;                     ///< of each number of subjects
  std::size_t views = 1;                       ///< photos remembered of each subject
  std::uint64_t seed = 1000;                   ///< scene i uses seed + i
  RecognizeOptions recognize;
  Calibration calibration = default_calibration();
};

/// Scenes of one number of subjects, with intervals by resampling scenes.
struct SceneFigures {
  std::size_t subjects = 0;
  std::size_t scenes = 0;
  Estimate precision;    ///< share of the names that are right
  Estimate recall;       ///< share of the subjects that are named
  Estimate f1;           ///< harmonic mean of both
  Estimate located;      ///< share of the right names whose box covers the picture with an IoU of kLocated or more
  Estimate wrong_names;  ///< names of absent subjects a photo
};

inline constexpr double kLocated = 0.5;

/// A scene that was asked about.
struct AskedScene {
  Scene scene;
  std::vector<std::string> names;  ///< of the subject in each of scene.boxes
  Recognition found;
};

/// Called after each scene; a failure (kCancelled included) ends the measurement with it.
using OnScene = std::function<Result<void>(const AskedScene&)>;

/// For every scene: remembers photos of all subjects, lays other photos of some of them on one of `backgrounds`
/// (plain grey without any), looks and retrieves. Depends on files and options alone. Fails like read_photo(),
/// Encoder::encode() and `on_scene`; kInvalidArgument where a scene is to show more subjects than there are.
[[nodiscard]] Result<std::vector<SceneFigures>> measure_scenes(const PhotoSet& set,
                                                               std::span<const std::filesystem::path> backgrounds,
                                                               const Encoder& encoder, const SceneOptions& options,
                                                               const OnScene& on_scene);

}  // namespace rap::evaluation
