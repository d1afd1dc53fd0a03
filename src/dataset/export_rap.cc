// SPDX-License-Identifier: Apache-2.0
#include "dataset/export_rap.h"

#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/files.h"
#include "dataset/place_picture.h"
#include "dataset/rap_json.h"

namespace rap::dataset {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The text of one split's file while it grows: a JSON list, one conversation a line.
class ListText {
 public:
  void add(const Json& entry) {
    text_ += text_.empty() ? "[\n" : ",\n";
    text_ += entry.dump();
  }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string finish() const { return text_ + "\n]\n"; }

 private:
  std::string text_;
};

Json dataset_info(const std::array<ListText, 3>& lists) {
  Json info = Json::object();
  for (const Split split : {Split::kTrain, Split::kDev, Split::kTest}) {
    if (lists[static_cast<std::size_t>(split)].empty()) continue;
    const std::string name(split_word(split));
    info["rap_" + name] = {
        {"file_name", "llava_" + name + ".json"},
        {"formatting", "sharegpt"},
        {"columns", {{"messages", "conversations"}, {"images", "image"}}},
        {"tags", {{"role_tag", "from"}, {"content_tag", "value"}, {"user_tag", "human"}, {"assistant_tag", "gpt"}}}};
  }
  return info;
}

Result<void> write_text(const fs::path& file, const std::string& text) { return write_file(file, as_bytes(text)); }

}  // namespace

Result<std::size_t> export_rap(const fs::path& folder, const fs::path& out) {
  std::array<ListText, 3> rap;
  std::array<ListText, 3> llava;
  std::set<std::string> pictures;
  std::size_t count = 0;
  auto read = read_conversations(folder, [&](const Conversation& conversation) {
    const auto split = static_cast<std::size_t>(conversation.split);
    rap[split].add(to_rap(conversation));
    llava[split].add(to_llava(conversation));
    if (!conversation.image.empty()) pictures.insert(conversation.image);
    for (const CardRecord& card : conversation.cards) {
      if (!card.image.empty()) pictures.insert(card.image);
    }
    ++count;
    return true;
  });
  if (!read) return Unexpected{std::move(read).error()};
  for (const std::string& picture : pictures) {
    if (auto placed = place_picture(folder / picture, out / picture); !placed)
      return Unexpected{std::move(placed).error()};
  }
  std::error_code failure;
  fs::create_directories(out, failure);
  for (const Split split : {Split::kTrain, Split::kDev, Split::kTest}) {
    const auto index = static_cast<std::size_t>(split);
    if (rap[index].empty()) continue;
    const std::string name = std::string(split_word(split)) + ".json";
    if (auto written = write_text(out / ("rap_" + name), rap[index].finish()); !written)
      return Unexpected{std::move(written).error()};
    if (auto written = write_text(out / ("llava_" + name), llava[index].finish()); !written)
      return Unexpected{std::move(written).error()};
  }
  if (auto written = write_text(out / "dataset_info.json", dataset_info(llava).dump(2) + '\n'); !written)
    return Unexpected{std::move(written).error()};
  return count;
}

}  // namespace rap::dataset
