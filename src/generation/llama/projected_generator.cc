// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/projected_generator.h"

#include <llama-cpp.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/hash.h"
#include "generation/llama/chat.h"
#include "generation/llama/decoding.h"
#include "generation/llama/model.h"
#include "generation/llama/projector.h"

namespace rap {
namespace {

/// Visual tokens as a context decodes them.
class VisualTokens final : public DecodablePicture {
 public:
  VisualTokens(std::shared_ptr<const Bytes> encoded, int count) : encoded_(std::move(encoded)), count_(count) {}

  [[nodiscard]] int tokens() const override { return count_; }
  [[nodiscard]] int positions() const override { return count_; }

  [[nodiscard]] bool decode(llama_context& context, llama_pos position, int batch) const override {
    const std::size_t width = encoded_->size() / sizeof(float) / static_cast<std::size_t>(count_);
    for (int begin = 0; begin < count_; begin += batch) {
      const int count = std::min(batch, count_ - begin);
      llama_batch part = llama_batch_init(count, static_cast<std::int32_t>(width), 1);
      part.n_tokens = count;
      std::memcpy(part.embd, encoded_->data() + static_cast<std::size_t>(begin) * width * sizeof(float),
                  static_cast<std::size_t>(count) * width * sizeof(float));
      for (int i = 0; i < count; ++i) {
        part.pos[i] = position + begin + i;
        part.n_seq_id[i] = 1;
        part.seq_id[i][0] = 0;
        part.logits[i] = 0;
      }
      const bool decoded = llama_decode(&context, part) == 0;
      llama_batch_free(part);
      if (!decoded) return false;
    }
    return true;
  }

 private:
  std::shared_ptr<const Bytes> encoded_;
  int count_;
};

class ProjectedGenerator final : public Generator {
 public:
  struct Parts {
    llama_model_ptr model;
    llama_adapter_lora_ptr adapter;
    Projector projector;
    std::unique_ptr<Decoder> decoder;
    ChatTokenizer chat;
    GeneratorInfo info;
  };
  explicit ProjectedGenerator(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] const GeneratorInfo& info() const noexcept override { return parts_.info; }

  [[nodiscard]] Result<Bytes> encode_picture(const Image& /*image*/, const FeatureMap* features) const override {
    if (!features) return fail(ErrorCode::kInvalidArgument, "this generator reads feature maps", "features");
    auto pooled = parts_.projector.pool(*features);
    if (!pooled) return Unexpected{pooled.error()};
    const std::vector<float> tokens = parts_.projector.project(*pooled);
    Bytes encoded(tokens.size() * sizeof(float));
    std::memcpy(encoded.data(), tokens.data(), encoded.size());
    return encoded;
  }

  [[nodiscard]] Result<Generation> generate(const Prompt& prompt, const GenerateOptions& options,
                                            const OnText& on_text) const override {
    auto segments = parts_.chat.segments(prompt, [&](const Picture& picture) { return picture_segments(picture); });
    if (!segments) return Unexpected{segments.error()};
    return parts_.decoder->generate(std::move(*segments), parts_.chat.plain(options.prefix), options, on_text);
  }

 private:
  [[nodiscard]] Result<std::vector<Segment>> picture_segments(const Picture& picture) const {
    const auto count = parts_.projector.tokens();
    const std::size_t size =
        static_cast<std::size_t>(count) * static_cast<std::size_t>(parts_.projector.width()) * sizeof(float);
    if (!picture.encoded || picture.encoded->size() != size) {
      return fail(ErrorCode::kInvalidArgument,
                  "a picture has " + std::to_string(picture.encoded ? picture.encoded->size() : 0) +
                      " bytes of visual tokens; this model reads " + std::to_string(size),
                  "prompt");
    }
    Segment segment;
    segment.picture = std::make_shared<VisualTokens>(picture.encoded, count);
    segment.picture_key = sha256_hex(*picture.encoded);
    return std::vector{std::move(segment)};
  }

  Parts parts_;
};

}  // namespace

Result<std::unique_ptr<Generator>> open_projected_generator(const ProjectedGeneratorOptions& options) {
  auto projector = Projector::load(options.projector);
  if (!projector) return Unexpected{projector.error()};
  auto model = load_model(options.base);
  if (!model) return Unexpected{model.error()};
  if (llama_model_n_embd_inp(model->get()) != projector->width()) {
    return fail(ErrorCode::kInvalidArgument,
                "the projector makes visual tokens of " + std::to_string(projector->width()) +
                    " numbers; the language model reads " + std::to_string(llama_model_n_embd_inp(model->get())));
  }
  auto decoder = Decoder::create(**model, options.decoder);
  if (!decoder) return Unexpected{decoder.error()};
  llama_adapter_lora_ptr adapter;
  if (!options.adapter.empty()) {
    if (auto found = require_file(options.adapter); !found) return Unexpected{found.error()};
    adapter.reset(llama_adapter_lora_init(model->get(), options.adapter.c_str()));
    if (!adapter) {
      return fail(ErrorCode::kCorrupt, "'" + options.adapter.string() + "' is not a LoRA adapter for this model");
    }
    if (auto set = (*decoder)->set_adapter(*adapter, options.adapter_scale); !set) return Unexpected{set.error()};
  }
  GeneratorInfo info;
  info.name = options.name;
  info.layout = options.layout;
  info.can_steer = true;
  info.reads_features = true;
  info.feature_channels = projector->channels();
  info.picture_fingerprint = projector->fingerprint();
  ChatTokenizer chat(**model, options.chat_template);
  return std::unique_ptr<Generator>(
      new ProjectedGenerator({std::move(*model), std::move(adapter), std::move(*projector), std::move(*decoder),
                              std::move(chat), std::move(info)}));
}

}  // namespace rap
