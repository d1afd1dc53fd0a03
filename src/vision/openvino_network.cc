// SPDX-License-Identifier: Apache-2.0
#include "vision/openvino_network.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace rap {
namespace {

bool is_float32(const std::vector<ov::Output<ov::Node>>& ports) {
  return std::all_of(ports.begin(), ports.end(),
                     [](const auto& port) { return port.get_element_type() == ov::element::f32; });
}

std::shared_ptr<ov::Model> as_float32(const std::shared_ptr<ov::Model>& model) {
  if (is_float32(model->inputs()) && is_float32(model->outputs())) return model;
  ov::preprocess::PrePostProcessor converter(model);
  for (std::size_t i = 0; i < model->inputs().size(); ++i) {
    converter.input(i).tensor().set_element_type(ov::element::f32);
  }
  for (std::size_t i = 0; i < model->outputs().size(); ++i) {
    converter.output(i).tensor().set_element_type(ov::element::f32);
  }
  return converter.build();
}

}  // namespace

Result<std::shared_ptr<ov::Model>> read_network(ov::Core& core, const std::filesystem::path& file,
                                                std::string_view kind) {
  if (!std::filesystem::exists(file)) {
    return fail(ErrorCode::kNotFound, "there is no " + std::string(kind) + " file '" + file.string() + "'",
                std::string(kind));
  }
  return as_float32(core.read_model(file.string()));
}

ov::AnyMap compile_settings(int threads, const std::filesystem::path& cache_dir) {
  const int used = threads > 0 ? threads : static_cast<int>(std::thread::hardware_concurrency());
  ov::AnyMap settings{ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY), ov::inference_num_threads(used),
                      ov::hint::inference_precision(ov::element::f32)};
  if (!cache_dir.empty()) settings.insert(ov::cache_dir(cache_dir.string()));
  return settings;
}

void fill_planes(const Image& image, const std::array<float, 3>& mean, const std::array<float, 3>& scale,
                 float* planes) {
  const std::size_t pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    float* plane = planes + channel * pixels;
    for (std::size_t i = 0; i < pixels; ++i) {
      plane[i] = (static_cast<float>(image.rgb[3 * i + channel]) - mean[channel]) / scale[channel];
    }
  }
}

}  // namespace rap
