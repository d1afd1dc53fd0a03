// SPDX-License-Identifier: Apache-2.0
#include "training/language_model.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <utility>

namespace rap::training {
namespace {

using torch::Tensor;

constexpr std::int64_t kMostPositions = 4096;  ///< of the rotary table; samples are far shorter
constexpr std::int64_t kGlobalEvery = 6;       ///< Gemma 3: five local layers, then a global one

RotaryTable rotary_table(double base, std::int64_t head_size, std::int64_t positions, bool interleaved,
                         const torch::Device& device) {
  const Tensor steps = torch::arange(0, head_size, 2, torch::kFloat64) / static_cast<double>(head_size);
  const Tensor frequencies = torch::pow(torch::full({1}, base, torch::kFloat64), -steps);
  const Tensor angles = torch::outer(torch::arange(positions, torch::kFloat64), frequencies);
  return {angles.cos().to(torch::kFloat32).contiguous().to(device),
          angles.sin().to(torch::kFloat32).contiguous().to(device), interleaved};
}

Result<LanguageModelShape> read_shape(const GgufFile& base) {
  LanguageModelShape shape;
  auto architecture = base.text("general.architecture");
  if (!architecture) return Unexpected{architecture.error()};
  shape.architecture = *architecture;
  if (shape.architecture != "llama" && shape.architecture != "qwen2" && shape.architecture != "gemma3") {
    return fail(ErrorCode::kUnsupported,
                "the trainer knows Llama, Qwen2 and Gemma 3 models; this is '" + shape.architecture + "'", "base");
  }
  const auto key = [&](const char* name) { return shape.architecture + "." + name; };
  for (const auto& [name, to] : {std::pair{"block_count", &shape.layers},
                                 {"embedding_length", &shape.width},
                                 {"feed_forward_length", &shape.feed_forward},
                                 {"attention.head_count", &shape.heads},
                                 {"attention.head_count_kv", &shape.key_heads},
                                 {"context_length", &shape.context}}) {
    auto value = base.integer(key(name));
    if (!value) return Unexpected{value.error()};
    if (*value <= 0) return fail(ErrorCode::kCorrupt, "the model's " + key(name) + " is not positive", "base");
    *to = *value;
  }
  auto epsilon = base.number(key("attention.layer_norm_rms_epsilon"));
  if (!epsilon) return Unexpected{epsilon.error()};
  shape.norm_epsilon = *epsilon;
  shape.head_size = base.integer(key("attention.key_length")) ? *base.integer(key("attention.key_length"))
                                                              : shape.width / shape.heads;
  const auto rotary = base.number(key("rope.freq_base"));
  shape.rotary_base = rotary ? *rotary : (shape.architecture == "gemma3" ? 1'000'000.0 : 10'000.0);
  if (shape.architecture == "gemma3") {
    shape.local_rotary_base = 10'000.0;
    const auto window = base.integer(key("attention.sliding_window"));
    shape.window = window ? *window : 512;
  }
  for (const char* unknown : {"rope.scaling.type", "rope.scaling.factor"}) {
    const auto word = base.text(key(unknown));
    if (base.metadata().contains(key(unknown)) && !(word && *word == "none")) {
      return fail(ErrorCode::kUnsupported, "the trainer does not know " + key(unknown) + " of this model", "base");
    }
  }
  return shape;
}

}  // namespace

/// Reads tensors of the base, keeping the first error.
struct LanguageModel::Reader {
  const GgufFile& base;
  const Options& options;
  Result<void> state = {};

  /// Of a tensor; empty if the base has none of this name.
  [[nodiscard]] std::vector<std::int64_t> sides(const std::string& name) const {
    for (const TensorInfo& tensor : base.tensors()) {
      if (tensor.name == name) return tensor.shape;
    }
    return {};
  }

  [[nodiscard]] bool has(const std::string& name) const { return !sides(name).empty(); }

  Tensor tensor(const std::string& name, const std::vector<std::int64_t>& shape, torch::ScalarType type) {
    if (!state) return {};
    if (sides(name) != shape) {
      state = fail(ErrorCode::kCorrupt, "the model's tensor " + name + " is missing or has another shape", "base");
      return {};
    }
    auto values = base.values(name);
    if (!values) {
      state = Unexpected{values.error()};
      return {};
    }
    return torch::from_blob(values->data(), shape, torch::kFloat32).to(type, false, true).to(options.device);
  }

  Tensor optional_norm(const std::string& name, std::int64_t size) {
    return has(name) ? tensor(name, {size}, torch::kFloat32) : Tensor();
  }

  /// Stacks matrices that read the same input and gives each a correction.
  LoraLinear linear(const std::vector<std::string>& names, const std::vector<std::int64_t>& rows, std::int64_t in) {
    LoraLinear result;
    std::vector<Tensor> weights, biases;
    std::int64_t out = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      weights.push_back(tensor(names[i] + ".weight", {rows[i], in}, options.compute_type));
      if (has(names[i] + ".bias")) biases.push_back(tensor(names[i] + ".bias", {rows[i]}, options.compute_type));
      out += rows[i];
    }
    if (!state) return result;
    if (!biases.empty() && biases.size() != names.size()) {
      state = fail(ErrorCode::kCorrupt, "only some of the model's stacked matrices have a bias", "base");
      return result;
    }
    result.weight = torch::cat(weights);
    if (!biases.empty()) result.bias = torch::cat(biases);
    result.parts = rows;
    if (options.lora.rank > 0) {
      const auto floats = torch::TensorOptions().dtype(torch::kFloat32);
      // As PEFT does it: A uniform in +-1/sqrt(in), B zero, so training starts at the base itself.
      const double bound = 1.0 / std::sqrt(static_cast<double>(in));
      const auto parts = static_cast<std::int64_t>(rows.size());
      result.a = torch::empty({parts * options.lora.rank, in}, floats).uniform_(-bound, bound).to(options.device);
      result.b = torch::zeros({out, options.lora.rank}, floats).to(options.device);
      result.a.set_requires_grad(true);
      result.b.set_requires_grad(true);
      result.scale = options.lora.alpha / static_cast<double>(options.lora.rank);
    }
    return result;
  }
};

Result<LanguageModel> LanguageModel::read(const GgufFile& base, const Options& options) {
  auto shape = read_shape(base);
  if (!shape) return Unexpected{shape.error()};
  LanguageModel model;
  model.shape_ = *shape;
  model.options_ = options;
  const bool is_gemma = shape->architecture == "gemma3";
  model.gate_ = is_gemma ? Gate::kGeluTanh : Gate::kSilu;
  model.embedding_scale_ = is_gemma ? std::sqrt(static_cast<double>(shape->width)) : 1.0;
  model.attention_ = {shape->heads, shape->key_heads, shape->head_size,
                      1.0 / std::sqrt(static_cast<double>(shape->head_size))};
  const bool interleaved = shape->architecture == "llama";
  const std::int64_t positions = std::min(kMostPositions, shape->context);
  model.rotary_ = rotary_table(shape->rotary_base, shape->head_size, positions, interleaved, options.device);
  if (shape->local_rotary_base > 0.0) {
    model.local_rotary_ =
        rotary_table(shape->local_rotary_base, shape->head_size, positions, interleaved, options.device);
  }

  torch::manual_seed(options.seed);
  Reader reader{.base = base, .options = options};
  const auto vocabulary = reader.sides("token_embd.weight");
  if (vocabulary.empty()) return fail(ErrorCode::kCorrupt, "the model has no token_embd.weight", "base");
  const std::int64_t width = shape->width;
  model.shape_.vocabulary = vocabulary[0];
  model.embedding_ = reader.tensor("token_embd.weight", {vocabulary[0], width}, options.compute_type);
  model.output_ = reader.has("output.weight")
                      ? reader.tensor("output.weight", {vocabulary[0], width}, options.compute_type)
                      : model.embedding_;
  model.final_norm_ = reader.tensor("output_norm.weight", {width}, torch::kFloat32);
  for (std::int64_t layer = 0; layer < shape->layers; ++layer) {
    const std::string at = "blk." + std::to_string(layer) + ".";
    const std::int64_t queries = shape->heads * shape->head_size;
    const std::int64_t keys = shape->key_heads * shape->head_size;
    Block block;
    block.attention_norm = reader.tensor(at + "attn_norm.weight", {width}, torch::kFloat32);
    block.feed_norm = reader.tensor(at + "ffn_norm.weight", {width}, torch::kFloat32);
    block.query_norm = reader.optional_norm(at + "attn_q_norm.weight", shape->head_size);
    block.key_norm = reader.optional_norm(at + "attn_k_norm.weight", shape->head_size);
    block.after_attention_norm = reader.optional_norm(at + "post_attention_norm.weight", width);
    block.after_feed_norm = reader.optional_norm(at + "post_ffw_norm.weight", width);
    block.qkv = reader.linear({at + "attn_q", at + "attn_k", at + "attn_v"}, {queries, keys, keys}, width);
    block.output = reader.linear({at + "attn_output"}, {width}, queries);
    block.gate_up = reader.linear({at + "ffn_gate", at + "ffn_up"}, {shape->feed_forward, shape->feed_forward}, width);
    block.down = reader.linear({at + "ffn_down"}, {width}, shape->feed_forward);
    block.is_local = shape->local_rotary_base > 0.0 && (layer + 1) % kGlobalEvery != 0;
    if (!reader.state) return Unexpected{reader.state.error()};
    model.blocks_.push_back(std::move(block));
  }
  if (!reader.state) return Unexpected{reader.state.error()};
  return model;
}

Tensor LanguageModel::embed(const Tensor& tokens) const {
  return embedding_.index_select(0, tokens).to(torch::kFloat32) * embedding_scale_;
}

Tensor LanguageModel::head_norms(const Block& block, const Tensor& qkv) const {
  const std::int64_t size = shape_.head_size;
  const std::int64_t queries = shape_.heads * size;
  const std::int64_t keys = shape_.key_heads * size;
  const auto normed = [&](std::int64_t first, std::int64_t count, const Tensor& weight) {
    const Tensor rows = qkv.narrow(1, first, count).reshape({-1, size}).to(torch::kFloat32);
    return add_rms_norm(rows, {}, weight, shape_.norm_epsilon, options_.compute_type).y.view({-1, count});
  };
  return torch::cat({normed(0, queries, block.query_norm), normed(queries, keys, block.key_norm),
                     qkv.narrow(1, queries + keys, keys)},
                    1);
}

Tensor LanguageModel::block_attention(const Block& block, const Tensor& x, const Layout& layout) const {
  Tensor qkv = lora_linear(x, block.qkv);
  if (block.query_norm.defined()) qkv = head_norms(block, qkv);
  const Tensor attended = attention(qkv, layout, attention_, block.is_local ? &local_rotary_ : &rotary_);
  return lora_linear(attended, block.output);
}

std::pair<Tensor, Tensor> LanguageModel::through(const Block& block, const Tensor& stream, const Tensor& added,
                                                 const Layout& layout) const {
  const auto norm = [&](const Tensor& x, const Tensor& more, const Tensor& weight) {
    return add_rms_norm(x, more, weight, shape_.norm_epsilon, options_.compute_type);
  };
  const auto after = [&](const Tensor& result, const Tensor& weight) {
    return weight.defined() ? norm(result.to(torch::kFloat32), {}, weight).y : result;
  };
  const Normed first = norm(stream, added, block.attention_norm);
  const Tensor attended = after(block_attention(block, first.y, layout), block.after_attention_norm);
  const Normed second = norm(first.sum, attended, block.feed_norm);
  const Tensor fed = lora_linear(gated(lora_linear(second.y, block.gate_up), gate_), block.down);
  return {second.sum, after(fed, block.after_feed_norm)};
}

/// A block whose activations are not kept: it is computed again on the way back (arXiv
/// 1604.06174). Its corrections take their gradients there.
class LanguageModel::Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  using Variables = torch::autograd::variable_list;

  static Variables forward(torch::autograd::AutogradContext* context, const Tensor& stream,
                           const c10::optional<Tensor>& added, const LanguageModel* model, const Block* block,
                           const Layout& layout) {
    context->save_for_backward({stream, added.value_or(Tensor()), layout.positions, layout.visible});
    context->saved_data["model"] = reinterpret_cast<std::int64_t>(model);
    context->saved_data["block"] = reinterpret_cast<std::int64_t>(block);
    context->saved_data["layout"] = std::vector<std::int64_t>{layout.sequences, layout.length};
    const auto out = model->through(*block, stream, added.value_or(Tensor()), layout);
    return {out.first, out.second};
  }

  static Variables backward(torch::autograd::AutogradContext* context, Variables gradients) {
    const auto saved = context->get_saved_variables();
    const auto sizes = context->saved_data["layout"].toIntVector();
    const auto* model = reinterpret_cast<const LanguageModel*>(context->saved_data["model"].toInt());
    const auto* block = reinterpret_cast<const Block*>(context->saved_data["block"].toInt());
    const torch::AutoGradMode with_gradients(true);
    const Tensor stream = saved[0].detach().requires_grad_(true);
    const Tensor added = saved[1].defined() ? saved[1].detach().requires_grad_(true) : Tensor();
    const auto out = model->through(*block, stream, added, {sizes[0], sizes[1], saved[2], saved[3]});
    torch::autograd::backward({out.first, out.second}, {gradients[0], gradients[1]});
    return {stream.grad(), added.defined() ? added.grad() : Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

Tensor LanguageModel::forward(const Tensor& inputs, const Layout& layout) const {
  std::pair<Tensor, Tensor> state{inputs, Tensor()};
  for (const Block& block : blocks_) {
    if (options_.keep_activations || !torch::GradMode::is_enabled()) {
      state = through(block, state.first, state.second, layout);
    } else {
      const auto added = state.second.defined() ? c10::optional<Tensor>(state.second) : c10::nullopt;
      const auto out = Recomputed::apply(state.first, added, this, &block, layout);
      state = {out[0], out[1]};
    }
  }
  return add_rms_norm(state.first, state.second, final_norm_, shape_.norm_epsilon, options_.compute_type).y;
}

Tensor LanguageModel::logits(const Tensor& hidden) const { return torch::linear(hidden, output_); }

Tensor LanguageModel::loss(const Tensor& hidden, const Tensor& targets) const {
  return linear_cross_entropy(hidden, output_, targets);
}

std::vector<Tensor> LanguageModel::parameters() const {
  std::vector<Tensor> all;
  for (const Block& block : blocks_) {
    for (const LoraLinear* linear : {&block.qkv, &block.output, &block.gate_up, &block.down}) {
      if (linear->a.defined()) all.insert(all.end(), {linear->a, linear->b});
    }
  }
  return all;
}

std::vector<LoraPart> LanguageModel::lora_parts() const {
  std::vector<LoraPart> parts;
  for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
    const Block& block = blocks_[layer];
    const auto add = [&](const LoraLinear& linear, const std::vector<std::string>& names) {
      if (!linear.a.defined()) return;
      const std::int64_t rank = linear.b.size(1);
      std::int64_t row = 0;
      for (std::size_t i = 0; i < names.size(); ++i) {
        parts.push_back({"blk." + std::to_string(layer) + "." + names[i] + ".weight",
                         linear.a.detach().narrow(0, static_cast<std::int64_t>(i) * rank, rank),
                         linear.b.detach().narrow(0, row, linear.parts[i])});
        row += linear.parts[i];
      }
    };
    add(block.qkv, {"attn_q", "attn_k", "attn_v"});
    add(block.output, {"attn_output"});
    add(block.gate_up, {"ffn_gate", "ffn_up"});
    add(block.down, {"ffn_down"});
  }
  return parts;
}

}  // namespace rap::training
