// SPDX-License-Identifier: Apache-2.0
#include "dataset/split.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "dataset/seed.h"

namespace rap::dataset {
namespace {

std::size_t index_of(Split split) { return static_cast<std::size_t>(split); }

Split held_out(const PhotoRecord& photo, const HeldOutShare& share, std::uint64_t seed) {
  const double draw = share_of(seed, "held out " + (photo.instance.empty() ? photo.id : photo.instance));
  if (draw < share.dev) return Split::kDev;
  return draw < share.dev + share.test ? Split::kTest : Split::kTrain;
}

/// The photo that a picture of a set was made from: "images/<photo>.jpg",
/// "images/avatars/<photo>-0-1.jpg", "images/composed/<photo>-2.jpg".
std::string photo_of(const std::string& picture) {
  const std::string name = std::filesystem::path(picture).stem().string();
  return name.substr(0, name.find('-'));
}

/// The one split of all pictures of a conversation; none if they have several.
std::optional<Split> split_of_pictures(const Conversation& conversation, const std::map<std::string, Split>& splits) {
  std::optional<Split> common;
  std::vector<std::string> pictures = {conversation.image};
  for (const CardRecord& card : conversation.cards) pictures.push_back(card.image);
  for (const std::string& picture : pictures) {
    const auto known = picture.empty() ? splits.end() : splits.find(photo_of(picture));
    if (known == splits.end()) continue;
    if (common && *common != known->second) return std::nullopt;
    common = known->second;
  }
  return common ? common : conversation.split;
}

Result<void> split_conversations(const std::filesystem::path& folder, const std::vector<PhotoRecord>& photos,
                                 SplitReport& report) {
  std::map<std::string, Split> splits;
  for (const PhotoRecord& photo : photos) splits[photo.id] = photo.split;
  std::vector<Conversation> kept;
  bool changed = false;
  auto read = read_conversations(folder, [&](Conversation conversation) {
    const auto split = split_of_pictures(conversation, splits);
    changed = changed || split != conversation.split;
    if (!split) return true;
    conversation.split = *split;
    ++report.conversations[index_of(*split)];
    kept.push_back(std::move(conversation));
    return true;
  });
  if (!read) return Unexpected{std::move(read).error()};
  if (!changed) return {};
  return write_conversations(folder, kept);
}

}  // namespace

void hold_out(std::vector<PhotoRecord>& photos, const std::vector<HeldOutShare>& shares, std::uint64_t seed) {
  for (PhotoRecord& photo : photos) {
    if (photo.split != Split::kTrain) continue;
    const auto share = std::find_if(shares.begin(), shares.end(),
                                    [&](const HeldOutShare& candidate) { return candidate.source == photo.source; });
    if (share != shares.end()) photo.split = held_out(photo, *share, seed);
  }
}

Result<SplitReport> split_set(const std::filesystem::path& folder, const std::vector<HeldOutShare>& shares,
                              std::uint64_t seed) {
  auto photos = read_photos(folder);
  if (!photos) return Unexpected{photos.error()};
  hold_out(*photos, shares, seed);
  if (auto written = write_photos(folder, *photos); !written) return Unexpected{std::move(written).error()};
  SplitReport report;
  for (const PhotoRecord& photo : *photos) ++report.photos[index_of(photo.split)];
  std::error_code ignored;
  if (!std::filesystem::exists(folder / "conversations.jsonl", ignored)) return report;
  if (auto split = split_conversations(folder, *photos, report); !split) return Unexpected{std::move(split).error()};
  return report;
}

}  // namespace rap::dataset
