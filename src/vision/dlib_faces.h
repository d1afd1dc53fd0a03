// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "rap/engines.h"

namespace rap {

/// How the face encoder is opened.
struct DlibFacesOptions {
  std::filesystem::path landmarks;  ///< dlib's shape predictor of 5 points
  std::filesystem::path embedder;   ///< dlib's face recognition ResNet, version 1
  std::string embedder_sha256;      ///< of that file; part of the fingerprint
};

/// The face encoder of dlib. Faces are found by its detector of frontal faces (histograms of
/// oriented gradients; Felzenszwalb et al., PAMI 32, 2010, as trained by D. King), turned upright
/// by 5 points (Kazemi and Sullivan, CVPR 2014) and embedded, as the mean of the face and its mirror
/// image, by a ResNet of 29 layers into 128 numbers.
///
/// A picture is brought to a long side of 1000 pixels first - at most enlarged four times - so
/// that a pass takes about 0.1 s on one core whatever was photographed, and a face has to span
/// about a twelfth of it to be seen. At most 16 faces, the largest, are returned.
///
/// Weights are read at the first call of faces(). Calls from several threads take turns.
[[nodiscard]] std::unique_ptr<FaceEncoder> make_dlib_faces(DlibFacesOptions options);

}  // namespace rap
