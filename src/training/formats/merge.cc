// SPDX-License-Identifier: Apache-2.0
#include "training/formats/merge.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "training/formats/ggml_values.h"
#include "training/formats/gguf_source.h"
#include "training/formats/gguf_writer.h"
#include "training/formats/lora.h"

namespace rap::training {
namespace {

/// Which pair belongs to which tensor of the base.
using Pairs = std::map<std::string, const LoraPair*>;

/// A tensor of the new file.
struct Step {
  const StoredTensor* from = nullptr;
  ggml_type type = GGML_TYPE_F32;
  const LoraPair* pair = nullptr;  ///< none: unchanged but for its type
};

// Small or delicate matrices that llama.cpp, too, leaves as they are.
constexpr std::array<std::string_view, 8> kLeftAlone{"_norm.weight",  "ffn_gate_inp", "conv",     "time_mix_",
                                                     "position_embd", "token_types",  "attn_rel", "altup"};

bool is_weight_matrix(const StoredTensor& tensor) {
  if (tensor.shape.size() < 2 || !tensor.name.ends_with(".weight")) return false;
  return std::none_of(kLeftAlone.begin(), kLeftAlone.end(),
                      [&](std::string_view part) { return tensor.name.find(part) != std::string::npos; });
}

/// `type` or what stands in for it where rows of `row` numbers do not fit its blocks.
ggml_type fitting(ggml_type type, std::int64_t row) {
  constexpr std::array<std::pair<ggml_type, ggml_type>, 3> kInstead{
      {{GGML_TYPE_Q4_K, GGML_TYPE_Q5_0}, {GGML_TYPE_Q5_K, GGML_TYPE_Q5_1}, {GGML_TYPE_Q6_K, GGML_TYPE_Q8_0}}};
  for (const auto& [wanted, instead] : kInstead) {
    if (type == wanted && row % ggml_blck_size(type) != 0) type = instead;
  }
  return row % ggml_blck_size(type) == 0 ? type : GGML_TYPE_F16;
}

/// What `general.file_type` says about a file whose matrices are of a type (llama.h, llama_ftype).
std::int64_t file_type(ggml_type type) {
  constexpr std::array<std::pair<ggml_type, int>, 7> kFileTypes{{{GGML_TYPE_F16, 1},
                                                                 {GGML_TYPE_Q4_1, 3},
                                                                 {GGML_TYPE_Q8_0, 7},
                                                                 {GGML_TYPE_Q4_K, 14},
                                                                 {GGML_TYPE_Q5_K, 16},
                                                                 {GGML_TYPE_Q6_K, 18},
                                                                 {GGML_TYPE_BF16, 32}}};
  const auto found =
      std::find_if(kFileTypes.begin(), kFileTypes.end(), [&](const auto& pair) { return pair.first == type; });
  return found == kFileTypes.end() ? 0 : found->second;
}

ggml_type new_type(const StoredTensor& tensor, std::optional<ggml_type> wanted) {
  if (!wanted || !is_weight_matrix(tensor)) return tensor.type;
  const bool delicate = tensor.name == "token_embd.weight" || tensor.name == "output.weight";
  const bool coarse = *wanted == GGML_TYPE_Q4_K || *wanted == GGML_TYPE_Q5_K;
  return fitting(delicate && coarse ? GGML_TYPE_Q6_K : *wanted, tensor.shape.back());
}

Unexpected another_base(const std::string& why) {
  return fail(ErrorCode::kInvalidArgument, "the adapter belongs to another base: " + why, "adapter");
}

/// The architecture that a file names, or an empty text.
std::string architecture_of(const gguf_context& header) {
  const auto id = gguf_find_key(&header, "general.architecture");
  return id < 0 || gguf_get_kv_type(&header, id) != GGUF_TYPE_STRING ? "" : gguf_get_val_str(&header, id);
}

/// Finds the tensor of every pair, and the pair of every tensor.
Result<std::vector<Step>> plan(const GgufSource& base, const LoraAdapter& adapter, std::optional<ggml_type> wanted) {
  Pairs pairs;
  for (const LoraPair& pair : adapter.pairs) pairs.emplace(pair.target, &pair);
  std::vector<Step> steps;
  for (const StoredTensor& tensor : base.tensors()) {
    const auto node = pairs.extract(tensor.name);
    const LoraPair* pair = node.empty() ? nullptr : node.mapped();
    if (pair != nullptr && tensor.shape != std::vector<std::int64_t>{pair->b.rows, pair->a.columns}) {
      return another_base("'" + tensor.name + "' has other sides there");
    }
    steps.push_back({&tensor, new_type(tensor, wanted), pair});
  }
  if (!pairs.empty()) return another_base("there is no '" + pairs.begin()->first + "' in this one");
  return steps;
}

/// values [out, in] += scale * b * a.
void add_product(std::vector<float>& values, const LoraPair& pair, float scale) {
  const auto width = static_cast<std::size_t>(pair.a.columns);
  const auto rank = static_cast<std::size_t>(pair.a.rows);
  for (std::size_t row = 0; row < static_cast<std::size_t>(pair.b.rows); ++row) {
    float* out = values.data() + row * width;
    for (std::size_t k = 0; k < rank; ++k) {
      const float factor = scale * pair.b.values[row * rank + k];
      const float* in = pair.a.values.data() + k * width;
      for (std::size_t i = 0; i < width; ++i) out[i] += factor * in[i];
    }
  }
}

/// The bytes of a tensor of the new file.
Result<Bytes> produce(const GgufSource& base, const Step& step, float scale) {
  auto stored = base.read(*step.from);
  if (!stored || (step.pair == nullptr && step.type == step.from->type)) return stored;
  auto values = decode_values(step.from->type, *stored);
  if (!values) return Unexpected{values.error()};
  if (step.pair != nullptr) add_product(*values, *step.pair, scale);
  auto encoded = encode_values(step.type, *values, step.from->shape.back());
  if (!encoded) return fail(encoded.error().code, "tensor '" + step.from->name + "': " + encoded.error().message);
  return encoded;
}

}  // namespace

Result<MergeReport> merge_lora(const MergeOptions& options) {
  const auto base = GgufSource::open(options.base);
  if (!base) return Unexpected{base.error()};
  const auto adapter = read_lora_gguf(options.adapter);
  if (!adapter) return Unexpected{adapter.error()};
  if (const auto architecture = architecture_of(base->header()); architecture != adapter->architecture) {
    return another_base("it is for '" + adapter->architecture + "', the base is a '" + architecture + "'");
  }
  const auto wanted = options.type ? ggml_type_of(*options.type) : std::nullopt;
  if (options.type && !wanted) return fail(ErrorCode::kInvalidArgument, "this is no type to store weights as", "type");
  const auto steps = plan(*base, *adapter, wanted);
  if (!steps) return Unexpected{steps.error()};

  GgufWriter writer;
  writer.copy_metadata(base->header());
  if (wanted) {
    for (const auto& [key, value] : {std::pair{"general.file_type", file_type(*wanted)},
                                     std::pair{"general.quantization_version", std::int64_t{GGML_QNT_VERSION}}}) {
      if (auto set = writer.set(key, value); !set) return Unexpected{set.error()};
    }
  }
  for (const Step& step : *steps) {
    if (auto added = writer.add(step.from->name, step.type, step.from->shape); !added) return Unexpected{added.error()};
  }
  const auto written = writer.write(options.output, [&](std::size_t i) {
    const Step& step = (*steps)[i];
    const double own = step.pair == nullptr ? 0.0 : lora_scale(*adapter, *step.pair);
    return produce(*base, step, static_cast<float>(own) * options.scale);
  });
  if (!written) return Unexpected{written.error()};
  return MergeReport{steps->size(), adapter->pairs.size()};
}

}  // namespace rap::training
