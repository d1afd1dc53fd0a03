// SPDX-License-Identifier: Apache-2.0
// Remember, retrieve, generate, edit: what an application calls.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rap/engines.h"
#include "rap/memory.h"
#include "rap/result.h"
#include "rap/types.h"

namespace rap {

/// How concepts are looked for.
struct RecognizeOptions {
  double threshold = 0.5;  ///< least probability of an accepted match, [0, 1]

  /// If set, chooses the threshold: the least at which no more than this share, [0, 1], of photos that show
  /// nothing known is given a name, as far as it was measured (docs/evaluation.md).
  std::optional<double> max_false_rate = std::nullopt;

  std::size_t max_matches = 4;  ///< most concepts accepted in one photo
  std::size_t max_near = 5;     ///< most near misses reported

  /// Leave out the fine look at large photos, which finds small things in them: see Encoder::encode_finely().
  bool quick = false;

  /// Look again, closer, where concepts compete for a region: a further look for each such region.
  bool second_look = false;
};

/// What the user says about a photo: "that is not Bo, it is Max".
struct Feedback {
  std::span<const std::byte> photo;  ///< a photo file; borrowed during the call
  std::vector<std::string> is;       ///< ids of concepts that it shows
  std::vector<std::string> is_not;   ///< ids of concepts that it does not show

  /// The part that is meant. None: where the first of `is_not` is found in the photo, or else each
  /// concept's own place in it; where it is not found, the whole photo.
  std::optional<Box> box;
};

/// What feedback taught about one concept.
struct Taught {
  Concept subject;      ///< as it is now
  View view;            ///< the learnt view that says it
  bool is_new = false;  ///< false: it had been said before, and nothing was written
};

/// A place that shows one of several concepts that look alike, none of them clearly.
struct Doubt {
  std::vector<Match> candidates;  ///< the likeliest first, each with its own probability
  Box region;
  double probability = 0.0;  ///< that it is one of them

  /// How an answer speaks of it: "Bo or Max".
  [[nodiscard]] std::string name() const;
};

/// What was found, best first.
struct Recognition {
  std::vector<Match> matches;  ///< accepted: probability >= threshold
  std::vector<Doubt> doubts;   ///< one of several, at or above the threshold together but not alone
  std::vector<Match> near;     ///< reported, never used
  int width = 0;               ///< of the oriented photo, in pixels
  int height = 0;
};

/// One finished exchange of a conversation.
struct Turn {
  std::string question;
  std::string answer;
  std::vector<std::string> concept_ids;  ///< of the cards that were used; empty = those that its words name
};

enum class Task {
  kCaption,  ///< names of accepted concepts must appear in the answer
  kAsk,      ///< names may appear
};

/// A question to be answered with what the owner's memory knows.
struct AskRequest {
  Task task = Task::kAsk;
  std::vector<std::span<const std::byte>> photos;  ///< photo files, at most Limits::kQuestionPhotos; borrowed

  /// What is asked. Empty = the task's standard question (captions only). A model that knows captions by that
  /// question alone (GeneratorInfo::layout kRap, kRapSeen) is asked it for every caption.
  std::string question;

  /// How the application wants answers to be, or empty; left out for models of layout kRap and kRapSeen, which
  /// were not taught to follow it.
  std::string instructions;
  std::vector<Turn> turns;            ///< what was said before, oldest first
  std::vector<std::string> card_ids;  ///< concepts to tell about whatever is found; unknown ids are ignored
  RecognizeOptions recognize;
  GenerateOptions generate;
  bool use_memory = true;  ///< false = the bare model, for comparison
  bool check_names = true;
};

/// What the name check found and did. Without the check it is found all the same, and nothing is done.
struct NameReport {
  bool checked = false;
  bool repaired = false;
  std::vector<std::string> missing;  ///< accepted names absent from the first answer
  std::vector<std::string> foreign;  ///< other known names present in the first answer
};

/// Wall-clock time of each step of one answer.
struct Timings {
  std::chrono::microseconds decode{0};          ///< photo file to pixels
  std::chrono::microseconds encode{0};          ///< pixels to feature map
  std::chrono::microseconds retrieve{0};        ///< feature map and question to matches
  std::chrono::microseconds prompt{0};          ///< cards and visual tokens to prompt
  std::chrono::microseconds to_first_token{0};  ///< from the call to the first piece of text
  std::chrono::microseconds total{0};
};

struct Answer {
  std::string text;

  /// One for each photo, in order. A question without a photo has one: what it names, or what fits its words.
  std::vector<Recognition> recognitions;
  std::vector<std::string> concept_ids;  ///< of the cards given to the MLLM, in card order
  std::vector<std::string> names;        ///< their names, same order
  NameReport name_report;
  FinishReason finish = FinishReason::kStop;
  int prompt_tokens = 0;
  int answer_tokens = 0;
  Timings timings;
};

/// Whether people of one owner's memory are recognised by face.
struct FaceStatus {
  bool available = false;  ///< whether the weights are there
  bool on = false;
  std::size_t people = 0;         ///< concepts of a person's category that did not refuse
  std::size_t with_template = 0;  ///< of them, those with a face in one of their confirmed views
};

/// The assistant over one memory, one encoder, and at most one face encoder, one text encoder and one generator.
/// Thread-safe; keeps no state of a conversation. An edit of the memory, by this process or another, is in force for
/// the next call.
class Assistant {
 public:
  virtual ~Assistant() = default;

  /// Stores a concept and makes its embeddings (each new view costs one look).
  [[nodiscard]] virtual Result<Concept> remember(const Owner& owner, const ConceptDraft& draft,
                                                 std::span<const NewView> views) = 0;

  /// Changes a concept and makes the embeddings of added views.
  [[nodiscard]] virtual Result<Concept> edit(const Owner& owner, std::string_view id, const ConceptPatch& patch) = 0;

  /// Learns from what the user says about a photo; in force for the next call. Each concept gets a
  /// learnt view, or a counter-example; what was learnt before about the same place and said the
  /// opposite gives way. One look, and all of it is stored or nothing; the answers stand in the order
  /// `is_not`, `is`. A counter-example keeps the concept from being found where a photo looks more
  /// like it than like the concept; a learnt view counts fully in the photo it was learnt from, and
  /// elsewhere only as far as confirmed views vouch for it. Fails like Memory::patch_all(); with
  /// kInvalidArgument when nothing is said or the same concept stands in both lists; with kConflict
  /// when a confirmed view says the opposite or the concept refused to be recognised.
  [[nodiscard]] virtual Result<std::vector<Taught>> feedback(const Owner& owner, const Feedback& feedback) = 0;

  /// Which concepts are in the photo. One look; needs no generator.
  [[nodiscard]] virtual Result<Recognition> recognize(const Owner& owner, std::span<const std::byte> photo,
                                                      const RecognizeOptions& options) = 0;

  /// The embedding of a whole photo as retrieval compares it, of length 1. One look.
  [[nodiscard]] virtual Result<std::vector<float>> embed(std::span<const std::byte> photo) = 0;

  /// The model behind embed().
  [[nodiscard]] virtual EmbeddingModel photo_embeddings() const = 0;

  /// The embedding of a text, see TextEncoder::embed(). Not to be compared with those of photos. The encoder's weights
  /// are read at the first use; kNotFound or kCorrupt when they cannot be had, kUnsupported without a text encoder.
  [[nodiscard]] virtual Result<TextEmbedding> embed_text(std::string_view text) = 0;

  /// The model behind embed_text(). Fails as that does when the encoder cannot be had.
  [[nodiscard]] virtual Result<EmbeddingModel> text_embeddings() = 0;

  /// Answers with text. One look at each photo, none at stored views. Models of layout kRap and kRapSeen read one
  /// photo at a time: of several each is asked about on its own, and the answer says "Photo 1: ...". `on_text` gets
  /// the answer as it grows where no repair of names can follow (questions to a generator that can steer);
  /// otherwise, captions above all, it gets it whole after its names were checked.
  /// kUnsupported without a generator.
  [[nodiscard]] virtual Result<Answer> ask(const Owner& owner, const AskRequest& request, const OnText& on_text) = 0;

  /// Whether faces are used for this owner, and for how many people.
  [[nodiscard]] virtual Result<FaceStatus> face_status(const Owner& owner) = 0;

  /// Switches faces on for this owner, which makes the templates of the people in the memory, or
  /// off, which erases them. Off until it is switched on. Fails with kNotFound when it is to be
  /// switched on and the weights are missing.
  [[nodiscard]] virtual Result<FaceStatus> use_faces(const Owner& owner, bool on) = 0;

  /// The memory behind this assistant, for listing, history, undo, forget and erase.
  [[nodiscard]] virtual Memory& memory() noexcept = 0;
};

}  // namespace rap
