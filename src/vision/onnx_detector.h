// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "rap/engines.h"
#include "rap/result.h"
#include "vision/detections.h"

namespace rap {

/// How a detector is opened.
struct DetectorOptions {
  /// ONNX file: float [1, 3, height, width] in, RGB in [0, 1]; the photo is scaled to fit, in the middle, the rest
  /// grey. A side that is free becomes 640. Out: see read_detections(). An open-vocabulary graph has a second input
  /// [1, classes, dimensions], the number of classes free: embeddings of the classes to look for.
  std::filesystem::path model;

  /// What its classes are called: a text file with one name a line, in the order of the model's scores; or, for an
  /// open-vocabulary graph, a safetensors file that maps names to embeddings [dimensions]. Empty = not known.
  std::filesystem::path classes;

  DetectionRules rules;
  int threads = 0;                  ///< 0 = one per core
  std::filesystem::path cache_dir;  ///< keeps compiled graphs between runs; empty = no cache
};

/// Compiles an ONNX detector with OpenVINO. Calls of detect() run in parallel. Fails with kNotFound or kCorrupt when
/// a file cannot be read, kUnsupported when the model is no detector or the classes are not its own.
[[nodiscard]] Result<std::unique_ptr<Detector>> open_onnx_detector(const DetectorOptions& options);

}  // namespace rap
