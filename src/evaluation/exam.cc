// SPDX-License-Identifier: Apache-2.0
#include "evaluation/exam.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>
#include <utility>

#include "core/files.h"
#include "core/text.h"
#include "evaluation/side_by_side.h"
#include "image/photo.h"
#include "rap/bundle.h"

namespace rap::evaluation {
namespace {

Unexpected about(const std::filesystem::path& file, Error error) {
  error.message = "'" + file.string() + "': " + error.message;
  return Unexpected{std::move(error)};
}

/// The names and ids of the concepts that one memory holds.
struct FilledMemory {
  Owner owner;
  std::vector<std::string> names;
  std::map<std::string, std::string> id_of_name;  ///< by folded name
};

/// One exam on its way.
class Session {
 public:
  Session(Assistant& assistant, const Exam& exam, const ExamOptions& options)
      : assistant_(assistant), exam_(exam), options_(options), memories_(exam.memories.size()) {
    result_.memory_names.resize(exam.memories.size());
  }

  Result<ExamResult> run(const OnQuestion& on_question) {
    for (const ExamQuestion& question : exam_.questions) {
      auto answers = ask_all_ways(question);
      if (!answers) return Unexpected{answers.error()};
      result_.answers.push_back(std::move(*answers));
      if (on_question && !on_question()) break;
    }
    result_.is_complete = result_.answers.size() == exam_.questions.size();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool wants(Sitting sitting) const {
    return std::find(options_.sittings.begin(), options_.sittings.end(), sitting) != options_.sittings.end();
  }

  Result<ExamAnswers> ask_all_ways(const ExamQuestion& question) {
    ExamAnswers answers;
    const auto keep = [&](Sitting sitting, std::string text) {
      answers[static_cast<std::size_t>(sitting)] = std::move(text);
    };
    if (wants(Sitting::kWithoutMemory)) {
      auto text = ask_without_memory(question);
      if (!text) return Unexpected{text.error()};
      keep(Sitting::kWithoutMemory, std::move(*text));
    }
    bool is_clean = false;
    if (wants(Sitting::kUnchecked)) {
      auto answer = ask_with_memory(question, false);
      if (!answer) return Unexpected{answer.error()};
      // The check lets an answer without a wrong name pass as it is: it need not be generated twice.
      is_clean = answer->name_report.missing.empty() && answer->name_report.foreign.empty();
      keep(Sitting::kUnchecked, std::move(answer->text));
    }
    if (wants(Sitting::kChecked)) {
      if (is_clean) {
        keep(Sitting::kChecked, *answers[static_cast<std::size_t>(Sitting::kUnchecked)]);
      } else {
        auto answer = ask_with_memory(question, true);
        if (!answer) return Unexpected{answer.error()};
        keep(Sitting::kChecked, std::move(answer->text));
      }
    }
    return answers;
  }

  Result<std::string> ask_without_memory(const ExamQuestion& question) {
    std::string said_before;
    for (const Turn& turn : question.turns) said_before += turn.question + '\n' + turn.answer + '\n';
    const auto key = std::tuple(question.photo, question.task, said_before + question.question);
    if (const auto known = without_memory_.find(key); known != without_memory_.end()) return known->second;
    auto request = request_for(question);
    if (!request) return Unexpected{request.error()};
    request->use_memory = false;
    const auto answer = ask(Owner{}, *request);
    if (!answer) return Unexpected{answer.error()};
    without_memory_[key] = answer->text;
    return answer->text;
  }

  Result<Answer> ask_with_memory(const ExamQuestion& question, bool check_names) {
    const auto memory = filled(question.memory);
    if (!memory) return Unexpected{memory.error()};
    auto request = request_for(question);
    if (!request) return Unexpected{request.error()};
    for (const std::string& name : question.given) {
      const auto id = (*memory)->id_of_name.find(fold(name));
      if (id != (*memory)->id_of_name.end()) request->card_ids.push_back(id->second);
    }
    request->check_names = check_names;
    return ask((*memory)->owner, *request);
  }

  /// The request without cards; its photo lies in photo_.
  Result<AskRequest> request_for(const ExamQuestion& question) {
    if (!question.photo.empty() && question.photo != photo_of_) {
      auto photo = load(question.photo);
      if (!photo) return Unexpected{photo.error()};
      photo_ = std::move(*photo);
      photo_of_ = question.photo;
    }
    AskRequest request;
    request.task = question.task;
    if (!question.photo.empty()) request.photos = {photo_};
    request.question = question.question;
    request.turns = question.turns;
    request.recognize = options_.recognize;
    request.generate = options_.generate;
    return request;
  }

  Result<Answer> ask(const Owner& owner, const AskRequest& request) {
    const auto start = std::chrono::steady_clock::now();
    auto answer = assistant_.ask(owner, request, {});
    result_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++result_.asked;
    return answer;
  }

  Result<const FilledMemory*> filled(std::size_t index) {
    auto& memory = memories_[index];
    if (!memory) {
      auto fresh = fill(exam_.memories[index], Owner{"exam-" + std::to_string(index)});
      if (!fresh) return Unexpected{fresh.error()};
      memory = std::move(*fresh);
      result_.memory_names[index] = memory->names;
    }
    return &*memory;
  }

  Result<FilledMemory> fill(const ExamMemory& content, const Owner& owner) {
    for (const ExamCard& card : content.cards) {
      if (auto stored = remember(card, owner); !stored) return Unexpected{stored.error()};
    }
    if (!content.rap_database.empty()) {
      const auto report = import_rap_database(assistant_.memory(), owner, content.rap_database);
      if (!report) return Unexpected{report.error()};
    }
    FilledMemory memory{.owner = owner, .names = {}, .id_of_name = {}};
    constexpr std::size_t kPage = 1000;
    std::string last;
    while (true) {
      const auto page = assistant_.memory().list(owner, {.after_id = last, .limit = kPage});
      if (!page) return Unexpected{page.error()};
      for (const Concept& known : *page) {
        memory.names.push_back(known.name);
        memory.id_of_name[fold(known.name)] = known.id;
      }
      if (page->size() < kPage) return memory;
      last = page->back().id;
    }
  }

  Result<void> remember(const ExamCard& card, const Owner& owner) {
    Bytes photo;
    std::vector<NewView> views;
    if (!card.avatar.empty()) {
      auto file = load({card.avatar});
      if (!file) return Unexpected{file.error()};
      photo = std::move(*file);
      views.push_back({.photo = photo, .box = {}});
    }
    const auto stored = assistant_.remember(owner, card.draft, views);
    if (!stored) return card.avatar.empty() ? Unexpected{stored.error()} : about(card.avatar, stored.error());
    return {};
  }

  Assistant& assistant_;
  const Exam& exam_;
  const ExamOptions& options_;
  std::vector<std::optional<FilledMemory>> memories_;
  std::map<std::tuple<ExamPhoto, Task, std::string>, std::string> without_memory_;
  ExamPhoto photo_of_;  ///< the photo that photo_ holds: questions about one photo stand together
  Bytes photo_;
  ExamResult result_;
};

}  // namespace

Result<Bytes> load(const ExamPhoto& photo) {
  if (photo.empty()) return Bytes();
  if (photo.size() == 1) return read_file(photo.front(), Limits::kPhotoBytes);
  const auto composed = side_by_side(photo[0], photo[1]);
  if (!composed) return Unexpected{composed.error()};
  return encode_jpeg(*composed);
}

const char* to_word(Sitting sitting) noexcept {
  switch (sitting) {
    case Sitting::kWithoutMemory:
      return "without_memory";
    case Sitting::kUnchecked:
      return "before_check";
    case Sitting::kChecked:
      return "after_check";
  }
  return "";
}

Result<ExamResult> sit(Assistant& assistant, const Exam& exam, const ExamOptions& options,
                       const OnQuestion& on_question) {
  return Session(assistant, exam, options).run(on_question);
}

}  // namespace rap::evaluation
