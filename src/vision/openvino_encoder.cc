// SPDX-License-Identifier: Apache-2.0
#include "vision/openvino_encoder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>
#include <vector>

#include "image/photo.h"
#include "vision/embedding_head.h"
#include "vision/openvino_network.h"

namespace rap {
namespace {

constexpr int kStride = 32;             ///< pixels of the input per cell of the map
constexpr double kMaxSquashed = 1.5;    ///< most elongated picture that becomes a square
constexpr double kMaxElongation = 4.0;  ///< of an input

/// A fine look reads this many times the pixels of a look, which was measured (docs/evaluation.md), and is worth its
/// time for pictures that have so many times as many.
constexpr double kFinePixels = 7.0;
constexpr double kLeastFinePixels = 2.5;

/// The root of a square number, else 0.
int square_root(std::size_t number) {
  const auto root = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(number))));
  return root * root == number ? static_cast<int>(root) : 0;
}

bool is_map(const ov::PartialShape& shape) { return shape.rank() == ov::Rank(4) && shape[1].is_static(); }

int channels_of(const ov::PartialShape& map) { return static_cast<int>(map[1].get_length()); }

/// The output of a model that becomes the scene map.
struct SceneOutput {
  std::size_t index = 0;
  int channels = 0;
};

/// The networks of an encoder, compiled.
struct Networks {
  ov::CompiledModel model;
  SceneOutput scene;
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
        networks_(std::move(networks)) {}

  [[nodiscard]] const std::string& fingerprint() const noexcept override { return fingerprint_; }
  [[nodiscard]] int channels() const noexcept override { return networks_.scene.channels; }
  [[nodiscard]] const EmbeddingHead& head() const noexcept override { return options_.head; }
  [[nodiscard]] std::uint64_t calls() const noexcept override { return calls_.load(); }

  [[nodiscard]] Result<Features> encode(const Image& image) const override {
    if (image.width < 1 || image.height < 1) {
      return fail(ErrorCode::kInvalidArgument, "the picture has no pixels", "photo");
    }
    const int side = options_.input_side;
    return encode_at(image, options_.square ? InputSize{side, side} : input_size(image, side));
  }

  [[nodiscard]] Result<std::optional<Features>> encode_finely(const Image& image) const override {
    if (options_.square || !has_fine_detail(image, options_.input_side)) return std::optional<Features>();
    auto features = encode_at(image, fine_input_size(image, options_.input_side));
    if (!features) return Unexpected{features.error()};
    return std::optional(std::move(*features));
  }

 private:
  [[nodiscard]] Result<Features> encode_at(const Image& image, const InputSize& size) const {
    ++calls_;
    const Image input = resize(image, size.width, size.height, options_.threads);
    try {
      Requests requests = take_requests();
      requests.model.get_input_tensor().set_shape(
          {1, 3, static_cast<std::size_t>(size.height), static_cast<std::size_t>(size.width)});
      fill_planes(input, options_.mean, options_.scale, requests.model.get_input_tensor().data<float>());
      Features features = infer(requests);
      return_requests(std::move(requests));
      features.aspect = static_cast<double>(image.width) / static_cast<double>(image.height);
      return features;
    } catch (const std::exception& error) {
      return fail(ErrorCode::kInternal, std::string("the vision encoder failed: ") + error.what());
    }
  }

  Features infer(Requests& requests) const {
    requests.model.infer();
    const ov::Tensor scene = requests.model.get_output_tensor(networks_.scene.index);
    Features features{.maps = {scene.get_shape().size() == 3 ? read_tokens(scene) : read_output(scene)}};
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

  /// Tokens lie one after the other, row by row; a map has one plane a channel.
  FeatureMap read_tokens(const ov::Tensor& output) const {
    const auto prefix = static_cast<std::size_t>(options_.prefix_tokens);
    const std::size_t cells = output.get_shape()[1] - prefix;
    const std::size_t channels = output.get_shape()[2];
    const int side = square_root(cells);
    FeatureMap map{static_cast<int>(channels), side, side, std::vector<float>(channels * cells)};
    const float* tokens = output.data<const float>() + prefix * channels;
    for (std::size_t cell = 0; cell < cells; ++cell) {
      for (std::size_t channel = 0; channel < channels; ++channel) {
        map.values[channel * cells + cell] = tokens[cell * channels + channel];
      }
    }
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
  mutable Networks networks_;           // making requests is guarded by mutex_
  mutable std::vector<Requests> idle_;  // guarded by mutex_
  mutable std::atomic<std::uint64_t> calls_ = 0;
};

/// With the sides free, or square.
Result<void> set_input_side(ov::Model& model, const EncoderOptions& options) {
  if (model.inputs().size() != 1) {
    return fail(ErrorCode::kUnsupported,
                "'" + options.model.string() +
                    "' is not an encoder: it must have one input, a picture. Of a model of "
                    "pictures and text, export the vision tower alone",
                "encoder");
  }
  const auto side = options.square ? ov::Dimension(options.input_side) : ov::Dimension::dynamic();
  try {
    model.reshape(ov::PartialShape{1, 3, side, side});
  } catch (const std::exception&) {
    const std::string pixels = std::to_string(options.input_side);
    return fail(ErrorCode::kUnsupported,
                "'" + options.model.string() + "' takes no pictures of 3 x " + pixels + " x " + pixels +
                    " numbers: its input_side must be the one it was exported for",
                "encoder");
  }
  return {};
}

Result<SceneOutput> tokens_output(std::size_t index, const ov::PartialShape& shape, const EncoderOptions& options) {
  const auto tokens = static_cast<int>(shape[1].get_length());
  const int cells = tokens - options.prefix_tokens;
  if (cells > 0 && square_root(static_cast<std::size_t>(cells)) > 0) {
    return SceneOutput{index, static_cast<int>(shape[2].get_length())};
  }
  return fail(ErrorCode::kUnsupported,
              "'" + options.model.string() + "' gives " + std::to_string(tokens) + " tokens; without the first " +
                  std::to_string(options.prefix_tokens) +
                  " they are no square map: prefix_tokens must say how many "
                  "tokens come before those of the picture",
              "encoder");
}

Result<SceneOutput> scene_output(const ov::Model& model, const EncoderOptions& options) {
  const auto outputs = model.outputs();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const ov::PartialShape shape = outputs[i].get_partial_shape();
    if (is_map(shape)) return SceneOutput{i, channels_of(shape)};
    if (shape.rank() == ov::Rank(3) && shape.is_static()) return tokens_output(i, shape, options);
  }
  return fail(ErrorCode::kUnsupported,
              "'" + options.model.string() +
                  "' is not an encoder: it must have an output of shape [1, channels, height, "
                  "width], the channels known, or, with square input, [1, tokens, channels]",
              "encoder");
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

double shape_of(const Image& image) { return static_cast<double>(image.width) / static_cast<double>(image.height); }

/// A rectangle of this shape, as far as inputs have it, with the area of a square of this side.
InputSize in_shape(double shape, double side) {
  const double stretch = std::sqrt(std::clamp(shape, 1.0 / kMaxElongation, kMaxElongation));
  return {to_stride(side * stretch), to_stride(side / stretch)};
}

}  // namespace

InputSize input_size(const Image& image, int side) {
  const double shape = shape_of(image);
  if (std::max(shape, 1.0 / shape) <= kMaxSquashed) return {side, side};
  return in_shape(shape, side);
}

bool has_fine_detail(const Image& image, int side) {
  const double pixels = static_cast<double>(image.width) * static_cast<double>(image.height);
  return pixels >= kLeastFinePixels * side * side;
}

InputSize fine_input_size(const Image& image, int side) {
  return in_shape(shape_of(image), side * std::sqrt(kFinePixels));
}

Result<std::unique_ptr<Encoder>> open_openvino_encoder(const EncoderOptions& options) {
  try {
    ov::Core core;
    const ov::AnyMap settings = compile_settings(options.threads, options.cache_dir);
    auto model = read_network(core, options.model, "encoder");
    if (!model) return Unexpected{model.error()};
    if (auto sized = set_input_side(**model, options); !sized) return Unexpected{sized.error()};
    const auto scene = scene_output(**model, options);
    if (!scene) return Unexpected{scene.error()};
    Networks networks{core.compile_model(*model, "CPU", settings), *scene, std::nullopt};
    std::vector<int> channels{scene->channels};
    if (!options.branch.empty()) {
      auto branch = read_network(core, options.branch, "encoder");
      if (!branch) return Unexpected{branch.error()};
      if (auto valid = check_branch(**branch, **model, options); !valid) return Unexpected{valid.error()};
      for (const auto& output : (*branch)->outputs()) channels.push_back(channels_of(output.get_partial_shape()));
      networks.branch = core.compile_model(*branch, "CPU", settings);
    }
    EncoderOptions complete = options;
    if (complete.head.parts.empty()) complete.head = plain_head(channels.front(), options.power);
    if (auto valid = check_embedding_head(complete.head, channels); !valid) return Unexpected{valid.error()};
    return std::unique_ptr<Encoder>(std::make_unique<OpenvinoEncoder>(std::move(complete), std::move(networks)));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kCorrupt, "cannot load the encoder '" + options.model.string() + "': " + error.what());
  }
}

}  // namespace rap
