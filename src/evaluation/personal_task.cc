// SPDX-License-Identifier: Apache-2.0
#include "evaluation/personal_task.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "core/random.h"
#include "dataset/names_pool.h"

namespace rap::evaluation {
namespace {

using Subjects = std::vector<std::size_t>;

constexpr std::array<std::string_view, 24> kOnsets{"b", "br", "d",  "dr", "f", "gr", "h", "j",  "k", "kl", "l", "m",
                                                   "n", "p",  "qu", "r",  "s", "sk", "t", "tr", "v", "w",  "y", "z"};
constexpr std::array<std::string_view, 8> kMiddles{"av", "el", "im", "on", "ub", "az", "ir", "ov"};
constexpr std::array<std::string_view, 10> kEndings{"adi", "ek",  "ilo", "oma", "ulf",
                                                    "ara", "ent", "iko", "orn", "ush"};

constexpr std::array<std::string_view, 24> kCities{"Lisbon",  "Oslo",   "Kyoto",   "Lima",    "Cairo",  "Quito",
                                                   "Riga",    "Dublin", "Hanoi",   "Porto",   "Turin",  "Nairobi",
                                                   "Vilnius", "Havana", "Zagreb",  "Muscat",  "Bergen", "Sevilla",
                                                   "Antwerp", "Gdansk", "Toronto", "Chennai", "Wuhan",  "Perth"};
constexpr std::array<std::string_view, 20> kFinders{"Greta",  "Ahmed",  "Ingrid", "Tomas",  "Leila",  "Oscar", "Yuki",
                                                    "Farah",  "Viktor", "Nadia",  "Pablo",  "Sigrid", "Kwame", "Elena",
                                                    "Dmitri", "Priya",  "Hugo",   "Saskia", "Amara",  "Bruno"};

/// One subject of one draw.
struct Drawn {
  std::string name;
  std::string category;
  std::string city;  ///< it travelled to
  std::string finder;
  std::string year;  ///< it won a prize in
  std::filesystem::path avatar;
  std::vector<std::filesystem::path> asked;
};

ExamCard card_of(const Drawn& subject) {
  ExamCard card{.draft = {}, .avatar = subject.avatar};
  card.draft.name = subject.name;
  card.draft.category = subject.category;
  // One fact a sentence, so that quoting a sentence answers one question and quoting all answers none.
  card.draft.info = subject.name + " was found by " + subject.finder + ". " + subject.name + " travelled to " +
                    subject.city + " last summer. " + subject.name + " won a prize in " + subject.year + ".";
  return card;
}

/// A question that the card of a subject answers. None of these facts is one of those that `rap dataset`
/// makes training cards of.
struct FactQuestion {
  std::string question;
  Expected expected;
};

FactQuestion fact_of(const Drawn& subject, std::size_t which) {
  const std::array<FactQuestion, 3> facts{
      FactQuestion{"Where did " + subject.name + " travel last summer?", {.values = {subject.city}}},
      FactQuestion{"Who found " + subject.name + "?", {.values = {subject.finder}}},
      FactQuestion{"In which year did " + subject.name + " win a prize?", {.values = {subject.year}}}};
  FactQuestion chosen = facts[which % facts.size()];
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (i != which % facts.size()) chosen.expected.not_values.push_back(facts[i].expected.values.front());
  }
  return chosen;
}

/// The subjects of one draw: names and facts distinct, so that no answer is right by accident.
std::vector<Drawn> draw_subjects(const PhotoFolder& folder, std::uint64_t seed) {
  Random random(seed);
  const auto names = made_names(folder.subjects.size(), seed);
  std::vector<std::string_view> cities(kCities.begin(), kCities.end());
  std::vector<std::string_view> finders(kFinders.begin(), kFinders.end());
  random.shuffle(cities);
  random.shuffle(finders);
  std::vector<Drawn> subjects(folder.subjects.size());
  for (const PhotoFile& photo : folder.photos) subjects[photo.subject].asked.push_back(photo.path);
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    Drawn& subject = subjects[i];
    subject.name = names[i % names.size()];
    subject.category = category_of(folder.subjects[i]);
    subject.city = cities[i % cities.size()];
    subject.finder = finders[i % finders.size()];
    subject.year = std::to_string(1951 + random.below(70));
    random.shuffle(subject.asked);
    subject.avatar = subject.asked.back();
    subject.asked.pop_back();
  }
  return subjects;
}

/// All held-out names with one of these middles.
std::vector<std::string> names_with(const std::vector<std::string>& middles) {
  std::vector<std::string> names;
  for (const std::string_view onset : kOnsets) {
    for (const std::string& middle : middles) {
      for (const std::string_view ending : kEndings) {
        std::string name = std::string(onset).append(middle).append(ending);
        name[0] = static_cast<char>(name[0] - 'a' + 'A');
        if (dataset::split_of_name(name) == dataset::Split::kTest) names.push_back(std::move(name));
      }
    }
  }
  return names;
}

/// Collects the questions of all draws.
class Drawer {
 public:
  explicit Drawer(const PersonalOptions& options) : options_(options), random_(options.seed) {
    exam_.groups = personal_groups();
    asked_.resize(exam_.groups.size());
  }

  void add_draw(const PhotoFolder& folder, std::uint64_t seed) {
    subjects_ = draw_subjects(folder, seed);
    memory_of_.clear();
    halves_ = all_but({});
    random_.shuffle(halves_);
    struct Asked {
      std::size_t subject;
      std::filesystem::path photo;
    };
    std::vector<Asked> photos;
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      for (const auto& photo : subjects_[i].asked) photos.push_back({i, photo});
    }
    random_.shuffle(photos);
    for (const Asked& asked : photos) add_photo(asked.subject, {asked.photo});
  }

  [[nodiscard]] Exam take() { return std::move(exam_); }

 private:
  void add_photo(std::size_t subject, const ExamPhoto& photo) {
    const Subjects others = drawn_others(subject, 3);
    const Subjects first_other(others.begin(), others.begin() + 1);
    add_caption("right_card", photo, {subject}, {subject});
    add_caption("right_card_of_2", photo, with(subject, first_other), {subject});
    add_caption("right_card_of_4", photo, with(subject, others), {subject});
    add_caption("wrong_card", photo, first_other, {});
    add_caption("wrong_cards_3", photo, others, {});
    if (const auto double_of = look_alike(subject)) add_caption("look_alike_card", photo, {*double_of}, {});
    add_pair(subject, photo);
    add_by_retrieval("all_known", photo, all_but({}), {subject});
    add_by_retrieval("not_known", photo, half_without(subject), {});
    add_recognition(subject, photo, others.front());
    add_questions(subject, photo);
  }

  /// A caption with the cards of all `remembered` subjects.
  void add_caption(std::string_view group, const ExamPhoto& photo, Subjects remembered, const Subjects& shown) {
    ExamQuestion question = caption(photo, shown);
    random_.shuffle(remembered);
    question.given = names_of(remembered);
    add(group, std::move(question), std::move(remembered));
  }

  void add_by_retrieval(std::string_view group, const ExamPhoto& photo, Subjects remembered, const Subjects& shown) {
    add(group, caption(photo, shown), std::move(remembered));
  }

  void add_pair(std::size_t subject, const ExamPhoto& photo) {
    const std::size_t other = drawn_others(subject, 1).front();
    const auto& photos = subjects_[other].asked;
    add_caption("pair", {photo.front(), photos[random_.below(photos.size())]}, {subject, other}, {subject, other});
  }

  void add_recognition(std::size_t subject, const ExamPhoto& photo, std::size_t other) {
    for (const std::size_t asked : {subject, other}) {
      ExamQuestion question;
      question.photo = photo;
      question.question = "Is " + subjects_[asked].name + " in the image?";
      question.given = {subjects_[asked].name};
      question.expected.yes = asked == subject;
      add("recognition", std::move(question), {asked});
    }
  }

  void add_questions(std::size_t subject, const ExamPhoto& photo) {
    const Drawn& drawn = subjects_[subject];
    for (const bool with_photo : {true, false}) {
      FactQuestion fact = fact_of(drawn, random_.below(3));
      ExamQuestion question;
      if (with_photo) question.photo = photo;
      question.question = std::move(fact.question);
      question.given = {drawn.name};
      question.expected = std::move(fact.expected);
      add(with_photo ? "text_qa_photo" : "text_qa", std::move(question), {subject});
    }
    ExamQuestion visual;
    visual.photo = photo;
    visual.question = "What is " + drawn.name + "?";
    visual.given = {drawn.name};
    visual.expected.values = {kind_of(drawn.category)};  // says more who says the whole category
    add("visual_qa", std::move(visual), {subject});
  }

  [[nodiscard]] ExamQuestion caption(const ExamPhoto& photo, const Subjects& shown) const {
    ExamQuestion question;
    question.task = Task::kCaption;
    question.photo = photo;
    question.expected.names = names_of(shown);
    return question;
  }

  /// Adds a question of a group unless the group is full or not wanted.
  void add(std::string_view key, ExamQuestion question, Subjects remembered) {
    const auto& groups = exam_.groups;
    const auto group = static_cast<std::size_t>(
        std::find_if(groups.begin(), groups.end(), [&](const ExamGroup& one) { return one.key == key; }) -
        groups.begin());
    const auto& wanted = options_.groups;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), key) == wanted.end()) return;
    // A group of yes and no questions gets as many of each.
    auto& asked = asked_[group][question.expected.yes];
    const std::size_t limit = groups[group].measure == Measure::kYesNo ? (options_.limit + 1) / 2 : options_.limit;
    if (options_.limit > 0 && asked >= limit) return;
    ++asked;
    question.group = group;
    question.memory = memory_of(std::move(remembered));
    exam_.questions.push_back(std::move(question));
  }

  /// The memory that holds just these subjects.
  std::size_t memory_of(Subjects remembered) {
    std::sort(remembered.begin(), remembered.end());
    const auto [known, is_new] = memory_of_.try_emplace(remembered, exam_.memories.size());
    if (is_new) {
      ExamMemory memory;
      for (const std::size_t subject : remembered) memory.cards.push_back(card_of(subjects_[subject]));
      exam_.memories.push_back(std::move(memory));
    }
    return known->second;
  }

  [[nodiscard]] Subjects all_but(const Subjects& left_out) const {
    Subjects all;
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      if (std::find(left_out.begin(), left_out.end(), i) == left_out.end()) all.push_back(i);
    }
    return all;
  }

  /// At most `count` random subjects that are not this one: the same for all photos of the subject, so
  /// that memories can be used again.
  [[nodiscard]] Subjects drawn_others(std::size_t subject, std::size_t count) const {
    Subjects others = all_but({subject});
    Random(options_.seed + 7 * subject + count).shuffle(others);
    others.resize(std::min(others.size(), count));
    return others;
  }

  [[nodiscard]] std::optional<std::size_t> look_alike(std::size_t subject) const {
    const std::string kind = kind_of(subjects_[subject].category);
    for (const std::size_t other : drawn_others(subject, subjects_.size())) {
      if (kind_of(subjects_[other].category) == kind) return other;
    }
    return std::nullopt;
  }

  [[nodiscard]] Subjects half_without(std::size_t subject) const {
    const auto middle = halves_.begin() + static_cast<std::ptrdiff_t>(halves_.size() / 2);
    const bool in_first = std::find(halves_.begin(), middle, subject) != middle;
    return in_first ? Subjects(middle, halves_.end()) : Subjects(halves_.begin(), middle);
  }

  [[nodiscard]] static Subjects with(std::size_t subject, Subjects others) {
    others.push_back(subject);
    return others;
  }

  [[nodiscard]] std::vector<std::string> names_of(const Subjects& subjects) const {
    std::vector<std::string> names;
    for (const std::size_t subject : subjects) names.push_back(subjects_[subject].name);
    return names;
  }

  const PersonalOptions& options_;
  Random random_;
  Exam exam_;
  std::vector<std::array<std::size_t, 2>> asked_;  ///< questions of each group, by Expected::yes
  std::vector<Drawn> subjects_;                    ///< of the present draw
  Subjects halves_;                                ///< in random order
  std::map<Subjects, std::size_t> memory_of_;      ///< of the present draw
};

}  // namespace

const std::vector<ExamGroup>& personal_groups() {
  static const std::vector<ExamGroup> kGroups{{"right_card", "right card", Measure::kNames},
                                              {"right_card_of_2", "right card among 2", Measure::kNames},
                                              {"right_card_of_4", "right card among 4", Measure::kNames},
                                              {"wrong_card", "1 wrong card", Measure::kNames},
                                              {"wrong_cards_3", "3 wrong cards", Measure::kNames},
                                              {"look_alike_card", "1 look-alike's card", Measure::kNames},
                                              {"pair", "two in one photo", Measure::kNames},
                                              {"all_known", "all remembered, retrieval chooses", Measure::kNames},
                                              {"not_known", "not remembered, retrieval chooses", Measure::kNames},
                                              {"recognition", "is it in the image", Measure::kYesNo},
                                              {"text_qa_photo", "card questions, with a photo", Measure::kValue},
                                              {"text_qa", "card questions, no photo", Measure::kValue},
                                              {"visual_qa", "what is it", Measure::kValue}};
  return kGroups;
}

std::string category_of(std::string_view folder) {
  std::string category(folder);
  while (!category.empty() && category.back() >= '0' && category.back() <= '9') category.pop_back();
  std::replace_if(
      category.begin(), category.end(), [](char c) { return c == '_' || c == '-'; }, ' ');
  return category;
}

std::string kind_of(std::string_view category) {
  const std::size_t space = category.rfind(' ');
  return std::string(space == std::string_view::npos ? category : category.substr(space + 1));
}

std::vector<std::string> made_names(std::size_t count, std::uint64_t seed) {
  std::vector<std::string> middles(kMiddles.begin(), kMiddles.end());
  std::vector<std::string> names = names_with(middles);
  if (names.size() < count) {
    std::vector<std::string> longer;
    for (const std::string& first : middles) {
      for (const std::string& second : middles) longer.push_back(first + second);
    }
    const auto more = names_with(longer);
    names.insert(names.end(), more.begin(), more.end());
  }
  Random(seed).shuffle(names);
  names.resize(std::min(names.size(), count));
  return names;
}

Exam personal_exam(const PhotoFolder& folder, const PersonalOptions& options) {
  Drawer drawer(options);
  for (std::size_t i = 0; i < options.draws; ++i) drawer.add_draw(folder, options.seed + i);
  return drawer.take();
}

}  // namespace rap::evaluation
