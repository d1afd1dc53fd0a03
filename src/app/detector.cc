// SPDX-License-Identifier: Apache-2.0
#include "app/detector.h"

#include "app/paths.h"
#include "vision/onnx_detector.h"

namespace rap {

Result<std::unique_ptr<Detector>> open_detector(const Options& options) {
  if (!options.detector.empty()) {
    return open_onnx_detector({.model = options.detector,
                               .classes = options.detector_classes,
                               .threads = options.threads,
                               .cache_dir = graph_cache(options)});
  }
  if (options.detector_only || !options.detector_classes.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "--detector-only and --detector-classes need a detector: name its ONNX file with --detector",
                "detector");
  }
  return std::unique_ptr<Detector>();
}

}  // namespace rap
