// SPDX-License-Identifier: Apache-2.0
#include "vision/openvino_encoder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <openvino/openvino.hpp>
#include <thread>
#include <vector>

#include "image/photo.h"

namespace rap {
namespace {

constexpr int kStride = 32;             ///< pixels of the input per cell of the map
constexpr double kMaxSquashed = 1.5;    ///< most elongated picture that becomes a square
constexpr double kMaxElongation = 4.0;  ///< of an input

/// Pixels as the network reads them: planes instead of interleaved channels, normalised.
void fill_input(const Image& image, float mean, float scale, float* planes) {
  const std::size_t pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    float* plane = planes + channel * pixels;
    for (std::size_t i = 0; i < pixels; ++i) {
      plane[i] = (static_cast<float>(image.rgb[3 * i + channel]) - mean) / scale;
    }
  }
}

class OpenvinoEncoder final : public Encoder {
 public:
  OpenvinoEncoder(EncoderOptions options, ov::CompiledModel model)
      : options_(std::move(options)),
        fingerprint_("onnx:" + options_.model_sha256.substr(0, 16) + ":" + std::to_string(options_.input_side)),
        model_(std::move(model)),
        channels_(static_cast<int>(model_.output(0).get_partial_shape()[1].get_length())) {}

  [[nodiscard]] const std::string& fingerprint() const noexcept override { return fingerprint_; }
  [[nodiscard]] int channels() const noexcept override { return channels_; }
  [[nodiscard]] std::uint64_t calls() const noexcept override { return calls_.load(); }

  [[nodiscard]] Result<FeatureMap> encode(const Image& image) const override {
    if (image.width < 1 || image.height < 1) {
      return fail(ErrorCode::kInvalidArgument, "the picture has no pixels", "photo");
    }
    ++calls_;
    const InputSize size = input_size(image, options_.input_side);
    const Image input = resize(image, size.width, size.height);
    try {
      ov::InferRequest request = take_request();
      request.get_input_tensor().set_shape(
          {1, 3, static_cast<std::size_t>(size.height), static_cast<std::size_t>(size.width)});
      fill_input(input, options_.mean, options_.scale, request.get_input_tensor().data<float>());
      request.infer();
      FeatureMap map = read_output(request.get_output_tensor(0));
      return_request(std::move(request));
      return map;
    } catch (const std::exception& error) {
      return fail(ErrorCode::kInternal, std::string("the vision encoder failed: ") + error.what());
    }
  }

 private:
  static FeatureMap read_output(const ov::Tensor& output) {
    const ov::Shape& shape = output.get_shape();
    FeatureMap map;
    map.channels = static_cast<int>(shape[1]);
    map.height = static_cast<int>(shape[2]);
    map.width = static_cast<int>(shape[3]);
    const float* values = output.data<const float>();
    map.values.assign(values, values + output.get_size());
    return map;
  }

  /// Requests are costly to make and cheap to keep; there are never more than concurrent calls.
  ov::InferRequest take_request() const {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return model_.create_infer_request();
    ov::InferRequest request = std::move(idle_.back());
    idle_.pop_back();
    return request;
  }

  void return_request(ov::InferRequest request) const {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(request));
  }

  const EncoderOptions options_;
  const std::string fingerprint_;
  mutable std::mutex mutex_;
  mutable ov::CompiledModel model_;             // guarded by mutex_
  mutable std::vector<ov::InferRequest> idle_;  // guarded by mutex_
  const int channels_;
  mutable std::atomic<std::uint64_t> calls_ = 0;
};

ov::AnyMap compile_settings(const EncoderOptions& options) {
  const int threads = options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
  // f32 on every machine: stored embeddings must mean the same wherever a memory is opened.
  ov::AnyMap settings{ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY),
                      ov::inference_num_threads(threads), ov::hint::inference_precision(ov::element::f32)};
  if (!options.cache_dir.empty()) settings.insert(ov::cache_dir(options.cache_dir.string()));
  return settings;
}

int to_stride(double pixels) { return kStride * std::max(1, static_cast<int>(std::lround(pixels / kStride))); }

}  // namespace

InputSize input_size(const Image& image, int side) {
  const double shape = static_cast<double>(image.width) / static_cast<double>(image.height);
  if (std::max(shape, 1.0 / shape) <= kMaxSquashed) return {side, side};
  const double stretch = std::sqrt(std::clamp(shape, 1.0 / kMaxElongation, kMaxElongation));
  return {to_stride(side * stretch), to_stride(side / stretch)};
}

Result<std::unique_ptr<Encoder>> open_openvino_encoder(const EncoderOptions& options) {
  if (!std::filesystem::exists(options.model)) {
    return fail(ErrorCode::kNotFound, "there is no encoder file '" + options.model.string() + "'");
  }
  try {
    ov::Core core;
    auto model = core.read_model(options.model.string());
    if (model->inputs().size() != 1 || model->outputs().empty() ||
        model->output(0).get_partial_shape().rank() != ov::Rank(4)) {
      return fail(ErrorCode::kUnsupported, "'" + options.model.string() +
                                               "' is not an encoder: it must have one picture input and a first "
                                               "output of shape [1, channels, height, width]");
    }
    model->reshape(ov::PartialShape{1, 3, ov::Dimension::dynamic(), ov::Dimension::dynamic()});
    if (model->output(0).get_partial_shape()[1].is_dynamic()) {
      return fail(ErrorCode::kUnsupported, "'" + options.model.string() + "' does not say how many channels it makes");
    }
    ov::CompiledModel compiled = core.compile_model(model, "CPU", compile_settings(options));
    return std::unique_ptr<Encoder>(std::make_unique<OpenvinoEncoder>(options, std::move(compiled)));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kCorrupt, "cannot load the encoder '" + options.model.string() + "': " + error.what());
  }
}

}  // namespace rap
