// SPDX-License-Identifier: Apache-2.0
#include "training/formats/llava_projector.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "training/formats/hugging_face.h"

namespace rap::training {
namespace {

using Json = nlohmann::json;
using Shape = std::vector<std::int64_t>;

/// What CLIP was trained with, for towers that come without preprocessor_config.json.
constexpr std::array<double, 3> kClipMean{0.48145466, 0.4578275, 0.40821073};
constexpr std::array<double, 3> kClipDeviation{0.26862954, 0.26130258, 0.27577711};

constexpr std::int64_t kMaxSide = 1 << 16;

struct Tower {
  std::int64_t width = 0;
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t layers = 0;
  std::int64_t image = 0;
  std::int64_t patch = 0;
  double epsilon = 1e-5;
  bool exact_gelu = false;  ///< "gelu" rather than CLIP's "quick_gelu"
};

Unexpected corrupt(const std::string& what) { return fail(ErrorCode::kCorrupt, what); }

/// Moves tensors out of a file into the new one, checking shapes.
class Mover {
 public:
  Mover(Tensors& from, std::string prefix, GgufContent& to) : from_(from), prefix_(std::move(prefix)), to_(to) {}

  /// Moves one tensor. After the first failure nothing is moved any more.
  void move(const std::string& name, const std::string& new_name, const Shape& shape) {
    if (error_) return;
    const auto found = from_.find(prefix_ + name);
    if (found == from_.end()) {
      error_ = corrupt("there is no tensor '" + prefix_ + name + "' in the file").error;
    } else if (found->second.shape != shape) {
      error_ = corrupt("tensor '" + prefix_ + name + "' has another shape than the rest asks for").error;
    } else {
      // Positions and the class embedding are added, not multiplied: they stay exact.
      const bool is_matrix = shape.size() >= 2 && !new_name.ends_with("position_embd.weight");
      to_.tensors.push_back(
          {new_name, shape, is_matrix ? StorageType::kF16 : StorageType::kF32, std::move(found->second.values)});
    }
  }

  /// Moves a layer's weight and bias.
  void move_layer(const std::string& name, const std::string& new_name, const Shape& shape) {
    move(name + ".weight", new_name + ".weight", shape);
    move(name + ".bias", new_name + ".bias", {shape.front()});
  }

  [[nodiscard]] Result<void> result() const {
    if (error_) return Unexpected{*error_};
    return {};
  }

 private:
  Tensors& from_;
  std::string prefix_;
  GgufContent& to_;
  std::optional<Error> error_;
};

/// What stands before `name` in the file's tensors.
std::optional<std::string> prefix_of(const Tensors& tensors, std::string_view name) {
  for (const auto& [key, tensor] : tensors) {
    if (key.ends_with(name)) return key.substr(0, key.size() - name.size());
  }
  return std::nullopt;
}

Result<Tower> read_tower(const Json& file) {
  // The configuration of a whole CLIP or LLaVA model holds that of its tower.
  const Json& json = file.contains("vision_config") && file["vision_config"].is_object() ? file["vision_config"] : file;
  Tower tower;
  for (const auto& [key, side] :
       {std::pair{"hidden_size", &Tower::width}, std::pair{"intermediate_size", &Tower::hidden},
        std::pair{"num_attention_heads", &Tower::heads}, std::pair{"num_hidden_layers", &Tower::layers},
        std::pair{"image_size", &Tower::image}, std::pair{"patch_size", &Tower::patch}}) {
    const double value = number_or(json, key, 0.0);
    if (!(value >= 1.0) || value > static_cast<double>(kMaxSide)) {
      return corrupt(std::string("the vision tower's config.json has no sound '") + key + "'");
    }
    tower.*side = static_cast<std::int64_t>(value);
  }
  if (tower.layers < 2 || tower.patch > tower.image || tower.width % tower.heads != 0) {
    return corrupt("the sizes in the vision tower's config.json do not fit each other");
  }
  tower.epsilon = number_or(json, "layer_norm_eps", 1e-5);
  const std::string activation = json.contains("hidden_act") && json["hidden_act"].is_string()
                                     ? json["hidden_act"].get<std::string>()
                                     : "quick_gelu";
  if (activation != "quick_gelu" && activation != "gelu") {
    return fail(ErrorCode::kUnsupported, "the vision tower's activation is neither 'quick_gelu' nor 'gelu'");
  }
  tower.exact_gelu = activation == "gelu";
  return tower;
}

/// Three numbers of the preprocessor's configuration.
std::vector<double> colours(const Json& json, const char* key, const std::array<double, 3>& otherwise) {
  std::vector<double> values;
  const auto found = json.find(key);
  if (found != json.end() && found->is_array()) {
    for (const Json& value : *found) values.push_back(value.is_number() ? value.get<double>() : 0.0);
  }
  if (values.size() != otherwise.size()) values.assign(otherwise.begin(), otherwise.end());
  return values;
}

Result<void> move_tower(const Tower& tower, Tensors& tensors, GgufContent& content) {
  const auto prefix = prefix_of(tensors, "embeddings.class_embedding");
  if (!prefix) return corrupt("the vision tower has no 'vision_model.embeddings.class_embedding': it is no CLIP model");
  Mover mover(tensors, *prefix, content);
  const std::int64_t grid = tower.image / tower.patch;
  const Shape square{tower.width, tower.width};
  mover.move("embeddings.class_embedding", "v.class_embd", {tower.width});
  mover.move("embeddings.patch_embedding.weight", "v.patch_embd.weight", {tower.width, 3, tower.patch, tower.patch});
  mover.move("embeddings.position_embedding.weight", "v.position_embd.weight", {grid * grid + 1, tower.width});
  mover.move_layer("pre_layrnorm", "v.pre_ln", {tower.width});  // spelt so in transformers
  for (std::int64_t i = 0; i + 1 < tower.layers; ++i) {
    const std::string from = "encoder.layers." + std::to_string(i) + ".";
    const std::string to = "v.blk." + std::to_string(i) + ".";
    mover.move_layer(from + "layer_norm1", to + "ln1", {tower.width});
    mover.move_layer(from + "self_attn.q_proj", to + "attn_q", square);
    mover.move_layer(from + "self_attn.k_proj", to + "attn_k", square);
    mover.move_layer(from + "self_attn.v_proj", to + "attn_v", square);
    mover.move_layer(from + "self_attn.out_proj", to + "attn_out", square);
    mover.move_layer(from + "layer_norm2", to + "ln2", {tower.width});
    mover.move_layer(from + "mlp.fc1", to + "ffn_up", {tower.hidden, tower.width});
    mover.move_layer(from + "mlp.fc2", to + "ffn_down", {tower.width, tower.hidden});
  }
  return mover.result();
}

/// Moves the projector; returns the width of the language model.
Result<std::int64_t> move_projector(const Tower& tower, Tensors& tensors, GgufContent& content) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kNames{
      {{"mm_projector.0", "mm_projector.2"}, {"multi_modal_projector.linear_1", "multi_modal_projector.linear_2"}}};
  for (const auto& [first, second] : kNames) {
    const auto prefix = prefix_of(tensors, std::string(first) + ".weight");
    if (!prefix) continue;
    const Shape shape = tensors.at(*prefix + std::string(first) + ".weight").shape;
    if (shape.size() != 2) return corrupt("the projector's first layer is not a matrix");
    if (shape[1] != tower.width) {
      return fail(ErrorCode::kInvalidArgument, "the projector reads " + std::to_string(shape[1]) +
                                                   " numbers a patch, the vision tower gives " +
                                                   std::to_string(tower.width) + ": they do not belong together");
    }
    Mover mover(tensors, *prefix, content);
    mover.move_layer(std::string(first), "mm.0", shape);
    mover.move_layer(std::string(second), "mm.2", {shape[0], shape[0]});
    if (auto moved = mover.result(); !moved) return Unexpected{moved.error()};
    return shape[0];
  }
  return fail(ErrorCode::kUnsupported,
              "the file has no 'mm_projector.0.weight': it is not a projector of two linear layers (mlp2x_gelu)");
}

void describe(const Tower& tower, const Json& preprocessor, std::int64_t text_width, GgufContent& content) {
  content.metadata = {{"general.architecture", "clip"},
                      {"general.type", "mmproj"},
                      {"clip.has_vision_encoder", true},
                      {"clip.projector_type", "mlp"},
                      {"clip.use_gelu", tower.exact_gelu},
                      {"clip.vision.embedding_length", tower.width},
                      {"clip.vision.feed_forward_length", tower.hidden},
                      {"clip.vision.block_count", tower.layers - 1},
                      // Said outright: without it mtmd leaves out one more layer.
                      {"clip.vision.feature_layer", std::vector<std::int64_t>{tower.layers - 1}},
                      {"clip.vision.projection_dim", text_width},
                      {"clip.vision.attention.head_count", tower.heads},
                      {"clip.vision.attention.layer_norm_epsilon", tower.epsilon},
                      {"clip.vision.image_size", tower.image},
                      {"clip.vision.patch_size", tower.patch},
                      {"clip.vision.image_mean", colours(preprocessor, "image_mean", kClipMean)},
                      {"clip.vision.image_std", colours(preprocessor, "image_std", kClipDeviation)}};
}

Result<void> require(const std::filesystem::path& given, const char* field, const char* what) {
  if (!given.empty()) return {};
  return fail(ErrorCode::kInvalidArgument, what, field);
}

/// The preprocessor's configuration, or an empty one.
Result<Json> read_preprocessor(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return Json::object();
  return read_json_object(file);
}

}  // namespace

Result<GgufContent> llava_mmproj(const LlavaEyes& eyes) {
  if (auto given = require(eyes.projector, "projector", "the projector's safetensors file is missing"); !given) {
    return Unexpected{given.error()};
  }
  if (auto given = require(eyes.vision_tower, "vision_tower",
                           "a projector alone cannot see: the vision tower that it was trained with is missing (for "
                           "LLaVA-1.5 that is openai/clip-vit-large-patch14-336); give its folder with --vision");
      !given) {
    return Unexpected{given.error()};
  }
  const auto config = read_json_object(eyes.vision_tower / "config.json");
  if (!config) return Unexpected{config.error()};
  const auto tower = read_tower(*config);
  if (!tower) return Unexpected{tower.error()};
  const auto preprocessor = read_preprocessor(eyes.vision_tower / "preprocessor_config.json");
  if (!preprocessor) return Unexpected{preprocessor.error()};
  auto projector = read_tensor_file(eyes.projector);
  if (!projector) return Unexpected{projector.error()};
  auto weights = read_tensor_file(eyes.vision_tower / "model.safetensors");
  if (!weights) return Unexpected{weights.error()};

  GgufContent content;
  if (auto moved = move_tower(*tower, *weights, content); !moved) return Unexpected{moved.error()};
  const auto text_width = move_projector(*tower, *projector, content);
  if (!text_width) return Unexpected{text_width.error()};
  describe(*tower, *preprocessor, *text_width, content);
  return content;
}

}  // namespace rap::training
