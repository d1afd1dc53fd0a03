// SPDX-License-Identifier: Apache-2.0
// The engines behind rap: a vision encoder, a face encoder, a text encoder, a detector and a generator (the MLLM). All
// are interfaces, so that a test, a plug-in or another runtime can take their place.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rap/image.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// A map over a photo: [channels, height, width] floats, row-major.
struct FeatureMap {
  int channels = 0;
  int height = 0;
  int width = 0;
  std::vector<float> values;
};

/// What one look at a photo gives: maps of the same picture, at the same or at different strides.
struct Features {
  /// In the order of the encoder's outputs, at least one. The first is the scene: what generators read.
  std::vector<FeatureMap> maps;
  double aspect = 1.0;  ///< width / height of the picture; maps are squares of many pictures that are none

  [[nodiscard]] const FeatureMap& scene() const { return maps.front(); }
};

/// A piece of a region's embedding. Maps are pooled over the region by the generalised mean with exponent
/// `power` (Radenovic, Tolias and Chum, arXiv 1711.02512), joined, normalised to length 1, put through a
/// linear layer, and normalised again.
struct EmbeddingPart {
  std::vector<std::size_t> maps;  ///< of Features::maps
  int power = 8;                  ///< 1 (the mean), 2, 4 or 8; above 1, values below 0 count as 0
  std::vector<float> weight;      ///< [dimensions, joined channels] row-major; empty = no linear layer
  std::vector<float> bias;        ///< [dimensions], or empty = none
  float share = 1.0F;             ///< of the similarity of two embeddings; all parts together 1
};

/// How embeddings of regions are made from the maps of an encoder: parts, one after the other.
struct EmbeddingHead {
  std::string fingerprint;  ///< of its weights
  std::vector<EmbeddingPart> parts;
  std::size_t dimensions = 0;  ///< of the whole embedding
};

/// Turns pixels into feature maps. Implementations are immutable after construction and may be
/// called from several threads.
class Encoder {
 public:
  virtual ~Encoder() = default;

  /// Identifies weights and preprocessing. Whatever is derived from a feature map is stored
  /// under this key and recomputed when it changes.
  [[nodiscard]] virtual const std::string& fingerprint() const noexcept = 0;

  /// Channels of every scene map it makes.
  [[nodiscard]] virtual int channels() const noexcept = 0;

  /// How regions of its maps become embeddings.
  [[nodiscard]] virtual const EmbeddingHead& head() const noexcept = 0;

  /// Encodes one picture of any size. Costs one look; see calls().
  [[nodiscard]] virtual Result<Features> encode(const Image& image) const = 0;

  /// Encodes a large picture again with several times the pixels, in its own shape: small things in it come out about
  /// as large as they are in a view of their own. None if the picture has no such detail, or the encoder reads pictures
  /// of one size only. Counts as one look, and takes as long as several.
  [[nodiscard]] virtual Result<std::optional<Features>> encode_finely(const Image& /*image*/) const {
    return std::optional<Features>();
  }

  /// How many looks there were: "one look" is asserted with this number, not by timing.
  [[nodiscard]] virtual std::uint64_t calls() const noexcept = 0;
};

/// A face as numbers: those of one person lie near each other in Euclidean distance.
using FaceTemplate = std::array<float, 128>;

/// A face in a picture.
struct Face {
  Box box;  ///< from the brows to the chin, about
  FaceTemplate numbers{};
};

/// Finds faces and turns them into templates. Implementations may be called from several threads.
class FaceEncoder {
 public:
  virtual ~FaceEncoder() = default;

  /// Identifies weights and preprocessing, as Encoder::fingerprint(); starts with kFaceFingerprint,
  /// so that the templates of every face encoder can be found, and erased, without it.
  [[nodiscard]] virtual const std::string& fingerprint() const noexcept = 0;

  /// The faces of a picture of any size, largest first. Costs one pass; see calls(). Fails with
  /// kNotFound or kCorrupt when the weights, read at the first call, cannot be had.
  [[nodiscard]] virtual Result<std::vector<Face>> faces(const Image& image) const = 0;

  /// How many times faces() has run.
  [[nodiscard]] virtual std::uint64_t calls() const noexcept = 0;
};

inline constexpr std::string_view kFaceFingerprint = "face:";

/// Which embeddings can be compared with each other.
struct EmbeddingSpace {
  std::string fingerprint;     ///< changes with whatever the numbers depend on
  std::size_t dimensions = 0;  ///< floats of one embedding
};

/// A model that makes embeddings. Those of photos and those of texts lie in spaces of their own.
struct EmbeddingModel {
  std::string name;  ///< for people and programs, e.g. "all-minilm-l6-v2"
  EmbeddingSpace space;
};

/// A text as an embedding.
struct TextEmbedding {
  std::vector<float> values;  ///< of length 1, so that the dot product of two is their cosine
  int tokens = 0;             ///< that the text was read as
};

/// Turns texts into embeddings: those of texts that mean alike lie near each other. Implementations may be called from
/// several threads.
class TextEncoder {
 public:
  virtual ~TextEncoder() = default;

  [[nodiscard]] virtual const EmbeddingModel& model() const noexcept = 0;

  /// Embeds a text. Nothing is cut off: a text that is longer than the model reads is kTooLarge, field "text". Fails
  /// with kInvalidArgument for what is not UTF-8, kUnavailable when too many callers wait.
  [[nodiscard]] virtual Result<TextEmbedding> embed(std::string_view text) const = 0;
};

/// A thing that a detector found.
struct DetectedBox {
  Box box;
  float score = 0.0F;  ///< [0, 1]
  std::string name;    ///< of its class; empty if that has none
};

/// Says where things are in a photo, so that regions need not be guessed. Implementations are
/// immutable after construction and may be called from several threads.
class Detector {
 public:
  virtual ~Detector() = default;

  /// The most certain boxes of a photo, best first. `classes` are the kinds of thing to look for;
  /// one that the detector does not know, or none at all, makes it look for everything it knows.
  [[nodiscard]] virtual Result<std::vector<DetectedBox>> detect(const Image& photo,
                                                                std::span<const std::string> classes) const = 0;
};

/// A picture inside a prompt, in the form its generator reads (see Generator::encode_picture).
struct Picture {
  std::string key;  ///< identifies the pixels (sha256 of the view)
  std::shared_ptr<const Bytes> encoded;
};

enum class Role { kSystem, kUser, kAssistant };

/// One message of a prompt: text and pictures in order. Text is data: a generator must not let
/// control tokens in it act.
struct Message {
  Role role = Role::kUser;
  std::vector<std::variant<std::string, Picture>> content;
};

/// What goes to the MLLM; ends with a user message.
using Prompt = std::vector<Message>;

/// How a prompt shows the cards of concepts. Chosen by the model's manifest.
enum class PromptLayout {
  kRap,       ///< the paper's, for one photo: picture, then `k.<picture>\nName: N, Info: I\n`, then the question
  kRapSeen,   ///< kRap, each card followed by what retrieval says: `Seen: yes [12,30,55,88]\n`
  kLabelled,  ///< a line of text before each picture, for VLMs that fuse neighbouring pictures
};

/// A concept's names, as the check of names and the protection of names know it.
struct KnownName {
  std::string name;
  std::vector<std::string> aliases;
  std::string category;
};

/// What a remote generator may be sent. Everything off still lets the question through.
struct Egress {
  bool photos = true;  ///< off: pictures are left out of the request
  bool names = true;   ///< off: names are replaced by placeholders and put back in the answer
  bool info = true;    ///< off: info and attributes are left out of the cards
};

struct GenerateOptions {
  int max_tokens = 64;
  float temperature = 0.0F;       ///< 0 = greedy
  std::uint64_t seed = 0;         ///< used when temperature > 0
  std::vector<std::string> stop;  ///< generation ends before any of these

  /// Asked often, from the generating thread: true ends the generation, as on_text does by returning false, but also
  /// while it waits for the model or reads the prompt. Empty = never.
  std::function<bool()> is_cancelled;

  /// Steering, honoured where GeneratorInfo::can_steer: the answer starts with `prefix` and
  /// contains none of `forbidden` (compared like names: whole words, case folded).
  std::string prefix;
  std::vector<std::string> forbidden;

  /// When set, the answer is one JSON value, or the beginning of one where max_tokens, `stop` or the
  /// reader ended it. The text is a JSON Schema of at most 32 KiB; "" and "{}" mean any object. Of
  /// JSON Schema 2020-12 it may use type (one or a list), properties, required, additionalProperties,
  /// items, minItems, maxItems, minLength, maxLength, enum, const, anyOf, oneOf (read as anyOf), $ref
  /// to "#" and to $defs, annotations, and, not enforced, pattern, uniqueItems and bounds of numbers; anything else is
  /// kInvalidArgument, field "json". An object with properties has no others. Enforced where GeneratorInfo::can_steer,
  /// where a schema that leaves only forbidden names to say gets them, and `prefix` must be empty. Otherwise passed on
  /// as the `response_format` of the OpenAI API, whatever keywords it uses, and as good as that server.
  std::optional<std::string> json;

  /// Names that a generator whose GeneratorInfo::egress keeps names in replaces by placeholders
  /// in everything it sends, and puts back in the answer. Others ignore this.
  std::vector<KnownName> private_names;
};

/// Receives the answer piece by piece (valid UTF-8). Returning false stops the generation, which
/// then ends normally with what was produced so far.
using OnText = std::function<bool(std::string_view piece)>;

enum class FinishReason { kStop, kLength, kCancelled };

/// A finished answer.
struct Generation {
  std::string text;
  FinishReason finish = FinishReason::kStop;
  int prompt_tokens = 0;
  int answer_tokens = 0;
  std::chrono::microseconds to_first_token{0};
  std::chrono::microseconds total{0};
};

struct GeneratorInfo {
  std::string name;  ///< for people, e.g. "rap-smol-135m"
  PromptLayout layout = PromptLayout::kRap;
  bool can_steer = false;           ///< honours prefix, forbidden and json
  bool reads_features = false;      ///< encode_picture() wants a feature map
  int feature_channels = 0;         ///< of that map; 0 = any
  std::string picture_fingerprint;  ///< key of what encode_picture() returns; empty = do not keep
  Egress egress;                    ///< what it lets out of this machine; local generators: all on
};

/// The MLLM. Thread-safe: calls from several threads queue in front of the model.
class Generator {
 public:
  virtual ~Generator() = default;

  [[nodiscard]] virtual const GeneratorInfo& info() const noexcept = 0;

  /// Makes the form of a picture that generate() reads: visual tokens, or a file for a remote
  /// server. `features` is the encoder's map of `image`, given if info().reads_features, and
  /// may be null otherwise.
  [[nodiscard]] virtual Result<Bytes> encode_picture(const Image& image, const FeatureMap* features) const = 0;

  /// Answers `prompt`. `on_text` may be empty. Fails with kTooLarge when the prompt does not fit
  /// the model's context, kUnavailable when a server cannot be reached.
  [[nodiscard]] virtual Result<Generation> generate(const Prompt& prompt, const GenerateOptions& options,
                                                    const OnText& on_text) const = 0;
};

}  // namespace rap
