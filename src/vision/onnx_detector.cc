// SPDX-License-Identifier: Apache-2.0
#include "vision/onnx_detector.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/files.h"
#include "core/safetensors.h"
#include "core/text.h"
#include "image/photo.h"
#include "vision/openvino_network.h"

namespace rap {
namespace {

constexpr int kFreeSide = 640;
constexpr int kMaxSide = 4096;
constexpr std::uint8_t kGrey = 114;  ///< around the photo, as the detectors are trained with
constexpr std::uintmax_t kMaxClassesBytes = 64'000'000;

/// The classes of a detector. Embeddings, if it reads them, lie one after the other.
struct Classes {
  std::vector<std::string> names;
  std::vector<float> embeddings;
  std::size_t dimensions = 0;  ///< of an embedding; 0 = the graph knows its classes by itself
};

Unexpected wrong_classes(const DetectorOptions& options, const std::string& what) {
  return fail(ErrorCode::kUnsupported, "'" + options.classes.string() + "' " + what, "detector-classes");
}

Classes named_classes(const Bytes& file) {
  Classes classes;
  const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    classes.names.push_back(fold(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  // An empty line at the end is no class; one in between keeps the place of a class without a name.
  while (!classes.names.empty() && classes.names.back().empty()) classes.names.pop_back();
  return classes;
}

Result<Classes> embedded_classes(const DetectorOptions& options, const Bytes& file) {
  const auto tensors = read_safetensors(file);
  if (!tensors) return Unexpected{tensors.error()};
  Classes classes;
  for (const auto& [name, tensor] : *tensors) {
    if (classes.names.empty()) classes.dimensions = tensor.values.size();
    if (tensor.values.empty() || tensor.values.size() != classes.dimensions) {
      return wrong_classes(options, "must give every class an embedding of the same length");
    }
    classes.names.push_back(fold(name));
    classes.embeddings.insert(classes.embeddings.end(), tensor.values.begin(), tensor.values.end());
  }
  if (classes.names.empty()) return wrong_classes(options, "has no class");
  return classes;
}

Result<Classes> read_classes(const DetectorOptions& options) {
  if (options.classes.empty()) return Classes{};
  const auto file = read_file(options.classes, kMaxClassesBytes);
  if (!file) return Unexpected{file.error()};
  if (lower_extension(options.classes) == ".safetensors") return embedded_classes(options, *file);
  Classes classes = named_classes(*file);
  if (classes.names.empty()) return wrong_classes(options, "names no class");
  return classes;
}

/// Which classes are looked for: those that are asked for, if the detector knows every one of them; else all,
/// since a box too many does little harm and a class too few hides a thing.
std::vector<std::size_t> asked_classes(const Classes& classes, std::span<const std::string> asked) {
  std::set<std::size_t> found;
  for (const std::string& name : asked) {
    const std::string folded = fold(name);
    const auto at = std::find(classes.names.begin(), classes.names.end(), folded);
    if (folded.empty() || at == classes.names.end()) return {};
    found.insert(static_cast<std::size_t>(at - classes.names.begin()));
  }
  return {found.begin(), found.end()};
}

struct InputSides {
  int width = 0;
  int height = 0;
};

Image in_letterbox(const Image& photo, const Letterbox& place, const InputSides& sides) {
  const Image scaled = resize(photo, place.width, place.height);
  const auto row_bytes = 3U * static_cast<std::size_t>(sides.width);
  Image input{sides.width, sides.height, std::vector<std::uint8_t>(row_bytes * static_cast<std::size_t>(sides.height))};
  std::fill(input.rgb.begin(), input.rgb.end(), kGrey);
  const auto scaled_bytes = 3U * static_cast<std::size_t>(place.width);
  for (int y = 0; y < place.height; ++y) {
    std::memcpy(
        input.rgb.data() + static_cast<std::size_t>(place.y + y) * row_bytes + 3U * static_cast<std::size_t>(place.x),
        scaled.rgb.data() + static_cast<std::size_t>(y) * scaled_bytes, scaled_bytes);
  }
  return input;
}

class OnnxDetector final : public Detector {
 public:
  OnnxDetector(DetectorOptions options, Classes classes, InputSides sides, ov::CompiledModel model)
      : options_(std::move(options)), classes_(std::move(classes)), sides_(sides), model_(std::move(model)) {}

  [[nodiscard]] Result<std::vector<DetectedBox>> detect(const Image& photo,
                                                        std::span<const std::string> classes) const override {
    if (photo.width < 1 || photo.height < 1) {
      return fail(ErrorCode::kInvalidArgument, "the picture has no pixels", "photo");
    }
    const Letterbox place = letterbox(photo.width, photo.height, sides_.width, sides_.height);
    std::vector<std::size_t> asked = asked_classes(classes_, classes);
    try {
      ov::InferRequest request = new_request();
      fill_picture(request, in_letterbox(photo, place, sides_));
      // An open vocabulary is narrowed before the run, a fixed one after it.
      std::vector<std::size_t> scored = all_classes();
      if (classes_.dimensions > 0) {
        if (!asked.empty()) scored = std::exchange(asked, {});
        give_embeddings(request, scored);
      }
      request.infer();
      return read(request, place, scored, asked);
    } catch (const std::exception& error) {
      return fail(ErrorCode::kInternal, std::string("the detector failed: ") + error.what());
    }
  }

 private:
  ov::InferRequest new_request() const {
    const std::lock_guard lock(mutex_);
    return model_.create_infer_request();
  }

  void fill_picture(ov::InferRequest& request, const Image& input) const {
    ov::Tensor tensor = request.get_input_tensor(0);
    tensor.set_shape({1, 3, static_cast<std::size_t>(sides_.height), static_cast<std::size_t>(sides_.width)});
    fill_planes(input, {0.0F, 0.0F, 0.0F}, {255.0F, 255.0F, 255.0F}, tensor.data<float>());
  }

  std::vector<std::size_t> all_classes() const {
    std::vector<std::size_t> all(classes_.names.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }

  void give_embeddings(ov::InferRequest& request, const std::vector<std::size_t>& wanted) const {
    ov::Tensor tensor = request.get_input_tensor(1);
    tensor.set_shape({1, wanted.size(), classes_.dimensions});
    auto* to = tensor.data<float>();
    for (const std::size_t index : wanted) {
      const float* from = classes_.embeddings.data() + index * classes_.dimensions;
      to = std::copy(from, from + classes_.dimensions, to);
    }
  }

  /// `scored` are the classes in the order of the scores, `counting` the places in it that count; empty = all.
  Result<std::vector<DetectedBox>> read(ov::InferRequest& request, const Letterbox& place,
                                        const std::vector<std::size_t>& scored,
                                        const std::vector<std::size_t>& counting) const {
    std::vector<ov::Tensor> tensors;  // keeps the numbers alive
    std::vector<DetectorOutput> outputs;
    for (std::size_t i = 0; i < model_.outputs().size(); ++i) {
      tensors.push_back(request.get_output_tensor(i));
      outputs.push_back({tensors.back().get_shape(), {tensors.back().data<const float>(), tensors.back().get_size()}});
    }
    auto detections = read_detections(outputs, scored.size(), counting, options_.rules.least_score);
    if (!detections) return Unexpected{detections.error()};
    std::vector<DetectedBox> boxes;
    for (const Detection& detection : boxes_in_photo(std::move(*detections), place, options_.rules)) {
      const bool has_name = detection.class_index < scored.size();
      boxes.push_back(
          {detection.box, detection.score, has_name ? classes_.names[scored[detection.class_index]] : std::string()});
    }
    return boxes;
  }

  const DetectorOptions options_;
  const Classes classes_;
  const InputSides sides_;
  mutable std::mutex mutex_;
  mutable ov::CompiledModel model_;  // making requests is guarded by mutex_
};

Unexpected no_detector(const DetectorOptions& options, const std::string& what) {
  return fail(ErrorCode::kUnsupported, "'" + options.model.string() + "' is no detector that rap can use: " + what,
              "detector");
}

Result<InputSides> input_sides(const ov::Model& model, const DetectorOptions& options) {
  const auto shape = model.input(0).get_partial_shape();
  if (shape.rank() != ov::Rank(4) || !shape[1].compatible(3)) {
    return no_detector(options, "its first input must be a picture, [1, 3, height, width]");
  }
  const auto side = [](const ov::Dimension& dimension) {
    return dimension.is_static() ? static_cast<int>(std::min<std::int64_t>(dimension.get_length(), kMaxSide + 1))
                                 : kFreeSide;
  };
  const InputSides sides{side(shape[3]), side(shape[2])};
  if (std::min(sides.width, sides.height) < 1 || std::max(sides.width, sides.height) > kMaxSide) {
    return no_detector(options, "its picture must have sides of 1 to " + std::to_string(kMaxSide) + " pixels");
  }
  return sides;
}

/// Fixes the picture's size; leaves the number of classes free.
Result<void> set_inputs(ov::Model& model, const Classes& classes, const InputSides& sides,
                        const DetectorOptions& options) {
  const std::size_t inputs = classes.dimensions > 0 ? 2 : 1;
  if (model.inputs().size() != inputs) {
    return no_detector(options, inputs == 2 ? "embeddings of classes are given, and it does not read any"
                                            : "it has more inputs than a picture. If it reads embeddings of classes, "
                                              "give them as a safetensors file (--detector-classes)");
  }
  std::map<std::size_t, ov::PartialShape> shapes{{0, ov::PartialShape{1, 3, sides.height, sides.width}}};
  if (inputs == 2) {
    const ov::PartialShape text{1, ov::Dimension::dynamic(), static_cast<std::int64_t>(classes.dimensions)};
    const auto shape = model.input(1).get_partial_shape();
    if (!shape.compatible(text) || shape[1].is_static()) {
      return no_detector(options, "its second input must be [1, classes, " + std::to_string(classes.dimensions) +
                                      "], the number of classes free");
    }
    shapes[1] = text;
  }
  try {
    model.reshape(shapes);
  } catch (const std::exception&) {
    return no_detector(options, "it takes no pictures of " + std::to_string(sides.width) + " x " +
                                    std::to_string(sides.height) + " pixels: export it with sides that are fixed");
  }
  return {};
}

/// Shapes that are known before the first photo are checked before it.
Result<void> check_outputs(const ov::Model& model, const Classes& classes) {
  std::vector<std::vector<float>> zeros;
  std::vector<DetectorOutput> outputs;
  for (const auto& output : model.outputs()) {
    if (output.get_partial_shape().is_dynamic()) return {};
    zeros.emplace_back(ov::shape_size(output.get_shape()), 0.0F);
    outputs.push_back({output.get_shape(), zeros.back()});
  }
  const auto read = read_detections(outputs, classes.names.size(), {}, 0.0F);
  if (!read) return Unexpected{read.error()};
  return {};
}

}  // namespace

Result<std::unique_ptr<Detector>> open_onnx_detector(const DetectorOptions& options) {
  auto classes = read_classes(options);
  if (!classes) return Unexpected{classes.error()};
  try {
    ov::Core core;
    auto model = read_network(core, options.model, "detector");
    if (!model) return Unexpected{model.error()};
    const auto sides = input_sides(**model, options);
    if (!sides) return Unexpected{sides.error()};
    if (auto set = set_inputs(**model, *classes, *sides, options); !set) return Unexpected{set.error()};
    if (auto fits = check_outputs(**model, *classes); !fits) return Unexpected{fits.error()};
    auto compiled = core.compile_model(*model, "CPU", compile_settings(options.threads, options.cache_dir));
    return std::unique_ptr<Detector>(
        std::make_unique<OnnxDetector>(options, std::move(*classes), *sides, std::move(compiled)));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kCorrupt, "cannot load the detector '" + options.model.string() + "': " + error.what(),
                "detector");
  }
}

}  // namespace rap
