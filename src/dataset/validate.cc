// SPDX-License-Identifier: Apache-2.0
#include "dataset/validate.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/files.h"
#include "core/text.h"
#include "dataset/conversation.h"
#include "dataset/photo.h"
#include "image/photo.h"

namespace rap::dataset {
namespace {

constexpr std::size_t kExamples = 5;
constexpr int kDecodedToCheck = 64;  ///< small, as only the success matters

/// Whether an answer of this type tells what the photo shows without being asked for one card.
bool speaks_of_photo(const Conversation& conversation) {
  return conversation.type == TaskType::kCaption || conversation.type == TaskType::kPersonalCaption ||
         conversation.type == TaskType::kDescription;
}

/// "images/avatars/<photo>-..." and "images/<photo>.jpg" come from one photo.
std::string photo_of(const std::string& picture) {
  const std::string name = std::filesystem::path(picture).stem().string();
  return name.substr(0, name.find('-'));
}

/// Collects what is wrong with the conversations of a set.
class Inspection {
 public:
  explicit Inspection(const std::vector<PhotoRecord>& photos) {
    for (const PhotoRecord& photo : photos) {
      if (!photo.instance.empty()) keep_apart("instance", photo.instance, photo.split, photo.id);
    }
  }

  void inspect(const Conversation& conversation) {
    ++report.conversations;
    form(conversation);
    pictures_of(conversation);
    for (const CardRecord& card : conversation.cards) inspect_card(conversation, card);
    names(conversation);
    recognition(conversation);
  }

  void check_pictures(const std::filesystem::path& folder, const OnStep& on_step, bool& cancelled) {
    std::size_t done = 0;
    for (const auto& [picture, id] : pictures_) {
      if (on_step && !on_step(done++, pictures_.size())) {
        cancelled = true;
        return;
      }
      const auto bytes = read_file(folder / picture, Limits::kPhotoBytes);
      if (!bytes) {
        found("a picture is missing", id);
      } else if (!decode_photo(*bytes, kDecodedToCheck)) {
        found("a picture does not decode", id);
      }
    }
    report.pictures = pictures_.size();
  }

  ValidationReport report;

 private:
  void found(const std::string& what, const std::string& where) {
    const auto fault = std::find_if(report.faults.begin(), report.faults.end(),
                                    [&](const Fault& known) { return known.what == what; });
    Fault& entry = fault == report.faults.end() ? report.faults.emplace_back(Fault{what, 0, {}}) : *fault;
    ++entry.count;
    if (entry.examples.size() < kExamples) entry.examples.push_back(where);
  }

  void form(const Conversation& conversation) {
    if (!ids_.insert(conversation.id).second) found("an id is used twice", conversation.id);
    for (const QuestionAnswer& turn : conversation.turns) {
      if (turn.question.empty() || turn.answer.empty()) found("a question or an answer is empty", conversation.id);
    }
    // What the trainer reads once for all conversations of a context.
    std::string shared = conversation.image;
    for (const CardRecord& card : conversation.cards) {
      shared += '\n' + card.name + '\n' + card.info + '\n' + card.image + '\n' + std::to_string(card.seen);
    }
    const std::size_t hash = std::hash<std::string>()(shared);
    const auto [known, is_new] = contexts_.emplace(conversation.context, hash);
    if (!is_new && known->second != hash)
      found("conversations of one context differ in picture or cards", conversation.id);
  }

  void pictures_of(const Conversation& conversation) {
    if (!conversation.image.empty()) add_picture(conversation, conversation.image);
    for (const CardRecord& card : conversation.cards) {
      if (!card.image.empty()) add_picture(conversation, card.image);
    }
  }

  void add_picture(const Conversation& conversation, const std::string& picture) {
    if (std::filesystem::path(picture).is_absolute() || picture.find("..") != std::string::npos) {
      found("a picture lies outside the set", conversation.id);
      return;
    }
    pictures_.emplace(picture, conversation.id);
    keep_apart("photo", photo_of(picture), conversation.split, conversation.id);
  }

  void keep_apart(const char* what, const std::string& key, Split split, const std::string& where) {
    const auto [known, is_new] = splits_.emplace(std::string(what) + ' ' + key, split);
    if (!is_new && known->second != split) found(std::string("a ") + what + " is in two splits", where);
  }

  void inspect_card(const Conversation& conversation, const CardRecord& card) {
    if (card.name.empty()) found("a card has no name", conversation.id);
    if (!(card.seen >= 0.0 && card.seen <= 1.0)) found("a card's `seen` is no probability", conversation.id);
    if (card.box && !check_box(*card.box)) found("a card's box does not lie inside the photo", conversation.id);
    if (!conversation.image.empty() && !card.image.empty() && card.image == conversation.image)
      found("an avatar is the photo that is asked about", conversation.id);
    keep_apart("name", fold(card.name), conversation.split, conversation.id);
  }

  void names(const Conversation& conversation) {
    if (!speaks_of_photo(conversation)) return;
    const std::string& answer = conversation.turns.back().answer;
    for (const CardRecord& card : conversation.cards) {
      const bool named = mentions(answer, card.name);
      if (named && !card.in_photo) found("a wrong card's name is in an answer", conversation.id);
      if (!named && card.in_photo && conversation.type == TaskType::kPersonalCaption)
        found("a right card's name is not in the caption", conversation.id);
    }
  }

  void recognition(const Conversation& conversation) {
    if (conversation.type != TaskType::kRecognition) return;
    const QuestionAnswer& turn = conversation.turns.back();
    for (const CardRecord& card : conversation.cards) {
      if (!mentions(turn.question, card.name)) continue;
      if (!turn.answer.starts_with(card.in_photo ? "Yes, " : "No, ")) found("a recognition is wrong", conversation.id);
    }
  }

  std::unordered_set<std::string> ids_;
  std::unordered_map<std::string, std::size_t> contexts_;
  std::map<std::string, std::string> pictures_;  ///< with the first conversation that has it
  std::unordered_map<std::string, Split> splits_;
};

}  // namespace

Result<ValidationReport> validate(const std::filesystem::path& folder, const OnStep& on_step) {
  const auto photos = read_photos(folder);
  if (!photos) return Unexpected{photos.error()};
  Inspection inspection(*photos);
  auto read = read_conversations(folder, [&](const Conversation& conversation) {
    inspection.inspect(conversation);
    return true;
  });
  if (!read) return Unexpected{std::move(read).error()};
  bool cancelled = false;
  inspection.check_pictures(folder, on_step, cancelled);
  if (cancelled) return fail(ErrorCode::kCancelled, "stopped while pictures were checked");
  return std::move(inspection.report);
}

}  // namespace rap::dataset
