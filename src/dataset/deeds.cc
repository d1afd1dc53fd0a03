// SPDX-License-Identifier: Apache-2.0
#include "dataset/deeds.h"

#include <span>
#include <utility>

#include "dataset/about.h"
#include "dataset/fact_values.h"

namespace rap::dataset {
namespace {

using Text = std::string_view;

struct Verb {
  Text base;
  Text past;
  Text participle;
  unsigned about;
};

// What is done to somebody or something, and by whom.
constexpr Verb kDoneBy[] = {
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
constexpr Verb kGo[] = {
    {"sail", "sailed", {}, kLiving}, {"fly", "flew", {}, kLiving},      {"walk", "walked", {}, kLiving},
    {"move", "moved", {}, kLiving},  {"run", "ran", {}, kLiving},       {"swim", "swam", {}, kLiving},
    {"go", "went", {}, kLiving},     {"hike", "hiked", {}, kLiving},    {"drive", "drove", {}, kPersons},
    {"ride", "rode", {}, kPersons},  {"cycle", "cycled", {}, kPersons}, {"return", "returned", {}, kLiving},
};

// Ways to be brought to a place.
constexpr Verb kBrought[] = {
    {"take", "took", "taken", kAll},         {"send", "sent", "sent", kAll},
    {"bring", "brought", "brought", kAll},   {"drive", "drove", "driven", kAll},
    {"ship", "shipped", "shipped", kThings}, {"fly", "flew", "flown", kAll},
    {"carry", "carried", "carried", kAll},
};

// What is done to an object.
constexpr Verb kHandle[] = {
    {"break", "broke", {}, kLiving},      {"lose", "lost", {}, kLiving},      {"hide", "hid", {}, kLiving},
    {"steal", "stole", {}, kLiving},      {"drop", "dropped", {}, kLiving},   {"catch", "caught", {}, kLiving},
    {"bring", "brought", {}, kLiving},    {"fetch", "fetched", {}, kLiving},  {"chew", "chewed", {}, kAnimals},
    {"bury", "buried", {}, kAnimals},     {"paint", "painted", {}, kPersons}, {"sell", "sold", {}, kPersons},
    {"borrow", "borrowed", {}, kPersons}, {"draw", "drew", {}, kPersons},     {"buy", "bought", {}, kPersons},
    {"make", "made", {}, kPersons},       {"wear", "wore", {}, kPersons},     {"forget", "forgot", {}, kPersons},
};

// What is done together.
constexpr Verb kTogether[] = {
    {"dance", "danced", {}, kLiving}, {"swim", "swam", {}, kLiving},     {"play", "played", {}, kLiving},
    {"sing", "sang", {}, kLiving},    {"train", "trained", {}, kLiving}, {"live", "lived", {}, kLiving},
    {"hike", "hiked", {}, kLiving},   {"eat", "ate", {}, kLiving},       {"study", "studied", {}, kPersons},
    {"work", "worked", {}, kPersons}, {"argue", "argued", {}, kPersons},
};

// What happened in some year.
constexpr Verb kOnce[] = {
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
constexpr Verb kOnceDone[] = {
    {"restore", "restored", "restored", kThings},
    {"exhibit", "exhibited", "exhibited", kThings},
    {"register", "registered", "registered", kAll},
    {"photograph", "photographed", "photographed", kAll},
    {"lose", "lost", "lost", kAll},
    {"rescue", "rescued", "rescued", kLiving},
    {"order", "ordered", "ordered", kThings},
    {"unpack", "unpacked", "unpacked", kThings},
};

struct Word {
  Text text;
  unsigned about;
};

constexpr Word kRoles[] = {
    {"teacher", kLiving},  {"neighbour", kLiving},   {"brother", kLiving},     {"sister", kLiving},
    {"mother", kLiving},   {"coach", kPersons},      {"dentist", kPersons},    {"guardian", kLiving},
    {"rival", kLiving},    {"hairdresser", kLiving}, {"boss", kPersons},       {"cousin", kPersons},
    {"sitter", kAnimals},  {"vet", kAnimals},        {"trainer", kLiving},     {"first owner", kAnimals | kThings},
    {"designer", kThings}, {"seller", kThings},      {"finest admirer", kAll},
};

constexpr Word kCounted[] = {
    {"brothers", kLiving}, {"sisters", kLiving},  {"toys", kLiving},      {"friends", kLiving},   {"medals", kLiving},
    {"blankets", kLiving}, {"cousins", kPersons}, {"bicycles", kPersons}, {"collars", kAnimals},  {"bowls", kAnimals},
    {"buttons", kThings},  {"keys", kThings},     {"drawers", kThings},   {"stickers", kAll},     {"wheels", kThings},
    {"holes", kThings},    {"pockets", kThings},  {"screws", kThings},    {"scratches", kThings}, {"spots", kAll},
};

struct Favourite {
  Text thing;
  std::string (*value)(Split split, Random& random);
};

constexpr Favourite kFavourites[] = {
    {"colour", values::colour}, {"season", values::season},     {"day of the week", values::weekday},
    {"month", values::month},   {"number", values::count},      {"town", values::town},
    {"fruit", values::food},    {"dish", values::food},         {"instrument", values::instrument},
    {"sport", values::game},    {"language", values::language}, {"neighbour", values::person},
};

template <class Item, std::size_t N>
const Item& any_about(const Item (&items)[N], unsigned about, Random& random) {
  while (true) {
    const Item& item = items[random.below(N)];
    if ((item.about & about) != 0) return item;
  }
}

/// The texts one after another.
template <class... Texts>
std::string join(const Texts&... texts) {
  std::string all;
  (all.append(texts), ...);
  return all;
}

Fact done_by(unsigned about, Split split, Random& random) {
  const Verb& verb = any_about(kDoneBy, about, random);
  std::string who = values::person(split, random);
  std::string statement = join("{N} was ", verb.participle, " by ", who);
  return {.key = {},
          .value = std::move(who),
          .statement = std::move(statement),
          .topic = join("who ", verb.base),
          .questions = {join("Who ", verb.past, " {N}?"), join("Who was {N} ", verb.participle, " by?"),
                        join("By whom was {N} ", verb.participle, "?")}};
}

Fact went(unsigned about, Split split, Random& random) {
  const Verb& verb = any_about(kGo, about, random);
  std::string where = values::town(split, random);
  const std::string when = values::time(split, random);
  std::string statement = join("{N} ", verb.past, " to ", where, ' ' + when);
  return {.key = {},
          .value = std::move(where),
          .statement = std::move(statement),
          .topic = join("where ", verb.base),
          .questions = {join("Where did {N} ", verb.base, ' ' + when + '?'),
                        join("To which town did {N} ", verb.base, ' ' + when + '?'),
                        join("Where did {N} ", verb.base, " to?")}};
}

Fact was_brought(unsigned about, Split split, Random& random) {
  const Verb& verb = any_about(kBrought, about, random);
  std::string where = values::town(split, random);
  const std::string when = values::time(split, random);
  std::string statement = join("{N} was ", verb.participle, " to ", where, ' ' + when);
  return {.key = {},
          .value = std::move(where),
          .statement = std::move(statement),
          .topic = join("where ", verb.base),
          .questions = {join("Where was {N} ", verb.participle, ' ' + when + '?'),
                        join("To which town was {N} ", verb.participle, "?"),
                        join("Where was {N} ", verb.participle, " to?")}};
}

Fact handled(unsigned about, Split split, Random& random) {
  const Verb& verb = any_about(kHandle, about, random);
  std::string what = values::object(split, random);
  const std::string when = values::time(split, random);
  std::string statement = join("{N} ", verb.past, ' ' + what + ' ' + when);
  return {.key = {},
          .value = std::move(what),
          .statement = std::move(statement),
          .topic = join("what ", verb.base),
          .questions = {join("What did {N} ", verb.base, ' ' + when + '?'), join("What did {N} ", verb.base, "?"),
                        join("Which thing did {N} ", verb.base, "?")}};
}

Fact together(unsigned about, Split split, Random& random) {
  const Verb& verb = any_about(kTogether, about, random);
  std::string who = values::person(split, random);
  const std::string when = values::time(split, random);
  std::string statement = join("{N} ", verb.past, " with ", who, ' ' + when);
  return {.key = {},
          .value = std::move(who),
          .statement = std::move(statement),
          .topic = join("with ", verb.base),
          .questions = {join("Who did {N} ", verb.base, " with ", when, "?"), join("Who did {N} ", verb.base, " with?"),
                        join("With whom did {N} ", verb.base, "?")}};
}

Fact once(unsigned about, Split split, Random& random) {
  const Verb& verb = any_about(kOnce, about, random);
  std::string year = values::year(split, random);
  std::string statement = join("{N} ", verb.past, " in ", year);
  return {.key = {},
          .value = std::move(year),
          .statement = std::move(statement),
          .topic = join("when ", verb.base),
          .questions = {join("In which year did {N} ", verb.base, "?"), join("When did {N} ", verb.base, "?"),
                        join("Which year did {N} ", verb.base, " in?")}};
}

Fact once_done(unsigned about, Split split, Random& random) {
  const Verb& verb = any_about(kOnceDone, about, random);
  std::string year = values::year(split, random);
  std::string statement = join("{N} was ", verb.participle, " in ", year);
  return {
      .key = {},
      .value = std::move(year),
      .statement = std::move(statement),
      .topic = join("when ", verb.base),
      .questions = {join("In which year was {N} ", verb.participle, "?"), join("When was {N} ", verb.participle, "?"),
                    join("Since which year has {N} been ", verb.participle, "?")}};
}

Fact role(unsigned about, Split split, Random& random) {
  const Word& word = any_about(kRoles, about, random);
  std::string who = values::person(split, random);
  std::string statement = join("{N}'s ", word.text, " is ", who);
  return {.key = {},
          .value = std::move(who),
          .statement = std::move(statement),
          .topic = std::string(word.text),
          .questions = {join("Who is {N}'s ", word.text, "?"), join("What is {N}'s ", word.text, " called?"),
                        join("What is the name of {N}'s ", word.text, "?")}};
}

Fact counted(unsigned about, Split split, Random& random) {
  const Word& word = any_about(kCounted, about, random);
  std::string number = values::count(split, random);
  std::string statement = join("{N} has ", number, ' ' + std::string(word.text));
  return {.key = {},
          .value = std::move(number),
          .statement = std::move(statement),
          .topic = join("how many ", word.text),
          .questions = {join("How many ", word.text, " does {N} have?"), join("How many ", word.text, " has {N} got?"),
                        join("What is the number of {N}'s ", word.text, "?")}};
}

Fact favourite(unsigned /*about*/, Split split, Random& random) {
  const Favourite& chosen = kFavourites[random.below(std::size(kFavourites))];
  std::string value = chosen.value(split, random);
  std::string statement = join("{N}'s favourite ", chosen.thing, " is ", value);
  return {.key = {},
          .value = std::move(value),
          .statement = std::move(statement),
          .topic = join("favourite ", chosen.thing),
          .questions = {join("What is {N}'s favourite ", chosen.thing, "?"),
                        join("Which ", chosen.thing, " does {N} like best?"),
                        join("Which is {N}'s favourite ", chosen.thing, "?")}};
}

struct Form {
  unsigned about;
  Fact (*draw)(unsigned about, Split split, Random& random);
};

constexpr Form kForms[] = {{kAll, done_by},    {kAll, done_by},     {kLiving, went},     {kAll, was_brought},
                           {kLiving, handled}, {kLiving, together}, {kAll, once},        {kAll, once_done},
                           {kAll, role},       {kAll, counted},     {kLiving, favourite}};

}  // namespace

Fact draw_deed(NameKind about, Split split, Random& random) {
  return any_about(kForms, about_only(about), random).draw(about_only(about), split, random);
}

}  // namespace rap::dataset
