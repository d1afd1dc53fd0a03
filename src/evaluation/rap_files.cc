// SPDX-License-Identifier: Apache-2.0
#include "evaluation/rap_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "core/files.h"
#include "core/random.h"
#include "core/text.h"

namespace rap::evaluation {
namespace {

/// Keeps the order of the file.
using Json = nlohmann::ordered_json;

constexpr std::uintmax_t kMaxFileBytes = 200'000'000;

/// Groups of every such exam, in this order.
enum Group : std::size_t { kCaptions, kRecognition, kVisualQa, kTextQa };

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// "<bo>" to "bo".
std::string without_brackets(const std::string& token) {
  const bool has_brackets = token.size() > 2 && token.front() == '<' && token.back() == '>';
  return has_brackets ? token.substr(1, token.size() - 2) : token;
}

/// A text with the placeholder of a concept's name replaced by the name, as whole words only.
std::string with_name(const std::string& text, const std::string& name) {
  std::string named;
  std::size_t done = 0;
  for (const TextSpan& span : find_name(text, "sks")) {
    named.append(text, done, span.begin - done).append(name);
    done = span.end;
  }
  return named.append(text, done);
}

/// Turns the JSON of one file into questions. Throws what nlohmann throws for another shape.
class Reader {
 public:
  explicit Reader(const RapFilesOptions& options)
      : options_(options), images_(options.images.empty() ? options.questions.parent_path() : options.images) {
    exam_.groups = {{"caption", "captions", Measure::kNames},
                    {"recognition", "recognition", Measure::kYesNo},
                    {"visual_qa", "visual questions", Measure::kChoice},
                    {"text_qa", "text questions", Measure::kChoice}};
    exam_.memories = {{.cards = {}, .rap_database = options.database}};
  }

  void read(const Json& json) {
    if (json.is_array()) {
      for (const Json& entry : json) add_recognition(entry);
      return;
    }
    for (const auto& [key, value] : json.get_ref<const Json::object_t&>()) {
      if (value.is_array()) {
        add_caption(key, value);
      } else {
        for (const auto& [inner, question] : value.get_ref<const Json::object_t&>()) add_choice(key, inner, question);
      }
    }
  }

  [[nodiscard]] Exam take() { return std::move(exam_); }

 private:
  void add_caption(const std::string& photo, const Json& concepts) {
    ExamQuestion question;
    question.group = kCaptions;
    question.task = Task::kCaption;
    question.photo = {images_ / photo};
    for (const Json& token : concepts) {
      question.expected.names.push_back(without_brackets(token.get<std::string>()));
    }
    const auto names = question.expected.names;
    add(std::move(question), names);
  }

  void add_recognition(const Json& entry) {
    const auto name = without_brackets(entry.at("concept").get<std::string>());
    ExamQuestion question;
    question.group = kRecognition;
    question.photo = {images_ / entry.at("image").get<std::string>()};
    question.question = replace_all(entry.at("question").get<std::string>(), "<image>\n", "");
    question.question = replace_all(std::move(question.question), '<' + name + '>', name);
    question.expected.yes = entry.at("correct_answer").get<bool>();
    add(std::move(question), {name});
  }

  void add_choice(const std::string& token, const std::string& key, const Json& entry) {
    const bool is_visual = entry.contains("options");
    const std::string name = without_brackets(token);
    ExamQuestion question;
    question.group = is_visual ? kVisualQa : kTextQa;
    if (is_visual) question.photo = {images_ / key};
    question.question = "Question: " + with_name(entry.at("question").get<std::string>(), name) + "\nOptions:\n";
    const auto right = entry.at("correct_answer").get<std::string>();
    for (const auto& [letter, option] : entry.at(is_visual ? "options" : "option").items()) {
      auto words = option.get<std::string>();
      question.question.append(letter).append(". ").append(words) += '\n';
      (letter == right ? question.expected.values : question.expected.not_values).push_back(std::move(words));
    }
    question.question += "Please give a single character from the options above.";
    question.expected.letter = right.at(0);
    add(std::move(question), {name});
  }

  void add(ExamQuestion question, const std::vector<std::string>& concepts) {
    if (options_.give_cards) question.given = concepts;
    exam_.questions.push_back(std::move(question));
  }

  const RapFilesOptions& options_;
  const std::filesystem::path images_;
  Exam exam_;
};

}  // namespace

Result<Exam> rap_files_exam(const RapFilesOptions& options) {
  const auto file = read_file(options.questions, kMaxFileBytes);
  if (!file) return Unexpected{file.error()};
  Reader reader(options);
  try {
    reader.read(Json::parse(reinterpret_cast<const char*>(file->data()),
                            reinterpret_cast<const char*>(file->data()) + file->size()));
  } catch (const std::exception&) {
    // The parser's own words could quote the file.
    return fail(ErrorCode::kCorrupt,
                "'" + options.questions.string() + "' is no file of questions of RAP or RePIC that is known here");
  }
  Exam exam = reader.take();
  if (exam.questions.empty()) return fail(ErrorCode::kNotFound, "'" + options.questions.string() + "' asks nothing");
  if (options.limit > 0 && exam.questions.size() > options.limit) {
    Random(options.seed).shuffle(exam.questions);
    exam.questions.resize(options.limit);
  }
  return exam;
}

}  // namespace rap::evaluation
