// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

#include "core/files.h"
#include "core/hash.h"
#include "core/text.h"
#include "dataset/describe.h"
#include "dataset/prompts.h"
#include "dataset/record_cache.h"
#include "image/photo.h"

namespace rap::dataset {
namespace {

using Json = nlohmann::json;

constexpr char kCacheFile[] = "teacher.cache";
constexpr int kAnswerTokens = 200;
constexpr int kPictureSide = 512;             ///< longest side of a picture that is sent
constexpr std::size_t kTextCharacters = 100;  ///< most of one text in an answer
constexpr std::size_t kMostAttributes = 12;

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

/// The prompt's text for a crop.
std::string question_of(const std::string& prompt, const CropRecord& crop, const PhotoRecord& photo) {
  std::string captions;
  for (const std::string& caption : photo.captions) captions += "- " + caption + '\n';
  if (!captions.empty()) captions = "People wrote about the photo:\n" + captions;
  std::string question = prompt;
  replace_all(question, "{noun}", crop.noun);
  replace_all(question, "{captions}", captions);
  return question;
}

Image shrunk(const Image& image) {
  const int side = std::max(image.width, image.height);
  if (side <= kPictureSide) return image;
  return resize(image, std::max(1, image.width * kPictureSide / side), std::max(1, image.height * kPictureSide / side));
}

/// A text of an answer: trimmed by nobody, but short and on one line.
std::optional<std::string> short_text(const Json& json) {
  if (!json.is_string()) return std::nullopt;
  auto text = json.get<std::string>();
  const auto length = count_characters(text);
  if (!length || *length == 0 || *length > kTextCharacters) return std::nullopt;
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }))
    return std::nullopt;
  return text;
}

/// A question about one crop, ready to be sent.
struct Question {
  std::string key;  ///< in the cache
  Prompt prompt;
};

/// Asks about the crops of one set.
class Lesson {
 public:
  Lesson(const std::filesystem::path& folder, const Generator& teacher, const TeacherOptions& options,
         RecordCache& cache)
      : folder_(folder), teacher_(teacher), options_(options), cache_(cache) {}

  Result<void> describe(CropRecord& crop, const PhotoRecord& photo) {
    const auto question = ask_about(crop, photo);
    if (!question) return Unexpected{question.error()};
    if (const std::string* known = cache_.find(question->key)) {
      ++report_.kept;
      read(*known, crop);
      return {};
    }
    if (report_.requests == options_.budget) {
      ++report_.unasked;
      return {};
    }
    ++report_.requests;
    if (options_.dry_run) return {};
    auto answer = answer_to(question->prompt);
    if (!answer) return Unexpected{std::move(answer).error()};
    read(*answer, crop);
    return cache_.put(question->key, *std::move(answer));
  }

  [[nodiscard]] const DescribeReport& report() const { return report_; }

 private:
  void read(const std::string& answer, CropRecord& crop) {
    ++(read_description(answer, crop) ? report_.described : report_.unreadable);
  }

  Result<Question> ask_about(const CropRecord& record, const PhotoRecord& photo) const {
    const auto file = read_file(folder_ / photo.image, Limits::kPhotoBytes);
    if (!file) return Unexpected{file.error()};
    const auto image = decode_photo(*file);
    if (!image) return Unexpected{image.error()};
    if (auto checked = check_box(record.box); !checked) return Unexpected{std::move(checked).error()};
    auto picture = teacher_.encode_picture(shrunk(crop(*image, record.box)), nullptr);
    if (!picture) return Unexpected{std::move(picture).error()};
    const std::string text =
        question_of(options_.prompt.empty() ? kDescribeCropPrompt : options_.prompt, record, photo);
    const std::string picture_key = sha256_hex(*picture);
    const auto encoded = std::make_shared<const Bytes>(*std::move(picture));
    return Question{sha256_hex(as_bytes(options_.teacher + '\n' + picture_key + '\n' + text)),
                    {{Role::kUser, {Picture{picture_key, encoded}, text}}}};
  }

  /// The teacher's answer; waits longer and longer while the server is unavailable.
  Result<std::string> answer_to(const Prompt& prompt) const {
    auto wait = options_.first_wait;
    for (int attempt = 1;; ++attempt, wait *= 2) {
      auto answer = teacher_.generate(prompt, {.max_tokens = kAnswerTokens}, {});
      if (answer) return std::move(answer->text);
      if (answer.error().code != ErrorCode::kUnavailable || attempt >= options_.attempts) {
        return Unexpected{std::move(answer).error()};
      }
      std::this_thread::sleep_for(wait);
    }
  }

  const std::filesystem::path& folder_;
  const Generator& teacher_;
  const TeacherOptions& options_;
  RecordCache& cache_;
  DescribeReport report_;
};

}  // namespace

bool read_description(const std::string& answer, CropRecord& crop) {
  const std::size_t begin = answer.find('{');
  const std::size_t end = answer.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return false;
  const Json json = Json::parse(answer.begin() + static_cast<std::ptrdiff_t>(begin),
                                answer.begin() + static_cast<std::ptrdiff_t>(end) + 1, nullptr,
                                /*allow_exceptions=*/false);
  if (!json.is_object()) return false;
  const auto category = short_text(json.value("category", Json()));
  const auto phrase = short_text(json.value("phrase", Json()));
  if (!category || !phrase) return false;
  std::map<std::string, std::string> attributes;
  const Json given = json.value("attributes", Json::object());
  if (!given.is_object() || given.size() > kMostAttributes) return false;
  for (const auto& [key, value] : given.items()) {
    if (const auto text = short_text(value); text && short_text(key)) attributes[key] = *text;
  }
  crop.category = *category;
  crop.phrase = *phrase;
  crop.attributes = std::move(attributes);
  return true;
}

Result<DescribeReport> describe_by_teacher(const std::filesystem::path& folder, const Generator& teacher,
                                           const TeacherOptions& options, const OnStep& on_step) {
  if (teacher.info().reads_features) {
    return fail(ErrorCode::kUnsupported, "this model cannot teach: it reads an encoder's maps, not pictures", "model");
  }
  const auto photos = read_photos(folder);
  if (!photos) return Unexpected{photos.error()};
  auto crops = read_crops(folder);
  if (!crops) return Unexpected{crops.error()};
  std::unordered_map<std::string, const PhotoRecord*> by_id;
  for (const PhotoRecord& photo : *photos) by_id[photo.id] = &photo;
  auto cache = RecordCache::open(folder / kCacheFile);
  if (!cache) return Unexpected{std::move(cache).error()};

  Lesson lesson(folder, teacher, options, *cache);
  for (std::size_t i = 0; i < crops->size(); ++i) {
    if (on_step && !on_step(i, crops->size())) return fail(ErrorCode::kCancelled, "describing was stopped");
    CropRecord& crop = (*crops)[i];
    const auto photo = by_id.find(crop.photo);
    if (photo == by_id.end()) {
      return fail(ErrorCode::kCorrupt, "crops.jsonl speaks of photo '" + crop.photo + "', which photos.jsonl lacks");
    }
    if (auto described = lesson.describe(crop, *photo->second); !described) {
      return Unexpected{std::move(described).error()};
    }
  }
  DescribeReport report = lesson.report();
  report.crops = crops->size();
  if (options.dry_run) return report;
  if (auto written = write_crops(folder, *crops); !written) return Unexpected{std::move(written).error()};
  return report;
}

}  // namespace rap::dataset
