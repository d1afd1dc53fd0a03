// SPDX-License-Identifier: Apache-2.0
#include "tests/generation/tiny_vlm.h"

#include <ggml.h>
#include <gguf.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/tiny_vocabulary.h"

namespace rap::testing {
namespace {

constexpr std::int64_t kTextWidth = 64;
constexpr std::int64_t kTextHidden = 128;
constexpr std::int64_t kVisionWidth = 32;
constexpr std::int64_t kVisionHidden = 64;
constexpr std::int64_t kPatch = 8;
constexpr std::int64_t kPatches = 16;
constexpr int kLayers = 2;

/// A GGUF file in the making.
class Writer {
 public:
  Writer(const char* architecture, unsigned seed) : gguf_(gguf_init_empty()), random_(seed) {
    context_.reset(ggml_init({std::size_t{16} << 20U, nullptr, false}));
    set("general.architecture", architecture);
  }

  void set(const std::string& key, const char* value) { gguf_set_val_str(gguf_.get(), key.c_str(), value); }
  void set(const std::string& key, std::uint32_t value) { gguf_set_val_u32(gguf_.get(), key.c_str(), value); }
  void set(const std::string& key, float value) { gguf_set_val_f32(gguf_.get(), key.c_str(), value); }
  void set(const std::string& key, bool value) { gguf_set_val_bool(gguf_.get(), key.c_str(), value); }
  gguf_context* get() { return gguf_.get(); }

  /// A tensor of random numbers around `mean`; shape as ggml orders it (fastest first).
  void tensor(const std::string& name, std::vector<std::int64_t> shape, float mean, float deviation) {
    ggml_tensor* made = ggml_new_tensor(context_.get(), GGML_TYPE_F32, static_cast<int>(shape.size()), shape.data());
    ggml_set_name(made, name.c_str());
    std::normal_distribution<float> distribution(mean, deviation);
    auto* values = static_cast<float*>(made->data);
    for (std::int64_t i = 0; i < ggml_nelements(made); ++i) values[i] = distribution(random_);
    gguf_add_tensor(gguf_.get(), made);
  }
  void weight(const std::string& name, std::vector<std::int64_t> shape) { tensor(name, std::move(shape), 0.0F, 0.2F); }
  void bias(const std::string& name, std::int64_t size) { tensor(name, {size}, 0.0F, 0.05F); }
  void norm(const std::string& name, std::int64_t size) { tensor(name, {size}, 1.0F, 0.1F); }
  /// A linear layer with a bias.
  void linear(const std::string& name, std::int64_t from, std::int64_t to) {
    weight(name + ".weight", {from, to});
    bias(name + ".bias", to);
  }
  void full_norm(const std::string& name, std::int64_t size) {
    norm(name + ".weight", size);
    bias(name + ".bias", size);
  }

  bool write(const std::filesystem::path& file) { return gguf_write_to_file(gguf_.get(), file.c_str(), false); }

 private:
  struct Deleter {
    void operator()(gguf_context* context) const { gguf_free(context); }
    void operator()(ggml_context* context) const { ggml_free(context); }
  };
  std::unique_ptr<gguf_context, Deleter> gguf_;
  std::unique_ptr<ggml_context, Deleter> context_;
  std::mt19937 random_;
};

std::int64_t add_vocabulary(Writer& writer) {
  auto [tokens, types] = tiny_vocabulary();
  tokens.emplace_back("\xE2\x96\x81");  // the space of sentencepiece
  types.push_back(1);
  std::vector<const char*> names;
  for (const std::string& token : tokens) names.push_back(token.c_str());
  const std::vector<float> scores(tokens.size(), 0.0F);
  writer.set("tokenizer.ggml.model", "llama");
  gguf_set_arr_str(writer.get(), "tokenizer.ggml.tokens", names.data(), names.size());
  gguf_set_arr_data(writer.get(), "tokenizer.ggml.scores", GGUF_TYPE_FLOAT32, scores.data(), scores.size());
  gguf_set_arr_data(writer.get(), "tokenizer.ggml.token_type", GGUF_TYPE_INT32, types.data(), types.size());
  return static_cast<std::int64_t>(tokens.size());
}

Writer language_model(unsigned seed) {
  Writer writer("llama", seed);
  writer.set("llama.block_count", static_cast<std::uint32_t>(kLayers));
  writer.set("llama.context_length", 1024U);
  writer.set("llama.embedding_length", static_cast<std::uint32_t>(kTextWidth));
  writer.set("llama.feed_forward_length", static_cast<std::uint32_t>(kTextHidden));
  writer.set("llama.attention.head_count", 4U);
  writer.set("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  writer.set("llama.rope.dimension_count", 16U);
  const std::int64_t vocabulary = add_vocabulary(writer);
  writer.tensor("token_embd.weight", {kTextWidth, vocabulary}, 0.0F, 1.0F);
  writer.norm("output_norm.weight", kTextWidth);
  writer.weight("output.weight", {kTextWidth, vocabulary});
  for (int i = 0; i < kLayers; ++i) {
    const std::string block = "blk." + std::to_string(i) + ".";
    writer.norm(block + "attn_norm.weight", kTextWidth);
    for (const char* part : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
      writer.weight(block + part + ".weight", {kTextWidth, kTextWidth});
    }
    writer.norm(block + "ffn_norm.weight", kTextWidth);
    writer.weight(block + "ffn_gate.weight", {kTextWidth, kTextHidden});
    writer.weight(block + "ffn_up.weight", {kTextWidth, kTextHidden});
    writer.weight(block + "ffn_down.weight", {kTextHidden, kTextWidth});
  }
  return writer;
}

bool write_vision_tower(const std::filesystem::path& file, unsigned seed) {
  Writer writer("clip", seed);
  writer.set("clip.has_vision_encoder", true);
  writer.set("clip.projector_type", "mlp");
  writer.set("clip.use_gelu", true);
  writer.set("clip.vision.embedding_length", static_cast<std::uint32_t>(kVisionWidth));
  writer.set("clip.vision.feed_forward_length", static_cast<std::uint32_t>(kVisionHidden));
  writer.set("clip.vision.block_count", static_cast<std::uint32_t>(kLayers));
  writer.set("clip.vision.projection_dim", static_cast<std::uint32_t>(kTextWidth));
  writer.set("clip.vision.attention.head_count", 4U);
  writer.set("clip.vision.attention.layer_norm_epsilon", 1e-5F);
  writer.set("clip.vision.image_size", 32U);
  writer.set("clip.vision.patch_size", static_cast<std::uint32_t>(kPatch));
  const std::array<float, 3> half{0.5F, 0.5F, 0.5F};
  gguf_set_arr_data(writer.get(), "clip.vision.image_mean", GGUF_TYPE_FLOAT32, half.data(), half.size());
  gguf_set_arr_data(writer.get(), "clip.vision.image_std", GGUF_TYPE_FLOAT32, half.data(), half.size());
  writer.weight("v.class_embd", {kVisionWidth});
  writer.weight("v.patch_embd.weight", {kPatch, kPatch, 3, kVisionWidth});
  writer.weight("v.position_embd.weight", {kVisionWidth, kPatches + 1});
  writer.full_norm("v.pre_ln", kVisionWidth);
  for (int i = 0; i < kLayers; ++i) {
    const std::string block = "v.blk." + std::to_string(i) + ".";
    for (const char* part : {"attn_q", "attn_k", "attn_v", "attn_out"})
      writer.linear(block + part, kVisionWidth, kVisionWidth);
    writer.full_norm(block + "ln1", kVisionWidth);
    writer.full_norm(block + "ln2", kVisionWidth);
    writer.linear(block + "ffn_up", kVisionWidth, kVisionHidden);
    writer.linear(block + "ffn_down", kVisionHidden, kVisionWidth);
  }
  writer.linear("mm.0", kVisionWidth, kTextWidth);
  writer.linear("mm.2", kTextWidth, kTextWidth);
  return writer.write(file);
}

}  // namespace

bool write_tiny_vlm(const std::filesystem::path& model, const std::filesystem::path& mmproj, unsigned seed) {
  return language_model(seed).write(model) && write_vision_tower(mmproj, seed + 1);
}

bool write_tiny_text_encoder(const std::filesystem::path& model, unsigned seed) {
  constexpr std::uint32_t kPoolLast = 3;
  Writer writer = language_model(seed);
  writer.set("llama.pooling_type", kPoolLast);
  return writer.write(model);
}

}  // namespace rap::testing
