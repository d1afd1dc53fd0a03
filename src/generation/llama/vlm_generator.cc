// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/vlm_generator.h"

#include <llama-cpp.h>
#include <mtmd-helper.h>
#include <mtmd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <system_error>
#include <utility>

#include "core/files.h"
#include "core/hash.h"
#include "generation/llama/chat.h"
#include "generation/llama/decoding.h"
#include "generation/llama/encoded_picture.h"
#include "generation/llama/model.h"

namespace rap {
namespace {

struct MtmdDeleter {
  void operator()(mtmd_context* context) const { mtmd_free(context); }
  void operator()(mtmd_bitmap* bitmap) const { mtmd_bitmap_free(bitmap); }
  void operator()(mtmd_input_chunks* chunks) const { mtmd_input_chunks_free(chunks); }
};
template <class T>
using MtmdPtr = std::unique_ptr<T, MtmdDeleter>;

/// One part of a picture with its embeddings, as a context decodes it.
class EncodedPart final : public DecodablePicture {
 public:
  EncodedPart(mtmd_context& mtmd, EncodedChunk encoded) : mtmd_(mtmd), encoded_(std::move(encoded)) {}

  [[nodiscard]] int tokens() const override {
    return static_cast<int>(mtmd_input_chunk_get_n_tokens(encoded_.chunk.get()));
  }
  [[nodiscard]] int positions() const override { return mtmd_input_chunk_get_n_pos(encoded_.chunk.get()); }

  [[nodiscard]] bool decode(llama_context& context, llama_pos position, int batch) const override {
    llama_pos end = position;
    // mtmd takes the embeddings as a pointer to non-const, and only reads them.
    auto* embeddings = const_cast<float*>(encoded_.embeddings.data());
    return mtmd_helper_decode_image_chunk(&mtmd_, &context, encoded_.chunk.get(), embeddings, position, 0, batch, &end,
                                          nullptr, nullptr) == 0;
  }

 private:
  mtmd_context& mtmd_;
  EncodedChunk encoded_;
};

/// Identifies a weight file without reading gigabytes: its size and the SHA-256 of three pieces.
Result<std::string> file_fingerprint(const std::filesystem::path& file) {
  constexpr std::uintmax_t kPiece = 1U << 20U;
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream) return cannot_read(file);
  std::string sample = std::to_string(size);
  const std::uintmax_t length = std::min(size, kPiece);
  for (const std::uintmax_t begin : {std::uintmax_t{0}, (size - length) / 2, size - length}) {
    std::string piece(static_cast<std::size_t>(length), '\0');
    stream.seekg(static_cast<std::streamoff>(begin));
    if (!stream.read(piece.data(), static_cast<std::streamsize>(length))) return cannot_read(file);
    sample += piece;
  }
  return sha256_hex(as_bytes(sample));
}

class MtmdGenerator final : public VlmGenerator {
 public:
  struct Parts {
    llama_model_ptr model;
    MtmdPtr<mtmd_context> mtmd;
    std::unique_ptr<Decoder> decoder;
    ChatTokenizer chat;
    GeneratorInfo info;
    std::size_t max_waiting;
  };
  explicit MtmdGenerator(Parts parts)
      : parts_(std::move(parts)),
        width_(llama_model_n_embd_inp(parts_.model.get())),
        vocabulary_(llama_vocab_n_tokens(llama_model_get_vocab(parts_.model.get()))),
        encode_gate_(parts_.max_waiting) {}

  [[nodiscard]] const GeneratorInfo& info() const noexcept override { return parts_.info; }
  [[nodiscard]] std::uint64_t image_encodes() const noexcept override { return image_encodes_; }

  [[nodiscard]] Result<Bytes> encode_picture(const Image& image, const FeatureMap* /*features*/) const override {
    const bool has_pixels =
        image.width > 0 && image.height > 0 &&
        image.rgb.size() == 3 * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    if (!has_pixels) return fail(ErrorCode::kInvalidArgument, "the picture has no pixels", "photo");
    const auto pass = encode_gate_.enter();
    if (!pass) {
      return fail(ErrorCode::kUnavailable,
                  "the model is busy: " + std::to_string(encode_gate_.max_waiting()) + " pictures wait already");
    }
    auto chunks = split(image);
    if (!chunks) return Unexpected{chunks.error()};
    std::vector<EncodedChunk> encoded;
    for (std::size_t i = 0; i < mtmd_input_chunks_size(chunks->get()); ++i) {
      auto chunk = encode(*mtmd_input_chunks_get(chunks->get(), i));
      if (!chunk) return Unexpected{chunk.error()};
      encoded.push_back(std::move(*chunk));
    }
    return write_encoded_picture(encoded, width_);
  }

  [[nodiscard]] Result<Generation> generate(const Prompt& prompt, const GenerateOptions& options,
                                            const OnText& on_text) const override {
    auto segments = parts_.chat.segments(prompt, [&](const Picture& picture) { return picture_segments(picture); });
    if (!segments) return Unexpected{segments.error()};
    return parts_.decoder->generate(std::move(*segments), parts_.chat.plain(options.prefix), options, on_text);
  }

 private:
  /// The picture as the model wants it: whole or in tiles, with the tokens around and between.
  [[nodiscard]] Result<MtmdPtr<mtmd_input_chunks>> split(const Image& image) const {
    const MtmdPtr<mtmd_bitmap> bitmap(mtmd_bitmap_init(static_cast<std::uint32_t>(image.width),
                                                       static_cast<std::uint32_t>(image.height), image.rgb.data()));
    MtmdPtr<mtmd_input_chunks> chunks(mtmd_input_chunks_init());
    const mtmd_input_part part{nullptr, bitmap.get()};
    const mtmd_input_part* parts = &part;
    if (mtmd_tokenize_from_parts(parts_.mtmd.get(), chunks.get(), &parts, 1, /*add_special=*/false) != 0) {
      return fail(ErrorCode::kUnsupported, "the model cannot read a picture of " + std::to_string(image.width) + " x " +
                                               std::to_string(image.height) + " pixels");
    }
    return chunks;
  }

  [[nodiscard]] Result<EncodedChunk> encode(const mtmd_input_chunk& chunk) const {
    EncodedChunk encoded{ChunkPtr(mtmd_input_chunk_copy(&chunk)), {}};
    if (mtmd_input_chunk_get_type(&chunk) == MTMD_INPUT_CHUNK_TYPE_TEXT) return encoded;
    ++image_encodes_;
    if (mtmd_encode_chunk(parts_.mtmd.get(), &chunk) != 0) {
      return fail(ErrorCode::kInternal, "llama.cpp cannot encode the picture");
    }
    const float* values = mtmd_get_output_embd(parts_.mtmd.get());
    encoded.embeddings.assign(values,
                              values + mtmd_input_chunk_get_n_tokens(&chunk) * static_cast<std::size_t>(width_));
    return encoded;
  }

  [[nodiscard]] Result<std::vector<Segment>> picture_segments(const Picture& picture) const {
    if (!picture.encoded) return fail(ErrorCode::kInvalidArgument, "a picture of the prompt is not encoded", "prompt");
    auto chunks = read_encoded_picture(*picture.encoded, width_);
    if (!chunks) return Unexpected{chunks.error()};
    const std::string key = sha256_hex(*picture.encoded);
    std::vector<Segment> segments;
    for (EncodedChunk& chunk : *chunks) {
      Segment segment;
      if (mtmd_input_chunk_get_type(chunk.chunk.get()) == MTMD_INPUT_CHUNK_TYPE_TEXT) {
        std::size_t count = 0;
        const llama_token* tokens = mtmd_input_chunk_get_tokens_text(chunk.chunk.get(), &count);
        segment.tokens.assign(tokens, tokens + count);
        const bool known = std::all_of(segment.tokens.begin(), segment.tokens.end(),
                                       [&](llama_token token) { return token >= 0 && token < vocabulary_; });
        if (!known) return fail(ErrorCode::kCorrupt, "a picture of the prompt was encoded for another model", "prompt");
      } else {
        segment.picture_key = key + "#" + std::to_string(segments.size());
        segment.picture = std::make_shared<EncodedPart>(*parts_.mtmd, std::move(chunk));
      }
      segments.push_back(std::move(segment));
    }
    return segments;
  }

  Parts parts_;
  int width_;       // floats per embedding
  int vocabulary_;  // number of tokens
  mutable Gate encode_gate_;
  mutable std::atomic<std::uint64_t> image_encodes_{0};
};

}  // namespace

Result<std::unique_ptr<VlmGenerator>> VlmGenerator::open(const VlmGeneratorOptions& options) {
  auto model = load_model(options.model);
  if (!model) return Unexpected{model.error()};
  auto model_fingerprint = file_fingerprint(options.model);
  if (!model_fingerprint) return Unexpected{model_fingerprint.error()};
  if (auto found = require_file(options.mmproj); !found) return Unexpected{found.error()};
  auto mmproj_fingerprint = file_fingerprint(options.mmproj);
  if (!mmproj_fingerprint) return Unexpected{mmproj_fingerprint.error()};

  mtmd_context_params params = mtmd_context_params_default();
  params.n_threads = thread_count(options.decoder.threads);
  params.print_timings = false;
  params.warmup = false;
  MtmdPtr<mtmd_context> mtmd(mtmd_init_from_file(options.mmproj.c_str(), model->get(), params));
  if (!mtmd || !mtmd_support_vision(mtmd.get())) {
    return fail(ErrorCode::kCorrupt,
                "'" + options.mmproj.string() + "' is not a vision projector for '" + options.model.string() + "'");
  }
  DecoderOptions decoder_options = options.decoder;
  decoder_options.context_tokens = std::min(decoder_options.context_tokens, llama_model_n_ctx_train(model->get()));
  auto decoder = Decoder::create(**model, decoder_options);
  if (!decoder) return Unexpected{decoder.error()};

  GeneratorInfo info;
  info.name = options.name.empty() ? options.model.stem().string() : options.name;
  info.layout = options.layout;
  info.can_steer = true;
  // The kept bytes hold tokens of the language model beside the projector's embeddings.
  info.picture_fingerprint = "rap-vlm-picture-1:" + *model_fingerprint + ":" + *mmproj_fingerprint;
  ChatTokenizer chat(**model, options.chat_template);
  return std::unique_ptr<VlmGenerator>(
      new MtmdGenerator({std::move(*model), std::move(mtmd), std::move(*decoder), std::move(chat), std::move(info),
                         options.decoder.max_waiting}));
}

}  // namespace rap
