// SPDX-License-Identifier: Apache-2.0
#include "dataset/facts.h"

#include <array>
#include <span>

#include "dataset/fact_values.h"

namespace rap::dataset {
namespace {

constexpr unsigned kPersonBit = 1;
constexpr unsigned kAnimalBit = 2;
constexpr unsigned kThingBit = 4;
constexpr unsigned kLiving = kPersonBit | kAnimalBit;
constexpr unsigned kAll = kLiving | kThingBit;

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
    {"owner", "origin", kAnimalBit | kThingBit, "belongs to {V}", {"Who owns {N}?", "Whose is {N}?", "Who does {N} belong to?"}, values::person},
    {"sleeps", "sleeps", kAnimalBit, "sleeps {V}", {"Where does {N} sleep?", "Where is {N}'s bed?", "Where does {N} spend the night?"}, values::spot},
    {"favourite toy", "toy", kAnimalBit, "loves to carry {V}", {"What does {N} love to carry?", "What is {N}'s favourite toy?", "Which toy does {N} love?"}, values::object},
    {"trick", "trick", kAnimalBit, "can {V}", {"What can {N} do?", "Which trick does {N} know?", "What trick can {N} do?"}, values::trick},
    {"came from", "origin", kAnimalBit | kThingBit, "came from {V}", {"Where did {N} come from?", "Where does {N} come from?", "Where was {N} found?"}, values::place},
    {"chip", "chip", kAnimalBit, "has the chip number {V}", {"What is {N}'s chip number?", "Which chip number does {N} have?", "What number is on {N}'s chip?"}, values::code},
    {"walks with", "walks with", kAnimalBit, "goes for walks with {V}", {"Who walks {N}?", "Who does {N} go for walks with?", "Who takes {N} for walks?"}, values::person},
    {"job", "job", kPersonBit, "works as {V}", {"What is {N}'s job?", "What does {N} work as?", "What does {N} do for a living?"}, values::job},
    {"workplace", "workplace", kPersonBit, "works at {V}", {"Where does {N} work?", "What is {N}'s workplace?", "At which place does {N} work?"}, values::place},
    {"hobby", "hobby", kPersonBit, "spends weekends {V}", {"What is {N}'s hobby?", "How does {N} spend weekends?", "What does {N} do at weekends?"}, values::hobby},
    {"instrument", "play", kPersonBit, "plays {V}", {"Which instrument does {N} play?", "What instrument does {N} play?", "What does {N} make music with?"}, values::instrument},
    {"languages", "languages", kPersonBit, "speaks {V}", {"Which language does {N} speak?", "What does {N} speak?", "Which languages does {N} speak?"}, values::language},
    {"from", "home", kPersonBit, "grew up in {V}", {"Where did {N} grow up?", "In which town did {N} grow up?", "Which town is {N} from?"}, values::town},
    {"collects", "collects", kPersonBit, "collects {V}", {"What does {N} collect?", "What is in {N}'s collection?", "Which things does {N} collect?"}, values::collection},
    {"drink", "drink", kPersonBit, "drinks {V}", {"What does {N} drink?", "What is {N}'s favourite drink?", "What does {N} like to drink?"}, values::drink},
    {"pet", "pet", kPersonBit, "has a pet called {V}", {"What is {N}'s pet called?", "What is the name of {N}'s pet?", "Which pet does {N} have?"}, values::nickname},
    {"team", "team", kPersonBit, "is a fan of the {V}", {"Which team does {N} like?", "Which team is {N} a fan of?", "What is {N}'s team?"}, values::team},
    {"shoe size", "shoe size", kPersonBit, "wears shoes of size {V}", {"What is {N}'s shoe size?", "Which shoe size does {N} wear?", "What size are {N}'s shoes?"}, values::size},
    {"phone", "phone", kPersonBit, "has the phone number {V}", {"What is {N}'s phone number?", "Which number reaches {N}?", "How can I call {N}?"}, values::code},
    {"relation", "relation", kPersonBit, "is {V}", {"Who is {N} to me?", "How am I related to {N}?", "How do I know {N}?"}, values::relation},
    {"price", "price", kThingBit, "cost {V}", {"How much did {N} cost?", "What did {N} cost?", "What was the price of {N}?"}, values::price},
    {"bought", "origin", kThingBit, "was bought in {V}", {"Where was {N} bought?", "In which town was {N} bought?", "Where did we buy {N}?"}, values::town},
    {"bought on", "year", kThingBit, "was bought on {V}", {"When was {N} bought?", "On which day was {N} bought?", "When did we buy {N}?"}, values::date},
    {"gift from", "origin", kThingBit, "was a gift from {V}", {"Who gave us {N}?", "Who was {N} a gift from?", "Whose gift was {N}?"}, values::person},
    {"stands", "stands", kThingBit, "is kept {V}", {"Where is {N} kept?", "Where do we keep {N}?", "Where is the place of {N}?"}, values::spot},
    {"made of", "made of", kThingBit, "is made of {V}", {"What is {N} made of?", "Which material is {N} made of?", "Of what is {N} made?"}, values::material},
    {"year", "year", kThingBit, "was made in {V}", {"In which year was {N} made?", "When was {N} made?", "What year is {N} from?"}, values::year},
    {"maker", "maker", kThingBit, "was made by {V}", {"Who made {N}?", "What is the maker of {N}?", "Which maker is {N} from?"}, values::brand},
    {"used for", "used for", kThingBit, "is used for {V}", {"What is {N} used for?", "What do we use {N} for?", "What is {N} good for?"}, values::use},
    {"serial number", "serial number", kThingBit, "has the serial number {V}", {"What is {N}'s serial number?", "Which serial number does {N} have?", "What is the serial number of {N}?"}, values::code},
    {"repaired by", "repair", kThingBit, "was repaired by {V}", {"Who repaired {N}?", "By whom was {N} repaired?", "Who has mended {N}?"}, values::person},
    {"lent to", "lent to", kThingBit, "is lent to {V}", {"Who has borrowed {N}?", "Who is {N} lent to?", "To whom did we lend {N}?"}, values::person},
    {"best before", "best before", kThingBit, "must be used before {V}", {"Before which day must {N} be used?", "When must {N} be used?", "How long can {N} be used?"}, values::date},
    {"note", "note", kAll, "is special because of {V}", {"Why is {N} special?", "What makes {N} special?", "What is special about {N}?"}, values::special},
};
// clang-format on

std::string filled(std::string_view pattern, std::string_view mark, std::string_view text) {
  std::string result(pattern);
  if (const auto at = result.find(mark); at != std::string::npos) result.replace(at, mark.size(), text);
  return result;
}

std::vector<std::size_t> kinds_about(unsigned bit) {
  std::vector<std::size_t> kinds;
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    if ((kKinds[i].about & bit) != 0) kinds.push_back(i);
  }
  return kinds;
}

}  // namespace

const std::vector<std::size_t>& fact_kinds_of(NameKind about) {
  static const std::vector<std::size_t> kOfPerson = kinds_about(kPersonBit);
  static const std::vector<std::size_t> kOfAnimal = kinds_about(kAnimalBit);
  static const std::vector<std::size_t> kOfThing = kinds_about(kThingBit);
  switch (about) {
    case NameKind::kPerson:
      return kOfPerson;
    case NameKind::kAnimal:
      return kOfAnimal;
    case NameKind::kThing:
      return kOfThing;
  }
  return kOfThing;
}

Fact draw_fact(std::size_t kind, Split split, Random& random) {
  const Kind& chosen = kKinds[kind];
  Fact fact{kind, std::string(chosen.key), chosen.value(split, random), {}};
  fact.predicate = filled(chosen.predicate, "{V}", fact.value);
  return fact;
}

bool same_topic(std::size_t left, std::size_t right) { return kKinds[left].topic == kKinds[right].topic; }

std::string fact_sentence(const Fact& fact, std::string_view name) {
  return std::string(name) + ' ' + fact.predicate + '.';
}

std::string fact_note(const Fact& fact) {
  std::string_view note = fact.predicate;
  if (note.starts_with("is ")) note.remove_prefix(3);
  if (note.starts_with("was ")) note.remove_prefix(4);
  std::string text = std::string(note) + '.';
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string fact_question(std::size_t kind, std::string_view name, Random& random) {
  const auto& questions = kKinds[kind].questions;
  return filled(questions[random.below(questions.size())], "{N}", name);
}

}  // namespace rap::dataset
