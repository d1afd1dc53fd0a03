// SPDX-License-Identifier: Apache-2.0
#include "training/formats/peft.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "training/formats/hugging_face.h"

namespace rap::training {
namespace {

namespace fs = std::filesystem;

struct Config {
  double alpha = 0.0;
  double rank = 0.0;
  bool rank_stabilised = false;
};

/// How the base lays out its heads.
struct Base {
  const GgufFile& file;
  std::string architecture;
  std::map<std::string, std::vector<std::int64_t>> shapes;
  std::int64_t heads = 0;  ///< 0 where rows are not interleaved
  std::int64_t key_value_heads = 0;
};

Unexpected unsupported(const std::string& what) { return fail(ErrorCode::kUnsupported, what, "adapter"); }

Result<Config> read_config(const fs::path& file) {
  const auto json = read_json_object(file);
  if (!json) return Unexpected{json.error()};
  const Config config{number_or(*json, "lora_alpha", 0.0), number_or(*json, "r", 0.0), is_set(*json, "use_rslora")};
  if (!(config.alpha > 0.0) || !(config.rank >= 1.0)) {
    return fail(ErrorCode::kCorrupt, "'" + file.string() + "' has no positive numbers 'r' and 'lora_alpha'");
  }
  if (is_set(*json, "use_dora")) {
    return unsupported("the adapter is a DoRA, which llama.cpp cannot apply; merge it with PEFT instead");
  }
  if (is_set(*json, "fan_in_fan_out")) {
    return unsupported("the adapter is for transposed layers ('fan_in_fan_out'); merge it with PEFT instead");
  }
  if (json->contains("alpha_pattern") && !json->at("alpha_pattern").empty()) {
    return unsupported("some layers of the adapter have a 'lora_alpha' of their own; merge it with PEFT instead");
  }
  return config;
}

Result<Base> describe(const GgufFile& file) {
  constexpr std::array<std::string_view, 7> kKnown{"llama", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3"};
  const auto architecture = file.text("general.architecture");
  if (!architecture) return Unexpected{architecture.error()};
  if (std::find(kKnown.begin(), kKnown.end(), *architecture) == kKnown.end()) {
    return unsupported("rap cannot import adapters for bases of architecture '" + *architecture + "'");
  }
  Base base{file, *architecture, {}};
  for (const TensorInfo& tensor : file.tensors()) base.shapes.emplace(tensor.name, tensor.shape);
  if (base.architecture != "llama") return base;
  const auto heads = file.integer("llama.attention.head_count");
  if (!heads) return Unexpected{heads.error()};
  base.heads = *heads;
  base.key_value_heads =
      file.integer("llama.attention.head_count_kv") ? *file.integer("llama.attention.head_count_kv") : *heads;
  return base;
}

/// "self_attn.q_proj" -> "attn_q"; none for a layer that is not known.
std::optional<std::string_view> gguf_layer(std::string_view layer) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kLayers{{
      {"self_attn.q_proj", "attn_q"},
      {"self_attn.k_proj", "attn_k"},
      {"self_attn.v_proj", "attn_v"},
      {"self_attn.o_proj", "attn_output"},
      {"self_attn.qkv_proj", "attn_qkv"},
      {"mlp.gate_proj", "ffn_gate"},
      {"mlp.up_proj", "ffn_up"},
      {"mlp.down_proj", "ffn_down"},
      {"mlp.gate_up_proj", "ffn_up"},  // Phi-3: one matrix, in this order in GGUF too
  }};
  const auto found =
      std::find_if(kLayers.begin(), kLayers.end(), [&](const auto& pair) { return pair.first == layer; });
  if (found == kLayers.end()) return std::nullopt;
  return found->second;
}

/// "model.layers.7.self_attn.q_proj" below any prefix -> "blk.7.attn_q.weight".
std::optional<std::string> gguf_target(std::string_view module) {
  if (module.ends_with("lm_head")) return "output.weight";
  constexpr std::string_view kLayers = "layers.";
  const auto at = module.rfind(kLayers);
  if (at == std::string_view::npos || (at > 0 && module[at - 1] != '.')) return std::nullopt;
  const std::string_view rest = module.substr(at + kLayers.size());
  unsigned block = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), block);
  const auto digits = static_cast<std::size_t>(end - rest.data());
  if (error != std::errc() || digits >= rest.size() || rest[digits] != '.') return std::nullopt;
  const auto layer = gguf_layer(rest.substr(digits + 1));
  if (!layer) return std::nullopt;
  return "blk." + std::to_string(block) + "." + std::string(*layer) + ".weight";
}

bool is_vision(std::string_view module) {
  constexpr std::array<std::string_view, 4> kParts{"vision", "visual", "mm_projector", "multi_modal_projector"};
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return module.find(part) != std::string_view::npos; });
}

/// A tensor's layer and which half of the pair it is.
struct Half {
  std::string target;
  Matrix LoraPair::*side;
};

Result<Half> half_of(const std::string& name) {
  struct Ending {
    std::string_view text;
    Matrix LoraPair::*side;
  };
  // "default" is the adapter's name, which PEFT leaves out of files since 0.3.
  constexpr std::array<Ending, 4> kEndings{{{".lora_A.weight", &LoraPair::a},
                                            {".lora_B.weight", &LoraPair::b},
                                            {".lora_A.default.weight", &LoraPair::a},
                                            {".lora_B.default.weight", &LoraPair::b}}};
  const auto ending =
      std::find_if(kEndings.begin(), kEndings.end(), [&](const Ending& known) { return name.ends_with(known.text); });
  if (ending == kEndings.end()) {
    return unsupported("the adapter holds '" + name + "', which is no half of a LoRA pair; merge it with PEFT instead");
  }
  const auto module = std::string_view(name).substr(0, name.size() - ending->text.size());
  if (is_vision(module)) {
    return unsupported("the adapter changes the vision part ('" + name +
                       "'); a llama.cpp adapter holds the language model's layers only");
  }
  auto target = gguf_target(module);
  if (!target) return unsupported("rap does not know the layer '" + name + "' of the adapter");
  return Half{std::move(*target), ending->side};
}

Result<std::map<std::string, LoraPair>> pair_up(Tensors&& tensors) {
  std::map<std::string, LoraPair> pairs;
  for (auto& [name, tensor] : tensors) {
    const auto half = half_of(name);
    if (!half) return Unexpected{half.error()};
    if (tensor.shape.size() != 2) return fail(ErrorCode::kCorrupt, "tensor '" + name + "' is not a matrix", "adapter");
    LoraPair& pair = pairs[half->target];
    pair.target = half->target;
    Matrix& side = pair.*half->side;
    if (!side.values.empty()) return unsupported("the adapter has two tensors for '" + half->target + "'");
    side = {tensor.shape[0], tensor.shape[1], std::move(tensor.values)};
  }
  return pairs;
}

Result<void> check_fit(const LoraPair& pair, const Base& base) {
  const auto found = base.shapes.find(pair.target);
  if (found == base.shapes.end()) {
    return fail(ErrorCode::kInvalidArgument, "the adapter has a '" + pair.target + "', the base has none", "base");
  }
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::kInvalidArgument, "the adapter's layer for '" + pair.target + "' " + what, "base");
  };
  if (pair.a.values.empty() || pair.b.values.empty()) return wrong("lacks one of its two matrices");
  if (pair.a.rows != pair.b.columns) return wrong("has matrices of different ranks");
  if (found->second != std::vector<std::int64_t>{pair.b.rows, pair.a.columns}) {
    return wrong("is " + std::to_string(pair.b.rows) + " x " + std::to_string(pair.a.columns) +
                 ", the base's is not: it was trained on another base");
  }
  return {};
}

/// Moves the rows of each head from "all first halves, all second halves" of the rotary pairs to
/// pair beside pair.
void interleave_heads(Matrix& matrix, std::int64_t heads) {
  const std::int64_t half = matrix.rows / heads / 2;
  const Matrix before = matrix;
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    const std::int64_t head = row / (2 * half);
    const std::int64_t within = row % (2 * half);
    const std::int64_t to = head * 2 * half + (within % half) * 2 + within / half;
    std::copy_n(before.values.begin() + row * matrix.columns, matrix.columns,
                matrix.values.begin() + to * matrix.columns);
  }
}

/// Brings b into the base's order of rows.
Result<void> reorder(LoraPair& pair, const Base& base) {
  const bool is_query = pair.target.ends_with(".attn_q.weight");
  const bool is_key = pair.target.ends_with(".attn_k.weight");
  if (base.heads == 0 || (!is_query && !is_key)) return {};
  const std::int64_t heads = is_query ? base.heads : base.key_value_heads;
  if (heads < 1 || pair.b.rows % (2 * heads) != 0) {
    return fail(ErrorCode::kCorrupt, "the base's number of heads does not divide '" + pair.target + "'", "base");
  }
  interleave_heads(pair.b, heads);
  return {};
}

/// llama.cpp knows alpha / rank only. rsLoRA's alpha / sqrt(rank) is put into alpha for the
/// adapter's usual rank, and into b for layers of another rank.
double fold_scale(std::vector<LoraPair>& pairs, const Config& config) {
  if (!config.rank_stabilised) return config.alpha;
  for (LoraPair& pair : pairs) {
    const double factor = std::sqrt(static_cast<double>(pair.a.rows) / config.rank);
    if (factor == 1.0) continue;
    for (float& value : pair.b.values) value = static_cast<float>(value * factor);
  }
  return config.alpha * std::sqrt(config.rank);
}

}  // namespace

Result<LoraAdapter> read_peft_adapter(const fs::path& folder, const GgufFile& base) {
  const auto description = describe(base);
  if (!description) return Unexpected{description.error()};
  const auto config = read_config(folder / "adapter_config.json");
  if (!config) return Unexpected{config.error()};
  auto tensors = read_tensor_file(folder / "adapter_model.safetensors");
  if (!tensors) return Unexpected{tensors.error()};
  auto pairs = pair_up(std::move(*tensors));
  if (!pairs) return Unexpected{pairs.error()};
  LoraAdapter adapter{folder.filename().string(), description->architecture, {}, 0.0, {}};
  if (auto name = base.text("general.name")) adapter.base_name = *name;
  for (auto& [target, pair] : *pairs) {
    if (auto fits = check_fit(pair, *description); !fits) return Unexpected{fits.error()};
    if (auto ordered = reorder(pair, *description); !ordered) return Unexpected{ordered.error()};
    adapter.pairs.push_back(std::move(pair));
  }
  if (adapter.pairs.empty()) return fail(ErrorCode::kCorrupt, "the adapter holds no tensors", "adapter");
  adapter.alpha = fold_scale(adapter.pairs, *config);
  return adapter;
}

}  // namespace rap::training
