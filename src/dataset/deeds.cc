// SPDX-License-Identifier: Apache-2.0
#include "dataset/deeds.h"

#include <array>
#include <span>
#include <utility>

#include "dataset/about.h"
#include "dataset/fact_values.h"
#include "dataset/sentence.h"

namespace rap::dataset {
namespace {

using Text = std::string_view;
using DrawValue = std::string (*)(Split split, Random& random);

/// A verb, or another word in `base` alone.
struct Word {
  Text base;
  Text past;
  Text participle;
  unsigned about;
  DrawValue value = nullptr;  ///< where words of a form have values of their own
};

// What is done to somebody or something, and by whom.
constexpr Word kDoneBy[] = {
    {"photograph", "photographed", "photographed", kAll},
    {"paint", "painted", "painted", kAll},
    {"draw", "drew", "drawn", kAll},
    {"name", "named", "named", kAll},
    {"choose", "chose", "chosen", kAll},
    {"carry", "carried", "carried", kAll},
    {"film", "filmed", "filmed", kAll},
    {"praise", "praised", "praised", kAll},
    {"admire", "admired", "admired", kAll},
    {"insure", "insured", "insured", kAll},
    {"weigh", "weighed", "weighed", kAll},
    {"measure", "measured", "measured", kAll},
    {"invite", "invited", "invited", kLiving},
    {"raise", "raised", "raised", kLiving},
    {"teach", "taught", "taught", kLiving},
    {"rescue", "rescued", "rescued", kLiving},
    {"train", "trained", "trained", kLiving},
    {"visit", "visited", "visited", kLiving},
    {"hug", "hugged", "hugged", kLiving},
    {"examine", "examined", "examined", kLiving},
    {"wake", "woke", "woken", kLiving},
    {"feed", "fed", "fed", kAnimals},
    {"groom", "groomed", "groomed", kAnimals},
    {"adopt", "adopted", "adopted", kAnimals},
    {"wash", "washed", "washed", kAnimals | kThings},
    {"interview", "interviewed", "interviewed", kPersons},
    {"hire", "hired", "hired", kPersons},
    {"build", "built", "built", kThings},
    {"design", "designed", "designed", kThings},
    {"clean", "cleaned", "cleaned", kThings},
    {"polish", "polished", "polished", kThings},
    {"wrap", "wrapped", "wrapped", kThings},
    {"deliver", "delivered", "delivered", kThings},
    {"sell", "sold", "sold", kThings},
    {"hide", "hid", "hidden", kThings},
    {"pack", "packed", "packed", kThings},
    {"steal", "stole", "stolen", kThings},
    {"test", "tested", "tested", kThings},
    {"break", "broke", "broken", kThings},
};

// Ways to get to a place.
constexpr Word kGo[] = {
    {"sail", "sailed", {}, kLiving}, {"fly", "flew", {}, kLiving},      {"walk", "walked", {}, kLiving},
    {"move", "moved", {}, kLiving},  {"run", "ran", {}, kLiving},       {"swim", "swam", {}, kLiving},
    {"go", "went", {}, kLiving},     {"hike", "hiked", {}, kLiving},    {"drive", "drove", {}, kPersons},
    {"ride", "rode", {}, kPersons},  {"cycle", "cycled", {}, kPersons}, {"return", "returned", {}, kLiving},
};

// Ways to be brought to a place.
constexpr Word kBrought[] = {
    {"take", "took", "taken", kAll},         {"send", "sent", "sent", kAll},
    {"bring", "brought", "brought", kAll},   {"drive", "drove", "driven", kAll},
    {"ship", "shipped", "shipped", kThings}, {"fly", "flew", "flown", kAll},
    {"carry", "carried", "carried", kAll},
};

// What is done to an object.
constexpr Word kHandle[] = {
    {"break", "broke", {}, kLiving},      {"lose", "lost", {}, kLiving},      {"hide", "hid", {}, kLiving},
    {"steal", "stole", {}, kLiving},      {"drop", "dropped", {}, kLiving},   {"catch", "caught", {}, kLiving},
    {"bring", "brought", {}, kLiving},    {"fetch", "fetched", {}, kLiving},  {"chew", "chewed", {}, kAnimals},
    {"bury", "buried", {}, kAnimals},     {"paint", "painted", {}, kPersons}, {"sell", "sold", {}, kPersons},
    {"borrow", "borrowed", {}, kPersons}, {"draw", "drew", {}, kPersons},     {"buy", "bought", {}, kPersons},
    {"make", "made", {}, kPersons},       {"wear", "wore", {}, kPersons},     {"forget", "forgot", {}, kPersons},
};

// What is done together.
constexpr Word kTogether[] = {
    {"dance", "danced", {}, kLiving}, {"swim", "swam", {}, kLiving},     {"play", "played", {}, kLiving},
    {"sing", "sang", {}, kLiving},    {"train", "trained", {}, kLiving}, {"live", "lived", {}, kLiving},
    {"hike", "hiked", {}, kLiving},   {"eat", "ate", {}, kLiving},       {"study", "studied", {}, kPersons},
    {"work", "worked", {}, kPersons}, {"argue", "argued", {}, kPersons},
};

// What happened in some year.
constexpr Word kOnce[] = {
    {"learn to swim", "learned to swim", {}, kLiving},
    {"start school", "started school", {}, kLiving},
    {"appear on television", "appeared on television", {}, kLiving},
    {"break a leg", "broke a leg", {}, kLiving},
    {"meet the mayor", "met the mayor", {}, kLiving},
    {"cross the sea", "crossed the sea", {}, kLiving},
    {"run a long race", "ran a long race", {}, kLiving},
    {"join the club", "joined the club", {}, kLiving},
    {"see snow", "saw snow", {}, kLiving},
    {"lose a tooth", "lost a tooth", {}, kLiving},
    {"leave home", "left home", {}, kLiving},
    {"get married", "got married", {}, kPersons},
    {"write a book", "wrote a book", {}, kPersons},
    {"open a shop", "opened a shop", {}, kPersons},
    {"stop working", "stopped working", {}, kAll},
    {"fall down the stairs", "fell down the stairs", {}, kAll},
    {"get a medal", "got a medal", {}, kAll},
    {"stand in a museum", "stood in a museum", {}, kThings},
    {"get a new colour", "got a new colour", {}, kThings},
    {"lose a part", "lost a part", {}, kThings},
    {"come home", "came home", {}, kAll},
};

// What happened to it in some year.
constexpr Word kOnceDone[] = {
    {"restore", "restored", "restored", kThings},
    {"exhibit", "exhibited", "exhibited", kThings},
    {"register", "registered", "registered", kAll},
    {"photograph", "photographed", "photographed", kAll},
    {"lose", "lost", "lost", kAll},
    {"rescue", "rescued", "rescued", kLiving},
    {"order", "ordered", "ordered", kThings},
    {"unpack", "unpacked", "unpacked", kThings},
};

constexpr Word kRoles[] = {
    {"teacher", {}, {}, kLiving},     {"neighbour", {}, {}, kLiving},
    {"brother", {}, {}, kLiving},     {"sister", {}, {}, kLiving},
    {"mother", {}, {}, kLiving},      {"coach", {}, {}, kPersons},
    {"dentist", {}, {}, kPersons},    {"guardian", {}, {}, kLiving},
    {"rival", {}, {}, kLiving},       {"hairdresser", {}, {}, kLiving},
    {"boss", {}, {}, kPersons},       {"cousin", {}, {}, kPersons},
    {"sitter", {}, {}, kAnimals},     {"vet", {}, {}, kAnimals},
    {"trainer", {}, {}, kLiving},     {"first owner", {}, {}, kAnimals | kThings},
    {"designer", {}, {}, kThings},    {"seller", {}, {}, kThings},
    {"finest admirer", {}, {}, kAll},
};

constexpr Word kCounted[] = {
    {"brothers", {}, {}, kLiving},  {"sisters", {}, {}, kLiving},   {"toys", {}, {}, kLiving},
    {"friends", {}, {}, kLiving},   {"medals", {}, {}, kLiving},    {"blankets", {}, {}, kLiving},
    {"cousins", {}, {}, kPersons},  {"bicycles", {}, {}, kPersons}, {"collars", {}, {}, kAnimals},
    {"bowls", {}, {}, kAnimals},    {"buttons", {}, {}, kThings},   {"keys", {}, {}, kThings},
    {"drawers", {}, {}, kThings},   {"stickers", {}, {}, kAll},     {"wheels", {}, {}, kThings},
    {"holes", {}, {}, kThings},     {"pockets", {}, {}, kThings},   {"screws", {}, {}, kThings},
    {"scratches", {}, {}, kThings}, {"spots", {}, {}, kAll},
};

constexpr Word kFavourites[] = {
    {"colour", {}, {}, kLiving, values::colour},
    {"season", {}, {}, kLiving, values::season},
    {"day of the week", {}, {}, kLiving, values::weekday},
    {"month", {}, {}, kLiving, values::month},
    {"number", {}, {}, kLiving, values::count},
    {"town", {}, {}, kLiving, values::town},
    {"fruit", {}, {}, kLiving, values::food},
    {"dish", {}, {}, kLiving, values::food},
    {"instrument", {}, {}, kLiving, values::instrument},
    {"sport", {}, {}, kLiving, values::game},
    {"language", {}, {}, kLiving, values::language},
    {"neighbour", {}, {}, kLiving, values::person},
};

/// A sentence and its questions: {N} stands for the name, {V} for the value, {T} for a time, {B}, {P} and {Q} for a
/// word's base, past and participle.
struct Form {
  unsigned about;
  std::span<const Word> words;
  DrawValue value;  ///< unless the words have their own
  Text statement;
  Text topic;
  std::array<Text, 3> questions;
};

// clang-format off
constexpr Form kDoneByForm{kAll, kDoneBy, values::person, "{N} was {Q} by {V}", "who {B}",
    {"Who {P} {N}?", "Who was {N} {Q} by?", "By whom was {N} {Q}?"}};

const Form kForms[] = {
    kDoneByForm,
    kDoneByForm,  // twice as often
    {kLiving, kGo, values::town, "{N} {P} to {V} {T}", "where {B}",
     {"Where did {N} {B} {T}?", "To which town did {N} {B} {T}?", "Where did {N} {B} to?"}},
    {kAll, kBrought, values::town, "{N} was {Q} to {V} {T}", "where {B}",
     {"Where was {N} {Q} {T}?", "To which town was {N} {Q}?", "Where was {N} {Q} to?"}},
    {kLiving, kHandle, values::object, "{N} {P} {V} {T}", "what {B}",
     {"What did {N} {B} {T}?", "What did {N} {B}?", "Which thing did {N} {B}?"}},
    {kLiving, kTogether, values::person, "{N} {P} with {V} {T}", "with {B}",
     {"Who did {N} {B} with {T}?", "Who did {N} {B} with?", "With whom did {N} {B}?"}},
    {kAll, kOnce, values::year, "{N} {P} in {V}", "when {B}",
     {"In which year did {N} {B}?", "When did {N} {B}?", "Which year did {N} {B} in?"}},
    {kAll, kOnceDone, values::year, "{N} was {Q} in {V}", "when {B}",
     {"In which year was {N} {Q}?", "When was {N} {Q}?", "Since which year has {N} been {Q}?"}},
    {kAll, kRoles, values::person, "{N}'s {B} is {V}", "{B}",
     {"Who is {N}'s {B}?", "What is {N}'s {B} called?", "What is the name of {N}'s {B}?"}},
    {kAll, kCounted, values::count, "{N} has {V} {B}", "how many {B}",
     {"How many {B} does {N} have?", "How many {B} has {N} got?", "What is the number of {N}'s {B}?"}},
    {kLiving, kFavourites, nullptr, "{N}'s favourite {B} is {V}", "favourite {B}",
     {"What is {N}'s favourite {B}?", "Which {B} does {N} like best?", "Which is {N}'s favourite {B}?"}},
};
// clang-format on

}  // namespace

Fact draw_deed(NameKind about, Split split, Random& random) {
  const Form& form = any_about<Form>(kForms, about, random);
  const Word& word = any_about(form.words, about, random);
  Fact fact;
  fact.value = (word.value != nullptr ? word.value : form.value)(split, random);
  const bool has_time = form.statement.find("{T}") != Text::npos;
  const std::string when = has_time ? values::time(split, random) : std::string();
  const auto told = [&](Text pattern) {
    std::string text(pattern);
    for (const auto& [mark, with] : {std::pair<Text, Text>{"{B}", word.base},
                                     {"{P}", word.past},
                                     {"{Q}", word.participle},
                                     {"{V}", fact.value},
                                     {"{T}", when}})
      text = fill_in(std::move(text), mark, with);
    return text;
  };
  fact.statement = told(form.statement);
  fact.topic = told(form.topic);
  for (const Text question : form.questions) fact.questions.push_back(told(question));
  return fact;
}

}  // namespace rap::dataset
