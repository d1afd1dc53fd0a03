// SPDX-License-Identifier: Apache-2.0
#include "evaluation/gallery_page.h"

#include <algorithm>
#include <utility>

#include "core/base64.h"
#include "core/files.h"
#include "core/html.h"
#include "evaluation/exam_report.h"
#include "image/photo.h"

namespace rap::evaluation {
namespace {

constexpr int kPhotoSide = 280;  ///< of a shown photo, in pixels
constexpr int kAvatarSide = 88;
constexpr int kJpegQuality = 80;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>rap eval: answers</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --right: #2a7d4f; --wrong: #b3402f; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
article { display: grid; grid-template-columns: 280px 1fr; gap: 1.1rem; padding: 1rem 0; border-top: 1px solid var(--line); }
@media (max-width: 40rem) { article { grid-template-columns: 1fr; } }
figure { margin: 0; } figure img { width: 100%; border-radius: 6px; }
.cards { display: flex; flex-wrap: wrap; gap: .6rem; margin: 0 0 .7rem; padding: 0; list-style: none; }
.cards li { display: flex; gap: .6rem; align-items: flex-start; background: var(--soft); border-radius: 6px; padding: .5rem; max-width: 24rem; }
.cards img { width: 56px; border-radius: 4px; } .cards small { display: block; opacity: .8; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem .9rem; margin: 0; }
dt { opacity: .7; } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.right { color: var(--right); } .wrong { color: var(--wrong); }
</style>
</head>
<body>
)";

/// An <img> with a small copy of the picture inside it, or nothing where there is none to show.
std::string thumbnail(const Bytes& photo, int side, std::string_view alt) {
  if (photo.empty()) return {};
  const auto image = decode_photo(photo, side);
  if (!image) return {};
  const auto jpeg = encode_jpeg(*image, kJpegQuality);
  if (!jpeg) return {};
  return "<img alt=\"" + std::string(alt) + "\" src=\"data:image/jpeg;base64," + base64(*jpeg) + "\">";
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

std::string expectation(Measure measure, const Expected& expected) {
  switch (measure) {
    case Measure::kNames:
      return expected.names.empty() ? "no name" : "says " + joined(expected.names, " and ");
    case Measure::kYesNo:
      return expected.yes ? "yes" : "no";
    case Measure::kValue:
      return joined(expected.values, " or ");
    case Measure::kChoice:
      return std::string(1, expected.letter) + ". " + joined(expected.values, " or ");
    case Measure::kCaption:
      return joined(expected.references, "\n");
    case Measure::kBox:
      return expected.box ? "its box" : "it is not there";
  }
  return {};
}

const char* heading(Sitting sitting) {
  switch (sitting) {
    case Sitting::kWithoutMemory:
      return "without memory";
    case Sitting::kUnchecked:
      return "before the check";
    case Sitting::kChecked:
      return "after the check";
  }
  return "";
}

/// Cards that were certainly given; what retrieval added is not known here.
std::string cards_html(const Exam& exam, const ExamQuestion& question) {
  if (exam.memories.empty()) return {};
  std::string html;
  const ExamMemory& memory = exam.memories[question.memory];
  for (const ExamCard& card : memory.cards) {
    const auto& given = question.given;
    if (std::find(given.begin(), given.end(), card.draft.name) == given.end()) continue;
    const auto avatar = card.avatar.empty() ? Result<Bytes>(Bytes()) : load({card.avatar});
    html += "<li>" + (avatar ? thumbnail(*avatar, kAvatarSide, "avatar") : std::string()) + "<span><b>" +
            escape_html(card.draft.name) + "</b><small>" + escape_html(card.draft.info) + "</small></span></li>\n";
  }
  if (html.empty()) {
    return "<p><small>" + std::to_string(memory.cards.size()) + " concepts in memory; retrieval chooses</small></p>\n";
  }
  return "<ul class=\"cards\">\n" + html + "</ul>\n";
}

std::string row(std::string_view term, const std::string& text, const char* style = "") {
  return "<dt>" + std::string(term) + "</dt><dd class=\"" + style + "\">" + escape_html(text) + "</dd>\n";
}

/// Whether the page colours answers of this measure.
const char* style_of(const Exam& exam, const ExamResult& result, const ExamQuestion& question,
                     const std::string& answer) {
  const Measure measure = exam.groups[question.group].measure;
  if (measure == Measure::kCaption || exam.memories.empty()) return "";
  return mark(measure, question.expected, result.memory_names[question.memory], answer).is_right ? "right" : "wrong";
}

Result<std::string> article(const Exam& exam, const ExamResult& result, std::size_t index) {
  const ExamQuestion& question = exam.questions[index];
  const auto photo = load(question.photo);
  if (!photo) return Unexpected{photo.error()};
  std::string html = "<article>\n";
  const std::string picture = thumbnail(*photo, kPhotoSide, "the photo asked about");
  html += "<figure>" + (picture.empty() ? "no photo" : picture) + "</figure>\n<div>\n" + cards_html(exam, question) +
          "<dl>\n";
  html += row("question", question.question.empty() ? "(caption)" : question.question);
  html += row("expected", expectation(exam.groups[question.group].measure, question.expected));
  for (std::size_t i = 0; i < kSittings; ++i) {
    const auto& answer = result.answers[index][i];
    if (answer) html += row(heading(static_cast<Sitting>(i)), *answer, style_of(exam, result, question, *answer));
  }
  return html + "</dl>\n</div>\n</article>\n";
}

/// The questions to show, by group: wrong answers, and captions if they are wanted.
std::vector<std::vector<std::size_t>> questions_shown(const Exam& exam, const ExamResult& result,
                                                      const GalleryPageOptions& options) {
  std::vector<std::vector<std::size_t>> candidates(exam.groups.size());
  for (const Failure& failure : failures(exam, result)) {
    candidates[exam.questions[failure.question].group].push_back(failure.question);
  }
  for (std::size_t i = 0; options.with_captions && i < result.answers.size(); ++i) {
    const std::size_t group = exam.questions[i].group;
    if (exam.groups[group].measure == Measure::kCaption) candidates[group].push_back(i);
  }
  std::vector<std::vector<std::size_t>> shown(exam.groups.size());
  std::size_t count = 0;
  for (std::size_t turn = 0, before = 1; count < options.size && before != count; ++turn) {
    before = count;
    for (std::size_t group = 0; group < candidates.size() && count < options.size; ++group) {
      if (turn >= candidates[group].size()) continue;
      shown[group].push_back(candidates[group][turn]);
      ++count;
    }
  }
  return shown;
}

}  // namespace

Result<std::string> gallery_page(const Exam& exam, const ExamResult& result, const GalleryPageOptions& options) {
  const auto shown = questions_shown(exam, result, options);
  std::string html(kHead);
  html += "<h1>Answers of rap eval</h1>\n<p>" + std::to_string(result.answers.size()) +
          " questions were asked. The cards are those that were given whatever retrieval found.</p>\n";
  for (std::size_t group = 0; group < shown.size(); ++group) {
    if (shown[group].empty()) continue;
    html += "<h2>" + escape_html(exam.groups[group].label) + "</h2>\n";
    for (const std::size_t question : shown[group]) {
      auto part = article(exam, result, question);
      if (!part) return part;
      html += *part;
    }
  }
  return html + "</body>\n</html>\n";
}

Result<void> write_gallery_page(const Exam& exam, const ExamResult& result, const GalleryPageOptions& options,
                                const std::filesystem::path& file) {
  const auto page = gallery_page(exam, result, options);
  if (!page) return Unexpected{page.error()};
  return write_file(file, as_bytes(*page));
}

}  // namespace rap::evaluation
