// SPDX-License-Identifier: Apache-2.0
#include "assistant/local_assistant.h"

#include <algorithm>
#include <map>
#include <set>

#include "assistant/face_finder.h"
#include "assistant/gallery_cache.h"
#include "assistant/learn.h"
#include "assistant/look.h"
#include "assistant/view_store.h"
#include "core/text.h"
#include "generation/egress.h"
#include "generation/json_saying.h"
#include "generation/names.h"
#include "generation/prompt.h"
#include "image/photo.h"
#include "retrieval/regions.h"
#include "retrieval/retriever.h"

namespace rap {
namespace {

constexpr std::size_t kMaxCards = 6;           ///< the prompt stays small whatever the memory holds
constexpr std::size_t kMaxTextHits = 2;        ///< cards found by their text only
constexpr std::size_t kCardInfoBytes = 1'000;  ///< of a card's info that goes into a prompt
constexpr char kCaptionQuestion[] = "Give a caption of the image.";
constexpr int kWordsForJson = 128;  ///< tokens of the answer that the texts of JSON are made of
constexpr char kPersonalCaptionQuestion[] = "Give a personalized caption of this image.";

/// Cuts a text at the end of a sentence, else of a word, so that it has at most `limit` bytes.
std::string shortened(const std::string& text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = text.rfind(". ", limit - 1);
  end = end != std::string::npos ? end + 1 : text.rfind(' ', limit);
  if (end == std::string::npos) {
    end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  }
  return text.substr(0, end);
}

KnownName known_name(const Concept& known) { return {known.name, known.aliases, known.category}; }

/// What one question is answered with.
struct Context {
  std::shared_ptr<const Gallery> gallery;
  std::vector<std::size_t> mentioned;     ///< concepts of `gallery` that the question names
  std::vector<Look> looks;                ///< one a photo
  std::vector<Recognition> recognitions;  ///< one a photo; one without a photo
  std::map<std::string, Seen> seen;       ///< by concept id, what retrieval found in the photos
  std::vector<const Concept*> cards;      ///< of `gallery`, in prompt order, each once
};

class LocalAssistant final : public Assistant {
 public:
  explicit LocalAssistant(AssistantParts parts)
      : parts_(std::move(parts)),
        views_(*parts_.memory, *parts_.encoder, parts_.generator.get()),
        galleries_(*parts_.memory, embedding_space(*parts_.encoder),
                   [this](const Owner& owner, const View& view) { return views_.embeddings(owner, view); }),
        faces_(*parts_.memory, parts_.faces.get()) {}

  [[nodiscard]] Memory& memory() noexcept override { return *parts_.memory; }

  [[nodiscard]] Result<Concept> remember(const Owner& owner, const ConceptDraft& draft,
                                         std::span<const NewView> views) override {
    return store(owner, views, [&] { return parts_.memory->put(owner, draft, views); });
  }

  [[nodiscard]] Result<Concept> edit(const Owner& owner, std::string_view id, const ConceptPatch& patch) override {
    return store(owner, patch.add_views, [&] { return parts_.memory->patch(owner, id, patch); });
  }

  [[nodiscard]] Result<std::vector<Taught>> feedback(const Owner& owner, const Feedback& feedback) override {
    if (const auto checked = check_feedback(feedback); !checked) return Unexpected{checked.error()};
    auto look = look_at(*parts_.encoder, feedback.photo, std::nullopt);
    if (!look) return Unexpected{look.error()};
    const auto gallery = galleries_.get(owner);
    if (!gallery) return Unexpected{gallery.error()};
    const auto recognition = find(owner, **gallery, *look, {.max_near = (*gallery)->concepts().size()});
    if (!recognition) return Unexpected{recognition.error()};
    const auto statements = statements_of(feedback, **gallery, *recognition, look->key);
    if (!statements) return Unexpected{statements.error()};
    return learn(owner, *look, *statements);
  }

  [[nodiscard]] Result<Recognition> recognize(const Owner& owner, std::span<const std::byte> photo,
                                              const RecognizeOptions& options) override {
    auto look = look_at(*parts_.encoder, photo, std::nullopt);
    if (!look) return Unexpected{look.error()};
    const auto gallery = galleries_.get(owner);
    if (!gallery) return Unexpected{gallery.error()};
    return find(owner, **gallery, *look, options);
  }

  [[nodiscard]] Result<FaceStatus> face_status(const Owner& owner) override {
    const auto gallery = galleries_.get(owner);
    if (!gallery) return Unexpected{gallery.error()};
    return faces_.status(owner, **gallery);
  }

  [[nodiscard]] Result<FaceStatus> use_faces(const Owner& owner, bool on) override {
    if (const auto used = faces_.use(owner, on); !used) return Unexpected{used.error()};
    return face_status(owner);
  }

  [[nodiscard]] Result<std::vector<float>> embed(std::span<const std::byte> photo) override {
    const auto look = look_at(*parts_.encoder, photo, std::nullopt);
    if (!look) return Unexpected{look.error()};
    return embed_view(look->features, parts_.encoder->head()).numbers();
  }

  [[nodiscard]] EmbeddingModel photo_embeddings() const override {
    return {.name = parts_.encoder_name, .space = embedding_space(*parts_.encoder)};
  }

  [[nodiscard]] Result<TextEmbedding> embed_text(std::string_view text) override {
    const auto encoder = text_encoder();
    if (!encoder) return Unexpected{encoder.error()};
    return (*encoder)->embed(text);
  }

  [[nodiscard]] Result<EmbeddingModel> text_embeddings() override {
    const auto encoder = text_encoder();
    if (!encoder) return Unexpected{encoder.error()};
    return (*encoder)->model();
  }

  [[nodiscard]] Result<Answer> ask(const Owner& owner, const AskRequest& request, const OnText& on_text) override {
    if (const auto valid = check(request); !valid) return Unexpected{valid.error()};
    if (request.generate.json && !follows_instructions(parts_.generator->info().layout)) {
      return ask_for_json(owner, request, on_text);
    }
    return ask_in_words(owner, request, on_text);
  }

 private:
  [[nodiscard]] Result<const TextEncoder*> text_encoder() const {
    if (!parts_.texts) return fail(ErrorCode::kUnsupported, "this assistant has no text encoder");
    const auto& opened = parts_.texts->get();
    if (!opened) return Unexpected{opened.error()};
    return opened->get();
  }

  /// Asks in words first, and then for the schema with that answer in its texts.
  [[nodiscard]] Result<Answer> ask_for_json(const Owner& owner, const AskRequest& request, const OnText& on_text) {
    AskRequest in_words = request;
    in_words.generate.json.reset();
    in_words.generate.max_tokens = std::min(request.generate.max_tokens, kWordsForJson);
    auto answer = ask_in_words(owner, in_words, {});
    if (!answer || answer->finish == FinishReason::kCancelled) return answer;
    GenerateOptions options = request.generate;
    auto schema = schema_saying(*options.json, answer->text);
    if (!schema) return Unexpected{schema.error()};
    options.json = std::move(*schema);
    const Stopwatch time;
    const Prompt prompt{{.role = Role::kUser, .content = {answer->text}}};
    const auto json = parts_.generator->generate(prompt, options, on_text);
    if (!json) return Unexpected{json.error()};
    answer->text = json->text;
    answer->finish = json->finish;
    answer->prompt_tokens += json->prompt_tokens;
    answer->answer_tokens += json->answer_tokens;
    answer->timings.to_first_token = answer->timings.total + json->to_first_token;
    answer->timings.total += time.elapsed();
    return answer;
  }

  [[nodiscard]] Result<Answer> ask_in_words(const Owner& owner, const AskRequest& request, const OnText& on_text) {
    if (request.photos.size() > 1 && !reads_several_photos(parts_.generator->info().layout)) {
      return ask_one_by_one(owner, request, on_text);
    }
    return ask_together(owner, request, on_text);
  }

  /// Asks about each photo on its own, and puts the answers under one another.
  [[nodiscard]] Result<Answer> ask_one_by_one(const Owner& owner, const AskRequest& request, const OnText& on_text) {
    Answer all;
    AskRequest one = request;
    for (std::size_t i = 0; i < request.photos.size() && all.finish != FinishReason::kCancelled; ++i) {
      one.photos = {request.photos[i]};
      std::string title = (i == 0 ? "Photo " : "\nPhoto ") + std::to_string(i + 1) + ": ";
      if (on_text && !on_text(title)) {
        all.finish = FinishReason::kCancelled;
        break;
      }
      const auto answer = ask_together(owner, one, on_text);
      if (!answer) return Unexpected{answer.error()};
      all.text += title;
      append(all, *answer);
    }
    return all;
  }

  [[nodiscard]] Result<Answer> ask_together(const Owner& owner, const AskRequest& request, const OnText& on_text) {
    const Stopwatch total;
    Answer answer;
    auto context = retrieve_context(owner, request, answer.timings);
    if (!context) return Unexpected{context.error()};

    const Stopwatch prompt_time;
    auto input = prompt_input(owner, request, *context);
    if (!input) return Unexpected{input.error()};
    answer.timings.prompt = prompt_time.elapsed();

    const auto before_generation = total.elapsed();
    const auto checked = generate(request, *context, *input, on_text);
    if (!checked) return Unexpected{checked.error()};
    fill(answer, *context, *checked);
    answer.name_report.checked = request.check_names && request.use_memory;
    answer.timings.to_first_token = before_generation + checked->generation.to_first_token;
    answer.timings.total = total.elapsed();
    return answer;
  }

  /// Writes all changes at once, then keeps what the look gave to the new views.
  [[nodiscard]] Result<std::vector<Taught>> learn(const Owner& owner, Look& look,
                                                  std::span<const Statement> statements) {
    std::vector<ConceptChange> changes;
    for (const Statement& statement : statements) {
      if (statement.change) changes.push_back(*statement.change);
    }
    if (changes.empty()) return taught_by(statements, {});
    const auto changed = parts_.memory->patch_all(owner, changes);
    if (!changed) return Unexpected{changed.error()};
    std::vector<Taught> taught = taught_by(statements, *changed);
    for (const Taught& one : taught) {
      if (!one.is_new) continue;
      if (auto kept = views_.keep_learnt(owner, one.view, look); !kept) return Unexpected{kept.error()};
    }
    return taught;
  }

  /// `changed` are the concepts after the changes of those statements that have one.
  [[nodiscard]] static std::vector<Taught> taught_by(std::span<const Statement> statements,
                                                     std::span<const Concept> changed) {
    std::vector<Taught> taught;
    auto next = changed.begin();
    for (const Statement& statement : statements) {
      taught.push_back(statement.taught);
      if (!statement.change) continue;
      taught.back() = {.subject = *next, .view = next->views.back(), .is_new = true};
      ++next;
    }
    return taught;
  }

  /// Looks at new views first, so that a bad photo stores nothing; then writes; then keeps what
  /// the looks gave.
  template <class Write>
  Result<Concept> store(const Owner& owner, std::span<const NewView> views, const Write& write) {
    std::vector<Look> looks;
    for (std::size_t i = 0; i < views.size() && i < Limits::kViews; ++i) {
      auto look = look_at(*parts_.encoder, views[i].photo, views[i].box);
      if (!look) {
        Error error = look.error();
        error.field = "views[" + std::to_string(i) + "]" + (error.field.empty() ? "" : "." + error.field);
        return Unexpected{std::move(error)};
      }
      looks.push_back(std::move(*look));
    }
    Result<Concept> stored = write();
    if (!stored) return stored;
    for (const Look& look : looks) {
      if (auto kept = views_.keep(owner, look); !kept) return Unexpected{kept.error()};
    }
    return stored;
  }

  [[nodiscard]] Result<Recognition> find(const Owner& owner, const Gallery& gallery, Look& look,
                                         RecognizeOptions options) {
    options.threshold = least_probability(options, parts_.calibration);  // for faces and the closer look, too
    const auto boxes = detected(gallery, look);
    if (!boxes) return Unexpected{boxes.error()};
    // With nothing to find, or only by face, there is no reason to look finely.
    if (!options.quick && gallery.views().rows > 0) {
      if (const auto looked = look_finely(*parts_.encoder, look); !looked) return Unexpected{looked.error()};
    }
    const RegionPlan plan{.windows = parts_.windows, .boxes = *boxes, .fine = look.fine ? &*look.fine : nullptr};
    const Regions regions = embed_regions(look.features, parts_.encoder->head(), plan, parts_.threads);
    Recognition recognition = rap::retrieve(gallery, regions, options, parts_.calibration, parts_.threads);
    if (auto refined = faces_.refine(owner, gallery, look.image, options, recognition); !refined) {
      return Unexpected{refined.error()};
    }
    recognition.width = look.image.width;
    recognition.height = look.image.height;
    if (options.second_look) {
      const CloseLook close_look = [&](const Box& region) { return embed_close_up(look.image, region); };
      const auto settled = settle_doubts(gallery, close_look, options.threshold, parts_.calibration, recognition);
      if (!settled) return Unexpected{settled.error()};
    }
    return recognition;
  }

  /// A region of a photo, encoded on its own.
  [[nodiscard]] Result<Regions> embed_close_up(const Image& photo, const Box& region) const {
    const auto close_up = parts_.encoder->encode(crop(photo, region));
    if (!close_up) return Unexpected{close_up.error()};
    return embed_view(*close_up, parts_.encoder->head());
  }

  /// Where the detector, if there is one, sees things of the categories that the memory knows.
  [[nodiscard]] Result<std::vector<Box>> detected(const Gallery& gallery, const Look& look) const {
    if (!parts_.detector || gallery.views().rows == 0) return std::vector<Box>{};
    std::set<std::string> categories;
    for (const Concept& known : gallery.concepts()) categories.insert(known.category);
    const auto found = parts_.detector->detect(look.image, std::vector(categories.begin(), categories.end()));
    if (!found) return Unexpected{found.error()};
    std::vector<Box> boxes(found->size());
    std::transform(found->begin(), found->end(), boxes.begin(), [](const DetectedBox& one) { return one.box; });
    return boxes;
  }

  [[nodiscard]] Result<void> check(const AskRequest& request) const {
    if (!parts_.generator) {
      return fail(ErrorCode::kUnsupported, "no model is configured, so there is nobody to answer", "model");
    }
    if (!fits(*parts_.generator, *parts_.encoder)) {
      return fail(ErrorCode::kUnsupported,
                  "the model reads maps of " + std::to_string(parts_.generator->info().feature_channels) +
                      " channels, and this encoder gives " + std::to_string(parts_.encoder->channels()) +
                      ": choose a model that reads photos by itself (--gguf with --mmproj, or --llm)",
                  "model");
    }
    const auto length = count_characters(request.question);
    if (!length) return fail(ErrorCode::kInvalidArgument, "the question is not valid UTF-8", "question");
    if (*length > Limits::kQuestionCharacters) {
      return fail(ErrorCode::kTooLarge,
                  "the question has " + std::to_string(*length) + " characters; the limit is " +
                      std::to_string(Limits::kQuestionCharacters),
                  "question");
    }
    if (request.photos.size() > Limits::kQuestionPhotos) {
      return fail(ErrorCode::kTooLarge,
                  "the question has " + std::to_string(request.photos.size()) + " photos; the limit is " +
                      std::to_string(Limits::kQuestionPhotos),
                  "photos");
    }
    if (request.task == Task::kCaption && request.photos.empty()) {
      return fail(ErrorCode::kInvalidArgument, "a caption needs a photo", "photo");
    }
    if (request.task == Task::kAsk && request.question.empty()) {
      return fail(ErrorCode::kInvalidArgument, "there is no question", "question");
    }
    return {};
  }

  [[nodiscard]] Result<Context> retrieve_context(const Owner& owner, const AskRequest& request, Timings& timings) {
    Context context;
    const bool needs_features = request.use_memory || parts_.generator->info().reads_features;
    for (const auto photo : request.photos) {
      auto look = needs_features ? look_at(*parts_.encoder, photo, std::nullopt) : decode_look(photo, std::nullopt);
      if (!look) return Unexpected{look.error()};
      timings.decode += look->decode;
      context.looks.push_back(std::move(*look));
    }
    timings.encode = encode_time(context.looks);
    context.recognitions.resize(std::max<std::size_t>(1, context.looks.size()));
    if (!request.use_memory) return context;

    const Stopwatch retrieve_time;
    auto gallery = galleries_.get(owner);
    if (!gallery) return Unexpected{gallery.error()};
    context.gallery = std::move(*gallery);
    for (std::size_t i = 0; i < context.looks.size(); ++i) {
      auto found = find(owner, *context.gallery, context.looks[i], request.recognize);
      if (!found) return Unexpected{found.error()};
      context.looks[i].fine.reset();  // tens of megabytes that nobody reads while the answer is written
      context.recognitions[i] = std::move(*found);
      add_seen(context.recognitions[i], context.seen);
    }
    context.mentioned = context.gallery->names().mentioned(request.question);
    add_named(context);
    if (auto added = add_fitting_text(owner, request, context); !added) return Unexpected{added.error()};
    choose_cards(request, context);
    const auto finely = encode_time(context.looks) - timings.encode;
    timings.encode += finely;
    timings.retrieve = retrieve_time.elapsed() - finely;
    return context;
  }

  [[nodiscard]] static std::chrono::microseconds encode_time(std::span<const Look> looks) {
    std::chrono::microseconds sum{0};
    for (const Look& look : looks) sum += look.encode;
    return sum;
  }

  static void add_seen(const Recognition& recognition, std::map<std::string, Seen>& seen) {
    const auto add = [&](const std::vector<Match>& found) {
      for (const Match& match : found) {
        Seen& best = seen[match.concept_id];
        if (match.probability >= best.probability) best = {match.probability, match.region};
      }
    };
    add(recognition.matches);
    add(recognition.near);
    for (const Doubt& doubt : recognition.doubts) add(doubt.candidates);
  }

  /// Concepts that the question names are meant, whether or not a photo shows them.
  static void add_named(Context& context) {
    for (Recognition& recognition : context.recognitions) add_named(context, recognition);
  }

  static void add_named(const Context& context, Recognition& recognition) {
    const Gallery& gallery = *context.gallery;
    auto& matches = recognition.matches;
    auto& near = recognition.near;
    for (const std::size_t index : context.mentioned) {
      const Concept& named = gallery.concepts()[index];
      const auto is_named = [&](const Match& match) { return match.concept_id == named.id; };
      if (const auto seen = std::find_if(matches.begin(), matches.end(), is_named); seen != matches.end()) {
        seen->evidence.is_named = true;
        continue;
      }
      Match match{.concept_id = named.id, .name = named.name, .region = {}, .probability = 1.0, .evidence = {}};
      if (const auto miss = std::find_if(near.begin(), near.end(), is_named); miss != near.end()) {
        match.evidence = miss->evidence;
        near.erase(miss);
      }
      match.evidence.is_named = true;
      matches.push_back(std::move(match));
    }
  }

  /// A question that neither shows nor names anything known is matched by its words: "who is
  /// afraid of vacuum cleaners?".
  [[nodiscard]] Result<void> add_fitting_text(const Owner& owner, const AskRequest& request, Context& context) const {
    Recognition& recognition = context.recognitions.front();
    if (!context.looks.empty() || !recognition.matches.empty() || request.question.empty()) return {};
    const auto hits = parts_.memory->search_text(owner, request.question, kMaxTextHits);
    if (!hits) return Unexpected{hits.error()};
    for (const TextHit& hit : *hits) {
      const Concept* fitting = context.gallery->find(hit.concept_id);
      if (fitting == nullptr) continue;  // added after this gallery was made
      const float share = hit.score / hits->front().score;
      Match match{.concept_id = fitting->id, .name = fitting->name, .region = {}, .probability = share, .evidence = {}};
      match.evidence.text_fits = share;
      // A much weaker hit shares a chance word with the question.
      (share >= 0.5F ? recognition.matches : recognition.near).push_back(std::move(match));
    }
    return {};
  }

  /// Cards in the order: found in this question, asked for, then those of earlier turns, newest first.
  static void choose_cards(const AskRequest& request, Context& context) {
    const auto add = [&](const std::string& id) {
      const Concept* card = context.gallery->find(id);  // null: forgotten since that turn
      const bool is_new = std::find(context.cards.begin(), context.cards.end(), card) == context.cards.end();
      if (card != nullptr && is_new && context.cards.size() < kMaxCards) context.cards.push_back(card);
    };
    for (const Recognition& recognition : context.recognitions) {
      for (const Match& match : recognition.matches) add(match.concept_id);
    }
    for (const std::string& id : request.card_ids) add(id);
    for (auto turn = request.turns.rbegin(); turn != request.turns.rend(); ++turn) {
      for (const std::string& id : turn->concept_ids) add(id);
      if (!turn->concept_ids.empty()) continue;
      for (const std::size_t index : context.gallery->names().mentioned(turn->question + "\n" + turn->answer)) {
        add(context.gallery->concepts()[index].id);
      }
    }
  }

  [[nodiscard]] Result<PromptInput> prompt_input(const Owner& owner, const AskRequest& request,
                                                 const Context& context) {
    PromptInput input;
    input.layout = parts_.generator->info().layout;
    input.turns = request.turns;
    input.instructions = request.instructions;
    input.question = question_for(input.layout, request, context);
    for (const Look& look : context.looks) {
      auto photo = views_.picture_of(look);
      if (!photo) return Unexpected{photo.error()};
      input.photos.push_back(std::move(*photo));
    }
    for (const Concept* known : context.cards) {
      Card card{.name = known->name,
                .category = known->category,
                .info = shortened(known->info, kCardInfoBytes),
                .attributes = known->attributes,
                .picture = {},
                .seen = {}};
      if (!context.looks.empty()) {
        const auto found = context.seen.find(known->id);
        card.seen = found != context.seen.end() ? found->second : Seen{};
      }
      if (auto added = add_avatar(owner, *known, card); !added) return Unexpected{added.error()};
      input.cards.push_back(std::move(card));
    }
    for (const Doubt* doubt : doubts_of(context)) {
      auto card = joint_card(owner, context, *doubt);
      if (!card) return Unexpected{card.error()};
      input.cards.push_back(std::move(*card));
    }
    return apply_egress(std::move(input), parts_.generator->info().egress);
  }

  [[nodiscard]] static std::vector<const Doubt*> doubts_of(const Context& context) {
    std::vector<const Doubt*> doubts;
    for (const Recognition& recognition : context.recognitions) {
      for (const Doubt& doubt : recognition.doubts) doubts.push_back(&doubt);
    }
    return doubts;
  }

  /// The question in words that the model was taught.
  [[nodiscard]] static std::string question_for(PromptLayout layout, const AskRequest& request,
                                                const Context& context) {
    const bool is_standard =
        request.question.empty() || (request.task == Task::kCaption && !follows_instructions(layout));
    if (!is_standard) return request.question;
    const bool is_personal = !context.cards.empty() || !doubts_of(context).empty();
    return is_personal ? kPersonalCaptionQuestion : kCaptionQuestion;
  }

  /// One card for concepts of which a region shows one: it is called "Bo or Max", so an answer says just that.
  [[nodiscard]] Result<Card> joint_card(const Owner& owner, const Context& context, const Doubt& doubt) {
    const Concept& likeliest = *context.gallery->find(doubt.candidates.front().concept_id);
    Card card{.name = doubt.name(),
              .category = likeliest.category,
              .info = "This is " + doubt.name() + "; the photo does not show which.",
              .attributes = {},
              .picture = {},
              .seen = Seen{doubt.probability, doubt.region}};
    if (auto added = add_avatar(owner, likeliest, card); !added) return Unexpected{added.error()};
    return card;
  }

  /// Gives a card the picture of a concept, if it has one.
  [[nodiscard]] Result<void> add_avatar(const Owner& owner, const Concept& known, Card& card) {
    const View* view = avatar(known);
    if (view == nullptr) return {};
    auto picture = views_.picture(owner, *view);
    if (!picture) return Unexpected{picture.error()};
    card.picture = std::move(*picture);
    return {};
  }

  /// Which names an answer must and must not contain.
  [[nodiscard]] static NameRules name_rules(const AskRequest& request, const Context& context) {
    NameRules rules;
    std::set<const Concept*> shown;
    for (const Recognition& recognition : context.recognitions) {
      for (const Match& match : recognition.matches) {
        if (match.region) shown.insert(context.gallery->find(match.concept_id));
      }
    }
    std::set<const Concept*> allowed(context.cards.begin(), context.cards.end());
    for (const Doubt* doubt : doubts_of(context)) {
      if (request.task == Task::kCaption) rules.required.push_back({doubt->name(), {}, {}});
      for (const Match& candidate : doubt->candidates) allowed.insert(context.gallery->find(candidate.concept_id));
    }
    if (request.task == Task::kCaption) {
      for (const Concept* card : context.cards) {
        if (shown.contains(card)) rules.required.push_back(known_name(*card));
      }
    }
    const auto& concepts = context.gallery->concepts();
    for (const std::size_t index : context.mentioned) allowed.insert(&concepts[index]);
    for (const Concept& known : concepts) {
      if (!allowed.contains(&known)) rules.others.push_back(known_name(known));
    }
    return rules;
  }

  [[nodiscard]] Result<CheckedGeneration> generate(const AskRequest& request, const Context& context,
                                                   const PromptInput& input, const OnText& on_text) const {
    const Prompt prompt = build_prompt(input);
    const GenerateOptions options = options_for(request, context);
    const NameRules rules = request.use_memory ? name_rules(request, context) : NameRules{};
    if (request.use_memory && request.check_names) {
      return generate_checked(*parts_.generator, prompt, options, rules, on_text);
    }
    auto generation = parts_.generator->generate(prompt, options, on_text);
    if (!generation) return Unexpected{generation.error()};
    NameFindings findings = check_names(generation->text, rules.required, rules.others);
    return CheckedGeneration{std::move(*generation), std::move(findings), /*repaired=*/false};
  }

  /// The request's options with the names that must not leave the machine.
  [[nodiscard]] GenerateOptions options_for(const AskRequest& request, const Context& context) const {
    GenerateOptions options = request.generate;
    if (context.gallery && !parts_.generator->info().egress.names) {
      for (const Concept& known : context.gallery->concepts()) options.private_names.push_back(known_name(known));
    }
    return options;
  }

  /// Adds the answer about one more photo.
  static void append(Answer& all, const Answer& one) {
    const auto add = [](std::vector<std::string>& texts, const std::vector<std::string>& more) {
      for (const std::string& text : more) {
        if (std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
      }
    };
    if (all.recognitions.empty()) all.timings.to_first_token = one.timings.to_first_token;
    all.text += one.text;
    all.recognitions.insert(all.recognitions.end(), one.recognitions.begin(), one.recognitions.end());
    add(all.concept_ids, one.concept_ids);
    add(all.names, one.names);
    all.name_report.checked = one.name_report.checked;
    all.name_report.repaired |= one.name_report.repaired;
    add(all.name_report.missing, one.name_report.missing);
    add(all.name_report.foreign, one.name_report.foreign);
    if (one.finish != FinishReason::kStop) all.finish = one.finish;
    all.prompt_tokens += one.prompt_tokens;
    all.answer_tokens += one.answer_tokens;
    all.timings.decode += one.timings.decode;
    all.timings.encode += one.timings.encode;
    all.timings.retrieve += one.timings.retrieve;
    all.timings.prompt += one.timings.prompt;
    all.timings.total += one.timings.total;
  }

  static void fill(Answer& answer, const Context& context, const CheckedGeneration& checked) {
    answer.text = checked.generation.text;
    answer.recognitions = context.recognitions;
    for (const Concept* card : context.cards) {
      answer.concept_ids.push_back(card->id);
      answer.names.push_back(card->name);
    }
    answer.name_report.repaired = checked.repaired;
    answer.name_report.missing = checked.first.missing;
    answer.name_report.foreign = checked.first.foreign;
    answer.finish = checked.generation.finish;
    answer.prompt_tokens = checked.generation.prompt_tokens;
    answer.answer_tokens = checked.generation.answer_tokens;
  }

  AssistantParts parts_;
  ViewStore views_;
  GalleryCache galleries_;
  FaceFinder faces_;
};

}  // namespace

std::unique_ptr<Assistant> make_assistant(AssistantParts parts) {
  return std::make_unique<LocalAssistant>(std::move(parts));
}

}  // namespace rap
