// SPDX-License-Identifier: Apache-2.0
#include "dataset/facts.h"

#include <array>

#include "dataset/about.h"
#include "dataset/deeds.h"
#include "dataset/fact_values.h"
#include "dataset/sentence.h"

namespace rap::dataset {
namespace {

constexpr float kDeedShare = 0.6F;  ///< of facts that are put together, not of a kind of the list

/// {N} stands for the name, {V} for the value.
struct Kind {
  std::string_view key;
  std::string_view topic;
  unsigned about;
  std::string_view predicate;
  std::array<std::string_view, 3> questions;
  std::string (*value)(Split split, Random& random);
};

// clang-format off
const Kind kKinds[] = {
    {"likes", "food", kLiving, "likes {V}", {"What does {N} like?", "What does {N} love?", "What makes {N} happy?"}, values::food},
    {"favourite food", "food", kLiving, "eats {V} best of all", {"What is {N}'s favourite food?", "What does {N} eat best of all?", "What does {N} like to eat?"}, values::food},
    {"dislikes", "dislikes", kLiving, "does not like {V}", {"What does {N} not like?", "What does {N} dislike?", "What does {N} hate?"}, values::food},
    {"afraid of", "afraid of", kLiving, "is afraid of {V}", {"What is {N} afraid of?", "What scares {N}?", "What does {N} fear?"}, values::fear},
    {"age", "age", kLiving, "is {V} old", {"How old is {N}?", "What is {N}'s age?", "What age is {N}?"}, values::age},
    {"birthday", "age", kLiving, "was born on {V}", {"When is {N}'s birthday?", "When was {N} born?", "What is {N}'s birthday?"}, values::date},
    {"home", "home", kLiving, "lives in {V}", {"Where does {N} live?", "In which town does {N} live?", "Where is {N}'s home?"}, values::town},
    {"address", "home", kLiving, "lives at {V}", {"What is {N}'s address?", "At which address does {N} live?", "Which address does {N} live at?"}, values::address},
    {"called", "called", kLiving, "is called {V} by friends", {"What is {N} called by friends?", "What do friends call {N}?", "What is {N}'s nickname?"}, values::nickname},
    {"best friend", "best friend", kLiving, "has a best friend called {V}", {"Who is {N}'s best friend?", "What is {N}'s best friend called?", "What is the name of {N}'s best friend?"}, values::person},
    {"favourite place", "favourite place", kLiving, "loves going to {V}", {"Where does {N} love going?", "What is {N}'s favourite place?", "Where does {N} like to go?"}, values::place},
    {"favourite game", "play", kLiving, "likes to play {V}", {"What does {N} like to play?", "What is {N}'s favourite game?", "What does {N} play?"}, values::game},
    {"weight", "weight", kLiving, "weighs {V}", {"How much does {N} weigh?", "What is {N}'s weight?", "How heavy is {N}?"}, values::weight},
    {"allergic to", "allergic to", kLiving, "is allergic to {V}", {"What is {N} allergic to?", "What must {N} not eat?", "Which food is bad for {N}?"}, values::food},
    {"character", "character", kLiving, "is {V}", {"What is {N} like?", "How would you describe {N}'s character?", "What character does {N} have?"}, values::character},
    {"habit", "habit", kLiving, "always {V} in the morning", {"What does {N} always do in the morning?", "What does {N} do in the morning?", "What is {N}'s morning habit?"}, values::habit},
    {"doctor", "doctor", kLiving, "sees Doctor {V}", {"Who is {N}'s doctor?", "Which doctor does {N} see?", "What is the name of {N}'s doctor?"}, values::person},
    {"owner", "origin", kAnimals | kThings, "belongs to {V}", {"Who owns {N}?", "Whose is {N}?", "Who does {N} belong to?"}, values::person},
    {"sleeps", "sleeps", kAnimals, "sleeps {V}", {"Where does {N} sleep?", "Where is {N}'s bed?", "Where does {N} spend the night?"}, values::spot},
    {"favourite toy", "toy", kAnimals, "loves to carry {V}", {"What does {N} love to carry?", "What is {N}'s favourite toy?", "Which toy does {N} love?"}, values::object},
    {"trick", "trick", kAnimals, "can {V}", {"What can {N} do?", "Which trick does {N} know?", "What trick can {N} do?"}, values::trick},
    {"came from", "origin", kAnimals | kThings, "came from {V}", {"Where did {N} come from?", "Where does {N} come from?", "Where was {N} found?"}, values::place},
    {"chip", "chip", kAnimals, "has the chip number {V}", {"What is {N}'s chip number?", "Which chip number does {N} have?", "What number is on {N}'s chip?"}, values::code},
    {"walks with", "walks with", kAnimals, "goes for walks with {V}", {"Who walks {N}?", "Who does {N} go for walks with?", "Who takes {N} for walks?"}, values::person},
    {"job", "job", kPersons, "works as {V}", {"What is {N}'s job?", "What does {N} work as?", "What does {N} do for a living?"}, values::job},
    {"workplace", "workplace", kPersons, "works at {V}", {"Where does {N} work?", "What is {N}'s workplace?", "At which place does {N} work?"}, values::place},
    {"hobby", "hobby", kPersons, "spends weekends {V}", {"What is {N}'s hobby?", "How does {N} spend weekends?", "What does {N} do at weekends?"}, values::hobby},
    {"instrument", "play", kPersons, "plays {V}", {"Which instrument does {N} play?", "What instrument does {N} play?", "What does {N} make music with?"}, values::instrument},
    {"languages", "languages", kPersons, "speaks {V}", {"Which language does {N} speak?", "What does {N} speak?", "Which languages does {N} speak?"}, values::language},
    {"from", "home", kPersons, "grew up in {V}", {"Where did {N} grow up?", "In which town did {N} grow up?", "Which town is {N} from?"}, values::town},
    {"collects", "collects", kPersons, "collects {V}", {"What does {N} collect?", "What is in {N}'s collection?", "Which things does {N} collect?"}, values::collection},
    {"drink", "drink", kPersons, "drinks {V}", {"What does {N} drink?", "What is {N}'s favourite drink?", "What does {N} like to drink?"}, values::drink},
    {"pet", "pet", kPersons, "has a pet called {V}", {"What is {N}'s pet called?", "What is the name of {N}'s pet?", "Which pet does {N} have?"}, values::nickname},
    {"team", "team", kPersons, "is a fan of the {V}", {"Which team does {N} like?", "Which team is {N} a fan of?", "What is {N}'s team?"}, values::team},
    {"shoe size", "shoe size", kPersons, "wears shoes of size {V}", {"What is {N}'s shoe size?", "Which shoe size does {N} wear?", "What size are {N}'s shoes?"}, values::size},
    {"phone", "phone", kPersons, "has the phone number {V}", {"What is {N}'s phone number?", "Which number reaches {N}?", "How can I call {N}?"}, values::code},
    {"relation", "relation", kPersons, "is {V}", {"Who is {N} to me?", "How am I related to {N}?", "How do I know {N}?"}, values::relation},
    {"price", "price", kThings, "cost {V}", {"How much did {N} cost?", "What did {N} cost?", "What was the price of {N}?"}, values::price},
    {"bought", "origin", kThings, "was bought in {V}", {"Where was {N} bought?", "In which town was {N} bought?", "Where did we buy {N}?"}, values::town},
    {"bought on", "year", kThings, "was bought on {V}", {"When was {N} bought?", "On which day was {N} bought?", "When did we buy {N}?"}, values::date},
    {"gift from", "origin", kThings, "was a gift from {V}", {"Who gave us {N}?", "Who was {N} a gift from?", "Whose gift was {N}?"}, values::person},
    {"stands", "stands", kThings, "is kept {V}", {"Where is {N} kept?", "Where do we keep {N}?", "Where is the place of {N}?"}, values::spot},
    {"made of", "made of", kThings, "is made of {V}", {"What is {N} made of?", "Which material is {N} made of?", "Of what is {N} made?"}, values::material},
    {"year", "year", kThings, "was made in {V}", {"In which year was {N} made?", "When was {N} made?", "What year is {N} from?"}, values::year},
    {"maker", "maker", kThings, "was made by {V}", {"Who made {N}?", "What is the maker of {N}?", "Which maker is {N} from?"}, values::brand},
    {"used for", "used for", kThings, "is used for {V}", {"What is {N} used for?", "What do we use {N} for?", "What is {N} good for?"}, values::use},
    {"serial number", "serial number", kThings, "has the serial number {V}", {"What is {N}'s serial number?", "Which serial number does {N} have?", "What is the serial number of {N}?"}, values::code},
    {"repaired by", "repair", kThings, "was repaired by {V}", {"Who repaired {N}?", "By whom was {N} repaired?", "Who has mended {N}?"}, values::person},
    {"lent to", "lent to", kThings, "is lent to {V}", {"Who has borrowed {N}?", "Who is {N} lent to?", "To whom did we lend {N}?"}, values::person},
    {"best before", "best before", kThings, "must be used before {V}", {"Before which day must {N} be used?", "When must {N} be used?", "How long can {N} be used?"}, values::date},
    {"note", "note", kAll, "is special because of {V}", {"Why is {N} special?", "What makes {N} special?", "What is special about {N}?"}, values::special},
};
// clang-format on

Fact draw_listed(NameKind about, Split split, Random& random) {
  const Kind& kind = any_about<Kind>(kKinds, about, random);
  Fact fact{std::string(kind.key), kind.value(split, random), {}, std::string(kind.topic), {}};
  fact.statement = "{N} " + fill_in(std::string(kind.predicate), "{V}", fact.value);
  fact.questions.assign(kind.questions.begin(), kind.questions.end());
  return fact;
}

}  // namespace

Fact draw_fact(NameKind about, Split split, Random& random) {
  return random.chance(kDeedShare) ? draw_deed(about, split, random) : draw_listed(about, split, random);
}

std::string fact_sentence(const Fact& fact, std::string_view name) {
  return fill_in(fact.statement, "{N}", name) + '.';
}

std::string fact_note(const Fact& fact) {
  std::string_view note = fact.statement;
  for (const std::string_view start : {"{N} ", "{N}'s ", "is ", "was "}) {
    if (note.starts_with(start)) note.remove_prefix(start.size());
  }
  std::string text = std::string(note) + '.';
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string fact_question(const Fact& fact, std::string_view name, Random& random) {
  return fill_in(fact.questions[random.below(fact.questions.size())], "{N}", name);
}

}  // namespace rap::dataset
