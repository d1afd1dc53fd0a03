// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "core/text.h"
#include "dataset/scene.h"
#include "dataset/sentence.h"

namespace rap::dataset {
namespace {

constexpr std::array<std::string_view, 10> kRequests = {"Give a caption of the image.",
                                                        "Describe the image in one sentence.",
                                                        "Please caption this photo.",
                                                        "What is happening in this photo?",
                                                        "Write a short caption.",
                                                        "Caption the image.",
                                                        "What does the photo show?",
                                                        "Describe this photo.",
                                                        "Give a short description of the image.",
                                                        "Tell me what you see in the image."};

constexpr std::size_t kLeastWords = 3;
constexpr std::size_t kMostWords = 22;

template <std::size_t N>
std::string one_of(const std::array<std::string_view, N>& forms, Random& random) {
  return std::string(forms[random.below(N)]);
}

std::vector<const Persona*> right_in(const Scene& scene, const PhotoRecord* photo) {
  std::vector<const Persona*> right;
  for (const Persona& persona : scene.personas) {
    if (persona.depicted != nullptr && persona.depicted->photo == photo) right.push_back(&persona);
  }
  return right;
}

/// A caption with one persona's name in it. What was found in a photo is the only one of its noun
/// there (see describe_photo()), so any mention of the noun will do.
std::optional<NamedCaption> with_name(const std::string& caption, const Persona& persona, const Lexicon& lexicon) {
  const CropRecord& crop = *persona.depicted->crop;
  if (auto named = name_in_caption(caption, crop.phrase, persona.card.name)) return named;
  for (const Mention& mention : find_mentions(caption, lexicon)) {
    if (mention.noun != crop.noun || mention.plural) continue;
    if (auto named = name_in_caption(caption, mention.phrase, persona.card.name)) return named;
  }
  return std::nullopt;
}

/// A human caption with all names in it; none if one has no place in it.
std::optional<SceneCaption> named_caption(const std::string& caption, const std::vector<const Persona*>& right,
                                          const Lexicon& lexicon) {
  SceneCaption result{caption, {}, {}};
  for (const Persona* persona : right) {
    const auto named = with_name(result.text, *persona, lexicon);
    if (!named) return std::nullopt;
    result.text = named->text;
    if (right.size() == 1) {
      result.doing = named->doing.value_or("");
      result.wearing = named->wearing.value_or("");
    }
  }
  result.text = tidy_caption(result.text);
  const std::size_t length = words(result.text).size();
  return length >= kLeastWords && length <= kMostWords ? std::optional(result) : std::nullopt;
}

/// "Bo, a brown dog" if the card says so, else "Bo": a caption should not guess what the card leaves out.
std::string introduced(const Persona& persona) {
  const auto told = persona.what_the_card_tells();
  return told ? persona.card.name + ", " + *told : persona.card.name;
}

/// Captions of a photo that people have not captioned.
std::vector<SceneCaption> made_captions(const ScenePart& part, const std::vector<const Persona*>& right,
                                        Random& random) {
  static constexpr std::array<std::string_view, 4> kPlain = {"A photo of {T}.", "There is {T} in the image.",
                                                             "The photo shows {T}.", "This is {T}."};
  static constexpr std::array<std::string_view, 4> kNamed = {"A photo of {N}.", "The photo shows {N}.", "This is {N}.",
                                                             "{N}{,} is in the image."};
  std::vector<std::string> texts;
  if (right.empty()) {
    const std::string thing = thing_in(part);
    for (const std::string_view form : kPlain) texts.push_back(fill_in(std::string(form), "{T}", thing));
  } else {
    const std::string who = introduced(*right.front());
    const std::string_view comma = who.find(',') == std::string::npos ? "" : ",";
    for (const std::string_view form : kNamed)
      texts.push_back(fill_in(fill_in(std::string(form), "{N}", who), "{,}", comma));
  }
  random.shuffle(texts);
  std::vector<SceneCaption> captions;
  captions.reserve(texts.size());
  for (std::string& text : texts) captions.push_back({std::move(text), {}, {}});
  return captions;
}

std::vector<SceneCaption> captions_of_part(const ScenePart& part, const std::vector<const Persona*>& right,
                                           const Lexicon& lexicon, Random& random) {
  if (part.photo->captions.empty()) return made_captions(part, right, random);
  std::vector<SceneCaption> captions;
  for (const std::string& caption : part.photo->captions) {
    if (auto named = named_caption(caption, right, lexicon)) captions.push_back(std::move(*named));
  }
  random.shuffle(captions);
  return captions;
}

/// The shortest caption, as compositions join several.
const std::string& shortest(const std::vector<SceneCaption>& captions) {
  return std::min_element(
             captions.begin(), captions.end(),
             [](const SceneCaption& left, const SceneCaption& right) { return left.text.size() < right.text.size(); })
      ->text;
}

/// What a composition's sentence says of one part; empty if that cannot be said.
std::string clause_of(const ScenePart& part, const std::vector<const Persona*>& right, const Lexicon& lexicon,
                      Random& random) {
  const std::string name = right.empty() ? std::string() : right.front()->card.name;
  if (part.photo->captions.empty()) {
    return "there is " + (right.empty() ? thing_in(part) : introduced(*right.front()));
  }
  const auto captions = captions_of_part(part, right, lexicon, random);
  return captions.empty() ? std::string() : as_clause(shortest(captions), name);
}

/// "A runs, b sits, and c sleeps."
std::string joined(const std::vector<std::string>& clauses) {
  std::string text;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    if (i > 0) text += i + 1 == clauses.size() ? ", and " : ", ";
    text += clauses[i];
  }
  return tidy_caption(text);
}

std::vector<SceneCaption> composed_captions(const Scene& scene, Random& random) {
  std::vector<std::string> clauses;
  for (const ScenePart& part : scene.parts) {
    clauses.push_back(clause_of(part, right_in(scene, part.photo), *scene.lexicon, random));
    if (clauses.back().empty()) return {};
  }
  return {{joined(clauses), {}, {}}};
}

}  // namespace

std::string thing_in(const ScenePart& part) {
  return part.crops.empty() ? with_article(part.photo->category) : description_of(*part.crops.front());
}

std::string caption_question(Random& random) { return one_of(kRequests, random); }

std::vector<SceneCaption> captions_of(const Scene& scene, Random& random) {
  if (scene.parts.empty()) return {};
  if (scene.parts.size() > 1) return composed_captions(scene, random);
  return captions_of_part(scene.parts.front(), right_in(scene, scene.parts.front().photo), *scene.lexicon, random);
}

}  // namespace rap::dataset
