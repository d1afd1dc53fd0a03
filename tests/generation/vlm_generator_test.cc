// SPDX-License-Identifier: Apache-2.0
// The VLM generator on a tiny model with random weights: what is kept of a picture stands for it.
#include "generation/llama/vlm_generator.h"

#include <gtest/gtest.h>
#include <llama-cpp.h>
#include <mtmd-helper.h>
#include <mtmd.h>

#include <algorithm>
#include <random>

#include "core/text.h"
#include "generation/llama/model.h"
#include "generation/llama/sampling.h"
#include "generation/llama/text_stream.h"
#include "generation/prompt.h"
#include "tests/generation/tiny_vlm.h"
#include "tests/support/data.h"

namespace rap {
namespace {

constexpr int kAnswerTokens = 24;

Image noise(unsigned seed) {
  std::mt19937 random(seed);
  Image image{48, 40, std::vector<std::uint8_t>(3 * 48 * 40)};
  for (auto& value : image.rgb) value = static_cast<std::uint8_t>(random());
  return image;
}

class VlmGeneratorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(testing::write_tiny_vlm(model(), mmproj(), 1));
    generator_ = open();
    ASSERT_NE(generator_, nullptr);
  }

  [[nodiscard]] std::filesystem::path model() const { return dir_.path() / "tiny.gguf"; }
  [[nodiscard]] std::filesystem::path mmproj() const { return dir_.path() / "tiny-mmproj.gguf"; }

  [[nodiscard]] std::unique_ptr<VlmGenerator> open(bool reuse_prefix = true) const {
    VlmGeneratorOptions options;
    options.model = model();
    options.mmproj = mmproj();
    options.decoder.threads = 1;
    options.decoder.reuse_prefix = reuse_prefix;
    auto opened = VlmGenerator::open(options);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return opened ? std::move(*opened) : nullptr;
  }

  [[nodiscard]] static Picture encoded(const VlmGenerator& generator, const Image& image) {
    auto bytes = generator.encode_picture(image, nullptr);
    EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().message);
    return {"", bytes ? std::make_shared<Bytes>(*bytes) : nullptr};
  }

  [[nodiscard]] static std::string ask(const VlmGenerator& generator, const Picture& photo, const Picture& card) {
    const Prompt prompt{
        {Role::kUser, {std::string("Photo:\n"), photo, std::string("\nCard:\n"), card, std::string("\nWho?")}}};
    GenerateOptions options;
    options.max_tokens = kAnswerTokens;
    auto answer = generator.generate(prompt, options, {});
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? answer->text : "";
  }

  /// The answer by llama.cpp's own path from pixels to text, without anything of rap's.
  [[nodiscard]] std::string direct(const Image& photo, const Image& card) const;

  testing::TemporaryDir dir_;
  std::unique_ptr<VlmGenerator> generator_;
};

std::string VlmGeneratorTest::direct(const Image& photo, const Image& card) const {
  const llama_model_ptr language(std::move(*load_model(model())));
  mtmd_context_params vision_params = mtmd_context_params_default();
  vision_params.n_threads = 1;
  vision_params.warmup = false;
  const mtmd::context_ptr vision(mtmd_init_from_file(mmproj().c_str(), language.get(), vision_params));
  llama_context_params params = llama_context_default_params();
  params.n_ctx = 1024;
  params.n_threads = params.n_threads_batch = 1;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  const llama_context_ptr context(llama_init_from_model(language.get(), params));

  const mtmd::bitmap first(static_cast<std::uint32_t>(photo.width), static_cast<std::uint32_t>(photo.height),
                           photo.rgb.data());
  const mtmd::bitmap second(static_cast<std::uint32_t>(card.width), static_cast<std::uint32_t>(card.height),
                            card.rgb.data());
  const std::vector<std::string> texts{"<|im_start|>user\n", "Photo:\n", "\nCard:\n", "\nWho?",
                                       "<|im_end|>\n<|im_start|>assistant\n"};
  std::vector<mtmd_input_text> inputs;
  for (const std::string& text : texts) inputs.push_back({text.data(), text.size(), false, false});
  const std::vector<mtmd_input_part> parts{
      {&inputs[0], nullptr},       {&inputs[1], nullptr}, {nullptr, first.ptr.get()}, {&inputs[2], nullptr},
      {nullptr, second.ptr.get()}, {&inputs[3], nullptr}, {&inputs[4], nullptr}};
  std::vector<const mtmd_input_part*> pointers;
  for (const mtmd_input_part& part : parts) pointers.push_back(&part);
  const mtmd::input_chunks chunks(mtmd_input_chunks_init());
  EXPECT_EQ(mtmd_tokenize_from_parts(vision.get(), chunks.ptr.get(), pointers.data(), pointers.size(), true), 0);
  llama_pos position = 0;
  EXPECT_EQ(mtmd_helper_eval_chunks(vision.get(), context.get(), chunks.ptr.get(), 0, 0, 512, true, &position), 0);

  const llama_vocab* vocab = llama_model_get_vocab(language.get());
  const std::vector<std::string> no_stops;
  const OnText no_reader;
  TextStream stream(no_stops, no_reader);
  for (int i = 0; i < kAnswerTokens; ++i) {
    const float* logits = llama_get_logits_ith(context.get(), -1);
    llama_token best =
        static_cast<llama_token>(std::max_element(logits, logits + llama_vocab_n_tokens(vocab)) - logits);
    if (llama_vocab_is_eog(vocab, best)) break;
    stream.push(token_text(vocab, best));
    EXPECT_EQ(llama_decode(context.get(), llama_batch_get_one(&best, 1)), 0);
  }
  stream.finish();
  return stream.text();
}

TEST_F(VlmGeneratorTest, SaysWhatItIs) {
  EXPECT_EQ(generator_->info().name, "tiny");
  EXPECT_EQ(generator_->info().layout, PromptLayout::kLabelled);
  EXPECT_FALSE(generator_->info().reads_features);
  EXPECT_FALSE(generator_->info().picture_fingerprint.empty());
}

TEST_F(VlmGeneratorTest, KeptPicturesAnswerLikeFreshOnesWithoutBeingEncoded) {
  const Image photo = noise(3);
  const Image card = noise(4);
  const Picture kept_photo = encoded(*generator_, photo);
  const Picture kept_card = encoded(*generator_, card);
  EXPECT_EQ(generator_->image_encodes(), 2U);
  const std::string answer = ask(*generator_, kept_photo, kept_card);
  EXPECT_EQ(answer, direct(photo, card)) << "llama.cpp's own path from the pixels";
  EXPECT_EQ(ask(*generator_, kept_photo, kept_card), answer);
  EXPECT_EQ(generator_->image_encodes(), 2U) << "asking encodes nothing";

  // Another process that finds the bytes in its memory.
  const auto later = open();
  const Picture copy{"", std::make_shared<Bytes>(*kept_photo.encoded)};
  EXPECT_EQ(ask(*later, copy, kept_card), answer);
  EXPECT_EQ(later->image_encodes(), 0U);
  EXPECT_EQ(later->info().picture_fingerprint, generator_->info().picture_fingerprint);
  EXPECT_EQ(ask(*later, encoded(*later, photo), kept_card), answer);
}

TEST_F(VlmGeneratorTest, SeesItsPictures) {
  const Picture card = encoded(*generator_, noise(4));
  const std::string one = ask(*generator_, encoded(*generator_, noise(3)), card);
  const std::string other = ask(*generator_, encoded(*generator_, noise(5)), card);
  EXPECT_NE(one, other);
  EXPECT_NE(ask(*generator_, card, encoded(*generator_, noise(3))), one) << "order matters";
}

TEST_F(VlmGeneratorTest, ReusedBeginningsGiveTheSameAnswers) {
  const auto fresh = open(/*reuse_prefix=*/false);
  const Picture a = encoded(*generator_, noise(3));
  const Picture b = encoded(*generator_, noise(4));
  for (const auto& [photo, card] : {std::pair{a, b}, {a, a}, {a, b}, {b, a}, {b, a}}) {
    EXPECT_EQ(ask(*generator_, photo, card), ask(*fresh, photo, card));
  }
}

TEST_F(VlmGeneratorTest, RefusesDamagedPictures) {
  const Picture good = encoded(*generator_, noise(3));
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (std::size_t size = 0; size < good.encoded->size(); size += 1 + size / 3) {
    const Picture cut{
        "", std::make_shared<Bytes>(good.encoded->begin(), good.encoded->begin() + static_cast<std::ptrdiff_t>(size))};
    auto answer = generator_->generate({{Role::kUser, {cut}}}, {}, {});
    ASSERT_FALSE(answer) << size;
    EXPECT_EQ(answer.error().code, ErrorCode::kCorrupt);
  }
  for (int round = 0; round < 300; ++round) {
    Bytes bytes = *good.encoded;
    bytes[random() % 160] = static_cast<std::byte>(random());  // the header and the chunk's description
    GenerateOptions options;
    options.max_tokens = 1;
    (void)generator_->generate({{Role::kUser, {Picture{"", std::make_shared<Bytes>(bytes)}}}}, options, {});
  }
  EXPECT_FALSE(generator_->encode_picture({}, nullptr));
}

TEST_F(VlmGeneratorTest, NamesTheFileThatDoesNotFit) {
  VlmGeneratorOptions options;
  options.model = model();
  options.mmproj = model();
  auto opened = VlmGenerator::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  options.mmproj = dir_.path() / "none.gguf";
  opened = VlmGenerator::open(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace rap
