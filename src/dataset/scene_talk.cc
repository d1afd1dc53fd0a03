// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>

#include "core/box_text.h"
#include "core/text.h"
#include "dataset/scene.h"
#include "dataset/sentence.h"

namespace rap::dataset {
namespace {

constexpr std::array<std::string_view, 6> kIsThere = {"Is {N} in the image?",
                                                      "Can you see {N} in this photo?",
                                                      "Does this picture show {N}?",
                                                      "Is {N} in this photo?",
                                                      "Is this {N}?",
                                                      "Do you see {N} here?"};
constexpr std::array<std::string_view, 4> kWhere = {"Where is {N} in the image?", "Where is {N}?",
                                                    "Give the box of {N}.", "Show me where {N} is."};
constexpr std::array<std::string_view, 4> kDescribe = {
    "Describe {N} and the image.", "Tell me about {N} in this photo.", "Describe the image and tell me about {N}.",
    "What do you know about {N} in this image?"};
constexpr std::array<std::string_view, 3> kWhoIsThere = {"Who is in the image?", "Which of my friends do you see here?",
                                                         "Whom do you know in this photo?"};

/// How often a kind of question is asked of a scene that allows it.
constexpr float kAskAlone = 0.9F;  ///< recognition of a card that stands alone
constexpr float kGround = 0.5F;
constexpr float kGroundWrong = 0.35F;  ///< of those: asked about a wrong card, where there is one
constexpr float kDescription = 0.5F;
constexpr float kWho = 0.35F;
constexpr float kWhatIsIt = 0.5F;  ///< of a card that does not tell it
constexpr float kWrongDoing = 0.25F;
constexpr float kSecondText = 0.4F;
constexpr std::size_t kMostCaptions = 5;  ///< of people, in a context without cards

template <std::size_t N>
std::string asked(const std::array<std::string_view, N>& forms, std::string_view name, Random& random) {
  return fill_in(std::string(forms[random.below(N)]), "{N}", name);
}

std::string side_of(const Box& box) {
  const float middle = box.x + box.width / 2.0F;
  return middle < 0.4F ? "on the left" : middle > 0.6F ? "on the right" : "in the middle";
}

const std::string* attribute(const CropRecord& crop, const std::string& key) {
  const auto found = crop.attributes.find(key);
  return found == crop.attributes.end() ? nullptr : &found->second;
}

/// Whether two colours ("black and white", "white") have one in common.
bool share_a_colour(const std::string& left, const std::string& right) {
  const auto others = words(right);
  const auto all = words(left);
  return std::any_of(all.begin(), all.end(), [&](const std::string& word) {
    return word != "and" && std::find(others.begin(), others.end(), word) != others.end();
  });
}

/// "Bo", "Bo and Luna", "Bo, Luna and Max"
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

/// Collects the conversations of one scene.
class Talk {
 public:
  Talk(const Scene& scene, const TalkOptions& options, Random& random)
      : scene_(scene), options_(options), random_(random), captions_(captions_of(scene, random)) {
    for (const Persona& persona : scene.personas) (persona.depicted != nullptr ? right_ : wrong_).push_back(&persona);
  }

  /// Everything that can be said of a picture with cards.
  std::vector<Conversation> about_picture() {
    caption();
    recognition();
    if (random_.chance(kGround)) grounding();
    what_cards_do();
    what_it_is();
    if (random_.chance(kWho)) who_is_there();
    if (!right_.empty() && random_.chance(kDescription)) description();
    text_question();
    if (random_.chance(kSecondText)) text_question();
    return std::move(conversations_);
  }

  std::vector<Conversation> about_cards(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) text_question();
    return std::move(conversations_);
  }

  std::vector<Conversation> without_cards() {
    plain_captions();
    count();
    colours();
    return std::move(conversations_);
  }

 private:
  void add(TaskType type, std::string question, std::string answer, std::vector<std::string> references = {}) {
    const bool asked_before = std::any_of(conversations_.begin(), conversations_.end(), [&](const Conversation& other) {
      const QuestionAnswer& turn = other.turns.front();
      return turn.question == question || (type == TaskType::kTextQa && turn.answer == answer);
    });
    if (asked_before) return;
    Conversation conversation;
    conversation.id = scene_.key + '-' + std::to_string(conversations_.size());
    conversation.context = scene_.key;
    conversation.type = type;
    conversation.split = scene_.split;
    conversation.source = scene_.source;
    conversation.image = scene_.image;
    for (const Persona& persona : scene_.personas) conversation.cards.push_back(persona.card);
    conversation.turns.push_back({std::move(question), std::move(answer)});
    conversation.references = std::move(references);
    conversations_.push_back(std::move(conversation));
  }

  const Persona& any(const std::vector<const Persona*>& personas) { return *personas[random_.below(personas.size())]; }

  void caption() {
    const std::size_t most = held_out() ? 1 : 2;
    std::vector<std::string> references;
    if (held_out()) {
      for (const SceneCaption& caption : captions_) references.push_back(caption.text);
    }
    for (std::size_t i = 0; i < std::min(most, captions_.size()); ++i)
      add(TaskType::kPersonalCaption, caption_question(random_), captions_[i].text, references);
  }

  void recognition() {
    const bool alone = scene_.personas.size() == 1;
    if (!right_.empty() && (!alone || random_.chance(kAskAlone))) recognise(any(right_));
    if (right_.size() > 1) recognise(any(right_));
    if (wrong_.empty()) return;
    recognise(any(wrong_));
    if (right_.empty()) recognise(any(wrong_));
  }

  void recognise(const Persona& persona) {
    const std::string& name = persona.card.name;
    std::string answer = persona.depicted != nullptr ? yes(persona) : no(persona);
    add(TaskType::kRecognition, asked(kIsThere, name, random_), std::move(answer));
  }

  std::string yes(const Persona& persona) {
    std::string answer = "Yes, " + persona.card.name + " is in the image";
    if (random_.chance(0.4F)) return answer + '.';
    if (const std::string* doing = anything_done(); doing != nullptr && right_.size() == 1)
      return answer + ": " + *doing;
    return answer + ", " + side_of(*persona.place) + '.';
  }

  std::string no(const Persona& persona) {
    std::string answer = "No, " + persona.card.name + " is not in the image";
    const CropRecord* same = same_noun(*persona.subject->crop);
    const std::string* theirs = attribute(*persona.subject->crop, "colour");
    const std::string* ours = same == nullptr ? nullptr : attribute(*same, "colour");
    // A reason is given only where both colours are known and have no word in common.
    if (theirs == nullptr || ours == nullptr || share_a_colour(*theirs, *ours) || right_named(*same))
      return answer + '.';
    return answer + ": " + persona.card.name + " is " + *theirs + ", and the " + same->noun + " in the image is " +
           *ours + '.';
  }

  /// What the picture shows of the same noun, if it is one thing only.
  const CropRecord* same_noun(const CropRecord& crop) const {
    const CropRecord* same = nullptr;
    for (const ScenePart& part : scene_.parts) {
      for (const CropRecord* other : part.crops) {
        if (other->noun != crop.noun) continue;
        if (same != nullptr) return nullptr;
        same = other;
      }
    }
    return same;
  }

  /// Whether a right card is about this crop, so that "the dog" would be a strange thing to say.
  bool right_named(const CropRecord& crop) const {
    return std::any_of(right_.begin(), right_.end(),
                       [&](const Persona* persona) { return persona->depicted->crop == &crop; });
  }

  const std::string* anything_done() const {
    for (const SceneCaption& caption : captions_) {
      if (!caption.doing.empty()) return &caption.doing;
    }
    return nullptr;
  }

  void grounding() {
    const bool wrong = !wrong_.empty() && (right_.empty() || random_.chance(kGroundWrong));
    const Persona& persona = any(wrong ? wrong_ : right_);
    const std::string& name = persona.card.name;
    add(TaskType::kGrounding, asked(kWhere, name, random_),
        wrong ? name + " is not in the image." : name + " is at " + percent_text(*persona.place) + '.');
  }

  void what_cards_do() {
    if (right_.size() == 1) {
      const std::string& name = right_.front()->card.name;
      if (const std::string* doing = anything_done()) add(TaskType::kVisualQa, "What is " + name + " doing?", *doing);
      for (const SceneCaption& caption : captions_) {
        if (caption.wearing.empty()) continue;
        add(TaskType::kVisualQa, "What is " + name + " wearing?", caption.wearing);
        break;
      }
    }
    if (wrong_.empty() || !random_.chance(kWrongDoing)) return;
    const std::string& name = any(wrong_).card.name;
    add(TaskType::kVisualQa, "What is " + name + (random_.chance(0.7F) ? " doing?" : " wearing?"),
        name + " is not in the image.");
  }

  /// What a card does not tell is seen in the picture, if that is asked for.
  void what_it_is() {
    if (right_.size() != 1 || right_.front()->what_the_card_tells() || !random_.chance(kWhatIsIt)) return;
    const Persona& persona = *right_.front();
    add(TaskType::kVisualQa, "What is " + persona.card.name + '?',
        persona.card.name + " is " + with_article(persona.depicted->crop->noun) + '.');
  }

  void who_is_there() {
    std::vector<std::string> names;
    for (const Persona* persona : right_) names.push_back(persona->card.name);
    std::string answer = names.empty()       ? "Nobody that you told me about is in the image."
                         : names.size() == 1 ? names.front() + " is in the image."
                                             : listed(names) + " are in the image.";
    add(TaskType::kVisualQa, asked(kWhoIsThere, {}, random_), std::move(answer));
  }

  /// Two sentences: the caption, and what the card tells.
  void description() {
    const Persona& persona = any(right_);
    if (captions_.empty() || (persona.facts.empty() && !persona.is_described)) return;
    const std::string& name = persona.card.name;
    const bool tell_fact = !persona.facts.empty() && (!persona.is_described || random_.chance(0.7F));
    const std::string fact = tell_fact ? fact_sentence(persona.facts[random_.below(persona.facts.size())], name)
                                       : name + " is " + persona.description + '.';
    add(TaskType::kDescription, asked(kDescribe, name, random_), captions_.front().text + ' ' + fact);
  }

  /// A question about one card's text.
  void text_question() {
    const Persona& persona = scene_.personas[random_.below(scene_.personas.size())];
    if (random_.chance(options_.unknown_fact)) {
      unknown_question(persona);
    } else if (!persona.facts.empty() && (!persona.is_described || random_.chance(0.8F))) {
      const Fact& fact = persona.facts[random_.below(persona.facts.size())];
      add(TaskType::kTextQa, fact_question(fact, persona.card.name, random_), fact_sentence(fact, persona.card.name));
    } else if (persona.is_described) {
      identity_question(persona);
    }
  }

  void identity_question(const Persona& persona) {
    const std::string& name = persona.card.name;
    const bool somebody = persona.subject->kind != NameKind::kThing;
    const std::string question = somebody && random_.chance(0.6F) ? "Who is " : "What is ";
    add(TaskType::kTextQa, question + name + '?', name + " is " + persona.description + '.');
  }

  void unknown_question(const Persona& persona) {
    const Fact fact = draw_fact(persona.subject->kind, scene_.split, random_);
    if (persona.tells(fact.topic)) return;
    const std::string& name = persona.card.name;
    add(TaskType::kTextQa, fact_question(fact, name, random_), "The card of " + name + " does not say.");
  }

  void plain_captions() {
    const std::vector<std::string>& human = scene_.parts.front().photo->captions;
    if (human.empty()) {
      made_captions();
      return;
    }
    std::vector<std::string> tidy;
    for (const std::string& caption : human) {
      if (tidy.size() == kMostCaptions) break;
      if (std::string text = tidy_caption(caption); !text.empty()) tidy.push_back(std::move(text));
    }
    if (tidy.empty()) return;
    if (held_out()) {
      add(TaskType::kCaption, "Give a caption of the image.", tidy.front(), tidy);
      return;
    }
    // Every caption has a request of its own, so that none is lost as asked twice.
    for (const std::string& text : tidy) {
      const std::size_t before = conversations_.size();
      while (conversations_.size() == before) add(TaskType::kCaption, caption_question(random_), text);
    }
  }

  /// Photos without human captions: what they show.
  void made_captions() {
    if (captions_.empty()) return;
    add(TaskType::kCaption, caption_question(random_), captions_.front().text);
    add(TaskType::kVisualQa, random_.chance(0.5F) ? "What is in the image?" : "What is this?",
        "This is " + thing_in(scene_.parts.front()) + '.');
  }

  void count() {
    const auto counted = count_in_captions(scene_.parts.front().photo->captions);
    if (!counted) return;
    add(TaskType::kVisualQa, "How many " + counted->things + " are in the image?",
        "There are " + counted->number + ' ' + counted->things + " in the image.");
  }

  void colours() {
    for (const CropRecord* crop : scene_.parts.front().crops) {
      const std::string* colour = attribute(*crop, "colour");
      if (colour == nullptr || same_noun(*crop) != crop) continue;
      add(TaskType::kVisualQa, "What colour is the " + crop->noun + '?', "The " + crop->noun + " is " + *colour + '.');
    }
  }

  [[nodiscard]] bool held_out() const { return scene_.split != Split::kTrain; }

  const Scene& scene_;
  const TalkOptions& options_;
  Random& random_;
  std::vector<SceneCaption> captions_;
  std::vector<const Persona*> right_;
  std::vector<const Persona*> wrong_;
  std::vector<Conversation> conversations_;
};

}  // namespace

std::vector<Conversation> converse(const Scene& scene, const TalkOptions& options, Random& random) {
  return Talk(scene, options, random).about_picture();
}

std::vector<Conversation> converse_without_cards(const Scene& scene, Random& random) {
  const TalkOptions options;
  return Talk(scene, options, random).without_cards();
}

std::vector<Conversation> converse_about_cards(const Scene& scene, std::size_t count, const TalkOptions& options,
                                               Random& random) {
  return Talk(scene, options, random).about_cards(count);
}

}  // namespace rap::dataset
