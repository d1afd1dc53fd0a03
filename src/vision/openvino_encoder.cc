// SPDX-License-Identifier: Apache-2.0
#include "vision/openvino_encoder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <openvino/openvino.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "image/photo.h"
#include "vision/embedding_head.h"

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

bool is_map(const ov::PartialShape& shape) { return shape.rank() == ov::Rank(4) && shape[1].is_static(); }

int channels_of(const ov::PartialShape& map) { return static_cast<int>(map[1].get_length()); }

/// The networks of an encoder, compiled.
struct Networks {
  ov::CompiledModel model;
  std::optional<ov::CompiledModel> branch;
};

/// What one call of encode() works with.
struct Requests {
  ov::InferRequest model;
  std::optional<ov::InferRequest> branch;
};

class OpenvinoEncoder final : public Encoder {
 public:
  OpenvinoEncoder(EncoderOptions options, Networks networks)
      : options_(std::move(options)),
        fingerprint_("onnx:" + options_.model_sha256.substr(0, 16) + ":" + std::to_string(options_.input_side)),
        networks_(std::move(networks)),
        channels_(channels_of(networks_.model.output(0).get_partial_shape())) {}

  [[nodiscard]] const std::string& fingerprint() const noexcept override { return fingerprint_; }
  [[nodiscard]] int channels() const noexcept override { return channels_; }
  [[nodiscard]] const EmbeddingHead& head() const noexcept override { return options_.head; }
  [[nodiscard]] std::uint64_t calls() const noexcept override { return calls_.load(); }

  [[nodiscard]] Result<Features> encode(const Image& image) const override {
    if (image.width < 1 || image.height < 1) {
      return fail(ErrorCode::kInvalidArgument, "the picture has no pixels", "photo");
    }
    ++calls_;
    const InputSize size = input_size(image, options_.input_side);
    const Image input = resize(image, size.width, size.height);
    try {
      Requests requests = take_requests();
      requests.model.get_input_tensor().set_shape(
          {1, 3, static_cast<std::size_t>(size.height), static_cast<std::size_t>(size.width)});
      fill_input(input, options_.mean, options_.scale, requests.model.get_input_tensor().data<float>());
      Features features = infer(requests);
      return_requests(std::move(requests));
      features.aspect = static_cast<double>(image.width) / static_cast<double>(image.height);
      return features;
    } catch (const std::exception& error) {
      return fail(ErrorCode::kInternal, std::string("the vision encoder failed: ") + error.what());
    }
  }

 private:
  static Features infer(Requests& requests) {
    requests.model.infer();
    Features features{.maps = {read_output(requests.model.get_output_tensor(0))}};
    if (!requests.branch) return features;
    requests.branch->set_input_tensor(requests.model.get_output_tensor(1));
    requests.branch->infer();
    const std::size_t outputs = requests.branch->get_compiled_model().outputs().size();
    for (std::size_t i = 0; i < outputs; ++i) {
      features.maps.push_back(read_output(requests.branch->get_output_tensor(i)));
    }
    return features;
  }

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
  Requests take_requests() const {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      Requests fresh{networks_.model.create_infer_request(), std::nullopt};
      if (networks_.branch) fresh.branch = networks_.branch->create_infer_request();
      return fresh;
    }
    Requests requests = std::move(idle_.back());
    idle_.pop_back();
    return requests;
  }

  void return_requests(Requests requests) const {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(requests));
  }

  const EncoderOptions options_;
  const std::string fingerprint_;
  mutable std::mutex mutex_;
  mutable Networks networks_;           // guarded by mutex_
  mutable std::vector<Requests> idle_;  // guarded by mutex_
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

Result<std::shared_ptr<ov::Model>> read_network(ov::Core& core, const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) {
    return fail(ErrorCode::kNotFound, "there is no encoder file '" + file.string() + "'");
  }
  return core.read_model(file.string());
}

Result<void> check_encoder(const ov::Model& model, const EncoderOptions& options) {
  if (model.inputs().size() == 1 && !model.outputs().empty() && is_map(model.output(0).get_partial_shape())) return {};
  return fail(ErrorCode::kUnsupported, "'" + options.model.string() +
                                           "' is not an encoder: it must have one picture input and a first output of "
                                           "shape [1, channels, height, width], the channels known");
}

Result<void> check_branch(const ov::Model& branch, const ov::Model& model, const EncoderOptions& options) {
  const auto outputs = branch.outputs();
  const bool fits = model.outputs().size() > 1 && is_map(model.output(1).get_partial_shape()) &&
                    branch.inputs().size() == 1 &&
                    branch.input().get_partial_shape().compatible(model.output(1).get_partial_shape());
  if (fits && std::all_of(outputs.begin(), outputs.end(),
                          [](const auto& output) { return is_map(output.get_partial_shape()); })) {
    return {};
  }
  return fail(ErrorCode::kUnsupported, "'" + options.branch.string() + "' does not fit '" + options.model.string() +
                                           "': it must read that model's second output and give maps of shape "
                                           "[1, channels, height, width], the channels known");
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
  try {
    ov::Core core;
    auto model = read_network(core, options.model);
    if (!model) return Unexpected{model.error()};
    (*model)->reshape(ov::PartialShape{1, 3, ov::Dimension::dynamic(), ov::Dimension::dynamic()});
    if (auto valid = check_encoder(**model, options); !valid) return Unexpected{valid.error()};
    Networks networks{core.compile_model(*model, "CPU", compile_settings(options)), std::nullopt};
    std::vector<int> channels{channels_of((*model)->output(0).get_partial_shape())};
    if (!options.branch.empty()) {
      auto branch = read_network(core, options.branch);
      if (!branch) return Unexpected{branch.error()};
      if (auto valid = check_branch(**branch, **model, options); !valid) return Unexpected{valid.error()};
      for (const auto& output : (*branch)->outputs()) channels.push_back(channels_of(output.get_partial_shape()));
      networks.branch = core.compile_model(*branch, "CPU", compile_settings(options));
    }
    EncoderOptions complete = options;
    if (complete.head.parts.empty()) complete.head = plain_head(channels.front());
    if (auto valid = check_embedding_head(complete.head, channels); !valid) return Unexpected{valid.error()};
    return std::unique_ptr<Encoder>(std::make_unique<OpenvinoEncoder>(std::move(complete), std::move(networks)));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kCorrupt, "cannot load the encoder '" + options.model.string() + "': " + error.what());
  }
}

}  // namespace rap
