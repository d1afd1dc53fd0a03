// SPDX-License-Identifier: Apache-2.0
#include "training/formats/lora.h"

#include <map>
#include <string_view>
#include <utility>

namespace rap::training {
namespace {

constexpr std::string_view kSuffixA = ".lora_a";
constexpr std::string_view kSuffixB = ".lora_b";

Result<void> check(const LoraPair& pair) {
  const auto full = [](const Matrix& matrix) {
    return matrix.rows > 0 && matrix.columns > 0 &&
           matrix.values.size() == static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.columns);
  };
  if (full(pair.a) && full(pair.b) && pair.a.rows == pair.b.columns) return {};
  return fail(ErrorCode::kInvalidArgument, "the adapter's matrices for '" + pair.target + "' do not fit each other",
              "pairs");
}

/// A matrix of the file. GGUF does not tell one row from a plain list of numbers.
Result<Matrix> read_matrix(const GgufFile& file, const TensorInfo& tensor) {
  if (tensor.shape.size() > 2) {
    return fail(ErrorCode::kUnsupported, "tensor '" + tensor.name + "' of the adapter is not a matrix");
  }
  auto values = file.values(tensor.name);
  if (!values) return Unexpected{values.error()};
  const std::int64_t rows = tensor.shape.size() == 2 ? tensor.shape.front() : 1;
  return Matrix{rows, tensor.shape.back(), std::move(*values)};
}

/// The target of a tensor's name, and which half of the pair it is.
struct Half {
  std::string target;
  Matrix LoraPair::*side;
};

Result<Half> half_of(const std::string& name) {
  for (const auto& [suffix, side] : {std::pair{kSuffixA, &LoraPair::a}, std::pair{kSuffixB, &LoraPair::b}}) {
    if (name.ends_with(suffix)) return Half{name.substr(0, name.size() - suffix.size()), side};
  }
  return fail(ErrorCode::kUnsupported, "the adapter holds '" + name + "', which is no half of a LoRA pair");
}

Result<std::vector<LoraPair>> read_pairs(const GgufFile& file) {
  std::map<std::string, std::size_t> index;
  std::vector<LoraPair> pairs;
  for (const TensorInfo& tensor : file.tensors()) {
    const auto half = half_of(tensor.name);
    if (!half) return Unexpected{half.error()};
    if (half->target == "token_embd.weight") {
      return fail(ErrorCode::kUnsupported, "the adapter changes the token embeddings, which rap does not merge");
    }
    auto matrix = read_matrix(file, tensor);
    if (!matrix) return Unexpected{matrix.error()};
    const auto [found, is_new] = index.try_emplace(half->target, pairs.size());
    if (is_new) pairs.push_back({half->target, {}, {}});
    pairs[found->second].*half->side = std::move(*matrix);
  }
  for (const LoraPair& pair : pairs) {
    if (auto fits = check(pair); !fits) return fail(ErrorCode::kCorrupt, fits.error().message);
  }
  return pairs;
}

/// A text of the metadata, or an empty one.
std::string text_or_empty(const GgufFile& file, const std::string& key) {
  auto text = file.text(key);
  return text ? std::move(*text) : std::string();
}

}  // namespace

double lora_scale(const LoraAdapter& adapter, const LoraPair& pair) noexcept {
  return adapter.alpha == 0.0 ? 1.0 : adapter.alpha / static_cast<double>(pair.a.rows);
}

Result<void> write_lora_gguf(const std::filesystem::path& file, const LoraAdapter& adapter, StorageType type) {
  if (type != StorageType::kF32 && type != StorageType::kF16) {
    return fail(ErrorCode::kInvalidArgument, "adapters are stored as F32 or F16", "type");
  }
  if (adapter.pairs.empty()) return fail(ErrorCode::kInvalidArgument, "the adapter has no pairs", "pairs");
  GgufContent content;
  content.metadata = {{"general.type", "adapter"},
                      {"general.architecture", adapter.architecture},
                      {"adapter.type", "lora"},
                      {"adapter.lora.alpha", adapter.alpha}};
  if (!adapter.name.empty()) content.metadata["general.name"] = adapter.name;
  if (!adapter.base_name.empty()) {
    content.metadata["general.base_model.count"] = std::int64_t{1};
    content.metadata["general.base_model.0.name"] = adapter.base_name;
  }
  for (const LoraPair& pair : adapter.pairs) {
    if (auto fits = check(pair); !fits) return fits;
    const auto add = [&](std::string_view suffix, const Matrix& matrix) {
      content.tensors.push_back(
          {pair.target + std::string(suffix), {matrix.rows, matrix.columns}, type, matrix.values});
    };
    add(kSuffixA, pair.a);
    add(kSuffixB, pair.b);
  }
  return write_gguf(file, content);
}

Result<LoraAdapter> read_lora_gguf(const std::filesystem::path& file) {
  const auto gguf = GgufFile::open(file);
  if (!gguf) return Unexpected{gguf.error()};
  if (text_or_empty(*gguf, "general.type") != "adapter" || text_or_empty(*gguf, "adapter.type") != "lora") {
    return fail(ErrorCode::kCorrupt, "'" + file.string() + "' is a GGUF file, but not a LoRA adapter");
  }
  if (gguf->metadata().contains("adapter.alora.invocation_tokens")) {
    return fail(ErrorCode::kUnsupported, "'" + file.string() + "' is an adapter that certain words switch on (aLoRA)");
  }
  const auto architecture = gguf->text("general.architecture");
  if (!architecture) return Unexpected{architecture.error()};
  auto pairs = read_pairs(*gguf);
  if (!pairs) return Unexpected{pairs.error()};
  const auto alpha = gguf->number("adapter.lora.alpha");
  return LoraAdapter{text_or_empty(*gguf, "general.name"), *architecture,
                     text_or_empty(*gguf, "general.base_model.0.name"), alpha ? *alpha : 0.0, std::move(*pairs)};
}

}  // namespace rap::training
