// SPDX-License-Identifier: Apache-2.0
#include "dataset/synthesise.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <utility>

#include "dataset/nouns.h"
#include "dataset/pictures.h"
#include "dataset/plan.h"
#include "dataset/scene.h"
#include "dataset/seed.h"

namespace rap::dataset {
namespace {

constexpr double kHeldOutChat = 0.03;  ///< share of the chat that goes to dev
constexpr std::size_t kLeastTextQuestions = 3;
constexpr std::size_t kMostTextQuestions = 6;

/// Part `index` of a composition: where what `crop` shows is in the whole picture. Rows keep whole
/// photos; elsewhere a part is cut to its cell, and the cell is what is known.
Box place_in(const Box& part, const Box& crop, Layout layout) {
  if (layout != Layout::kRow) return part;
  return {part.x + crop.x * part.width, part.y + crop.y * part.height, crop.width * part.width,
          crop.height * part.height};
}

/// One run of synthesise().
class Synthesis {
 public:
  Synthesis(const std::filesystem::path& folder, const SynthesisOptions& options, const OnStep& on_step,
            const std::vector<PhotoRecord>& photos, const std::vector<CropRecord>& crops)
      : options_(options),
        on_step_(on_step),
        subjects_(photos, crops),
        plan_(plan_contexts(photos, subjects_, options)),
        pictures_(folder, subjects_, {options.seed, options.picture_side, options.jpeg_quality}),
        lexicon_(Lexicon::learn(all_captions(photos))) {}

  Result<void> run() {
    const auto avatars = needed_avatars();
    steps_ = avatars.size() + plan_.size();
    for (const auto& [subject, view] : avatars) {
      if (!step()) return cancelled();
      make_avatar(subject, view);
    }
    for (const PlannedContext& context : plan_) {
      if (!step()) return cancelled();
      if (is_possible(context)) talk(context);
    }
    return {};
  }

  std::vector<Conversation> conversations;
  SynthesisReport report;

 private:
  using Avatar = std::pair<std::size_t, std::size_t>;  ///< subject and view

  static std::vector<std::string> all_captions(const std::vector<PhotoRecord>& photos) {
    std::vector<std::string> captions;
    for (const PhotoRecord& photo : photos)
      captions.insert(captions.end(), photo.captions.begin(), photo.captions.end());
    return captions;
  }

  static Unexpected cancelled() { return fail(ErrorCode::kCancelled, "stopped while conversations were made"); }

  bool step() { return !on_step_ || on_step_(done_++, steps_); }

  /// In the order of subjects, so that the avatars of one photo follow each other.
  std::set<Avatar> needed_avatars() const {
    std::set<Avatar> needed;
    for (const PlannedContext& context : plan_) {
      for (const PlannedCard& card : context.cards) needed.insert({card.shown_by, card.view});
    }
    return needed;
  }

  void make_avatar(std::size_t subject, std::size_t view) {
    const auto made = pictures_.make_avatar(subject, view);
    if (made) {
      report.avatars += *made ? 1 : 0;
      return;
    }
    failed_.insert({subject, view});
    report.failed.push_back(Pictures::avatar_path(subjects_[subject], view) + ": " + made.error().message);
  }

  bool is_possible(const PlannedContext& context) const {
    return std::none_of(context.cards.begin(), context.cards.end(), [&](const PlannedCard& card) {
      return failed_.contains({card.shown_by, card.view});
    });
  }

  void talk(const PlannedContext& context) {
    Scene scene;
    scene.key = context.key;
    scene.split = context.split;
    scene.lexicon = &lexicon_;
    for (const PhotoRecord* photo : context.photos) scene.parts.push_back(part_of(*photo));
    std::vector<Box> places;
    if (!set_picture(context, scene, places)) return;
    Random random(seed_of(options_.seed, "talk " + context.key));
    add_personas(context, places, scene, random);
    const TalkOptions talk_options{options_.unknown_fact};
    std::vector<Conversation> made;
    if (context.is_text_only()) {
      const std::size_t count = kLeastTextQuestions + random.below(kMostTextQuestions - kLeastTextQuestions + 1);
      made = converse_about_cards(scene, count, talk_options, random);
    } else if (scene.personas.empty()) {
      made = converse_without_cards(scene, random);
    } else {
      made = converse(scene, talk_options, random);
    }
    report.contexts += made.empty() ? 0 : 1;
    std::move(made.begin(), made.end(), std::back_inserter(conversations));
  }

  ScenePart part_of(const PhotoRecord& photo) const {
    ScenePart part{&photo, {}};
    for (const std::size_t subject : subjects_.of_photo(photo.id)) part.crops.push_back(subjects_[subject].crop);
    return part;
  }

  /// The scene's picture and source, and where its parts are. False if it cannot be made.
  bool set_picture(const PlannedContext& context, Scene& scene, std::vector<Box>& places) {
    if (context.is_text_only()) return true;
    const PhotoRecord& photo = *context.photos.front();
    scene.source = photo.source;
    scene.image = photo.image;
    places = {Box{}};
    if (!context.is_composed()) return true;
    auto boxes = pictures_.make_composition(context.key, context.photos, context.layout);
    if (!boxes) {
      report.failed.push_back(Pictures::composition_path(context.key) + ": " + boxes.error().message);
      return false;
    }
    ++report.composed;
    scene.image = Pictures::composition_path(context.key);
    places = std::move(*boxes);
    return true;
  }

  void add_personas(const PlannedContext& context, const std::vector<Box>& places, Scene& scene, Random& random) const {
    std::vector<std::string> texts;
    for (const PhotoRecord* photo : context.photos) {
      texts.insert(texts.end(), photo->captions.begin(), photo->captions.end());
      texts.push_back(photo->category);
    }
    std::vector<std::string> taken;
    for (const PlannedCard& card : context.cards) {
      Persona persona = make_persona(subjects_[card.shown_by], taken, texts, random);
      persona.card.image = Pictures::avatar_path(subjects_[card.shown_by], card.view);
      if (card.depicted) set_place(context, *card.depicted, places, persona);
      if (!context.is_text_only()) simulate_evidence(persona.card, persona.place, options_.evidence, random);
      taken.push_back(persona.card.name);
      // Facts of a card may mention others by name; later names must not be among them.
      texts.push_back(persona.card.info);
      for (const auto& [key, value] : persona.card.attributes) texts.push_back(value);
      scene.personas.push_back(std::move(persona));
    }
  }

  void set_place(const PlannedContext& context, std::size_t depicted, const std::vector<Box>& places,
                 Persona& persona) const {
    const Subject& subject = subjects_[depicted];
    persona.card.in_photo = true;
    persona.depicted = &subject;
    persona.place = subject.crop->box;
    if (!context.is_composed()) return;
    const auto part = std::find(context.photos.begin(), context.photos.end(), subject.photo) - context.photos.begin();
    persona.place = place_in(places[static_cast<std::size_t>(part)], subject.crop->box, context.layout);
  }

  const SynthesisOptions& options_;
  const OnStep& on_step_;
  const Subjects subjects_;
  const std::vector<PlannedContext> plan_;
  Pictures pictures_;
  const Lexicon lexicon_;
  std::set<Avatar> failed_;
  std::size_t done_ = 0;
  std::size_t steps_ = 0;
};

/// Conversations of a file of lines {"question": ..., "answer": ...}.
Result<void> add_chat(const std::filesystem::path& file, std::uint64_t seed, std::vector<Conversation>& conversations) {
  std::ifstream in(file);
  if (!in) return fail(ErrorCode::kNotFound, "cannot read '" + file.string() + "'");
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("question") || !json.contains("answer") || !json["question"].is_string() ||
        !json["answer"].is_string())
      return fail(ErrorCode::kCorrupt, "'" + file.filename().string() + "', line " + std::to_string(number) +
                                           ": it must have the texts question and answer");
    Conversation chat;
    chat.id = chat.context = "chat-" + std::to_string(number);
    chat.type = TaskType::kChat;
    chat.split = share_of(seed, chat.id) < kHeldOutChat ? Split::kDev : Split::kTrain;
    chat.source = "chat";
    chat.turns.push_back({json["question"], json["answer"]});
    conversations.push_back(std::move(chat));
  }
  return {};
}

}  // namespace

Result<SynthesisReport> synthesise(const std::filesystem::path& folder, const SynthesisOptions& options,
                                   const OnStep& on_step) {
  const auto photos = read_photos(folder);
  if (!photos) return Unexpected{photos.error()};
  const auto crops = read_crops(folder);
  if (!crops) return Unexpected{crops.error()};
  Synthesis synthesis(folder, options, on_step, *photos, *crops);
  if (auto run = synthesis.run(); !run) return Unexpected{std::move(run).error()};
  if (!options.chat.empty()) {
    if (auto chat = add_chat(options.chat, options.seed, synthesis.conversations); !chat)
      return Unexpected{std::move(chat).error()};
  }
  if (auto written = write_conversations(folder, synthesis.conversations); !written)
    return Unexpected{std::move(written).error()};
  synthesis.report.conversations = synthesis.conversations.size();
  return std::move(synthesis.report);
}

}  // namespace rap::dataset
