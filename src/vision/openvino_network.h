// SPDX-License-Identifier: Apache-2.0
// What every network that OpenVINO runs has in common.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <openvino/openvino.hpp>
#include <string_view>

#include "rap/image.h"
#include "rap/result.h"

namespace rap {

/// Reads an ONNX file; inputs and outputs are float32 whatever the file computes in. `kind` is what the file is to
/// be ("encoder"), for the sentence of kNotFound. Throws what OpenVINO throws for a file that it cannot read.
[[nodiscard]] Result<std::shared_ptr<ov::Model>> read_network(ov::Core& core, const std::filesystem::path& file,
                                                              std::string_view kind);

/// Float32 on every machine: stored embeddings must mean the same wherever a memory is opened. 0 threads = one per
/// core; an empty folder = no cache.
[[nodiscard]] ov::AnyMap compile_settings(int threads, const std::filesystem::path& cache_dir);

/// Pixels as networks read them: planes instead of interleaved channels, (pixel - mean) / scale. `planes` has room
/// for 3 * width * height numbers.
void fill_planes(const Image& image, const std::array<float, 3>& mean, const std::array<float, 3>& scale,
                 float* planes);

}  // namespace rap
