// SPDX-License-Identifier: Apache-2.0
#include "dataset/import_rap.h"

#include <algorithm>
#include <utility>

#include "core/files.h"
#include "dataset/place_picture.h"
#include "dataset/rap_json.h"

namespace rap::dataset {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = std::uintmax_t{2} << 30;

/// Whether a path from a foreign file stays below the folder it is relative to.
bool stays_inside(const fs::path& path) {
  return !path.is_absolute() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

/// Puts a picture into the set and changes its path to the one there. False if it cannot be had.
bool adopt(std::string& picture, const fs::path& images, const fs::path& out) {
  if (picture.empty()) return true;
  if (!stays_inside(picture) || !fs::path(picture).has_filename()) return false;
  const std::string kept = picture.starts_with("images/") ? picture : "images/" + picture;
  if (!place_picture(images / picture, out / kept)) return false;
  picture = kept;
  return true;
}

bool adopt_pictures(Conversation& conversation, const fs::path& images, const fs::path& out) {
  return adopt(conversation.image, images, out) &&
         std::all_of(conversation.cards.begin(), conversation.cards.end(),
                     [&](CardRecord& card) { return adopt(card.image, images, out); });
}

}  // namespace

Result<ImportReport> import_rap(const fs::path& json, const fs::path& images, const fs::path& out) {
  const auto bytes = read_file(json, kMostBytes);
  if (!bytes) return Unexpected{bytes.error()};
  const char* begin = reinterpret_cast<const char*>(bytes->data());
  const auto list = nlohmann::ordered_json::parse(begin, begin + bytes->size(), nullptr, false);
  if (!list.is_array()) return fail(ErrorCode::kCorrupt, "'" + json.string() + "' is not a JSON list");
  ImportReport report;
  std::vector<Conversation> conversations;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto conversation = from_rap(list[i], i);
    if (conversation && adopt_pictures(*conversation, images, out)) {
      conversations.push_back(std::move(*conversation));
    } else {
      ++report.left_out;
    }
  }
  std::error_code failure;
  fs::create_directories(out, failure);
  if (auto written = write_conversations(out, conversations); !written) return Unexpected{std::move(written).error()};
  report.conversations = conversations.size();
  return report;
}

}  // namespace rap::dataset
