// SPDX-License-Identifier: Apache-2.0
#include "dataset/source_files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "core/files.h"
#include "core/text.h"
#include "dataset/pattern.h"
#include "dataset/text_lines.h"
#include "image/photo_name.h"

namespace rap::dataset {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kListBytes = std::uintmax_t{4} << 30;  ///< of a file of captions, names or conversations

constexpr std::pair<SourceKind, std::string_view> kKinds[] = {{SourceKind::kCaptions, "captions"},
                                                              {SourceKind::kCategories, "categories"},
                                                              {SourceKind::kInstances, "instances"},
                                                              {SourceKind::kRap260k, "rap260k"},
                                                              {SourceKind::kLlava, "llava"}};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool is_wanted(const Source& source, const std::string& path) {
  const auto matches = [&](const std::string& pattern) { return matches_pattern(path, pattern); };
  if (std::any_of(source.exclude.begin(), source.exclude.end(), matches)) return false;
  return source.include.empty() || std::any_of(source.include.begin(), source.include.end(), matches);
}

/// A name from outside leads to a file inside the folder only.
bool stays_inside(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  return std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

/// "water_lilly" -> "water lilly", "dog2" -> "dog", "Oatly-Oat-Milk" -> "oatly oat milk"
std::string in_words(const std::string& folder) {
  std::string text = lower(folder);
  for (char& c : text) {
    if (c == '_' || c == '-' || c == '.') c = ' ';
  }
  while (!text.empty() && (std::isdigit(static_cast<unsigned char>(text.back())) != 0 || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

/// Photos by path.
using Listing = std::map<std::string, NamedPhoto>;

Result<Listing> list_captioned(const Source& source) {
  if (source.captions.empty()) {
    return fail(ErrorCode::kInvalidArgument, "source '" + source.name + "' names no file of captions", "captions");
  }
  auto lines = read_text_lines(source.captions);
  if (!lines) return Unexpected{std::move(lines).error()};
  Listing photos;
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const std::string& line = (*lines)[i];
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || tab == 0 || !count_characters(line)) {
      return fail(ErrorCode::kCorrupt, "'" + source.captions.filename().string() + "', filled line " +
                                           std::to_string(i + 1) + ": not `file<TAB>caption` in UTF-8");
    }
    const std::string path = line.substr(0, tab);
    if (!stays_inside(path)) continue;
    photos[path].captions.push_back(line.substr(tab + 1));
  }
  return photos;
}

Result<Listing> list_folders(const Source& source) {
  Listing photos;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(source.folder, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!entry->is_regular_file() || !has_photo_name(entry->path())) continue;
    const fs::path path = entry->path().lexically_relative(source.folder);
    if (std::distance(path.begin(), path.end()) < 2) continue;  // it lies in no folder of its own
    const std::string folder = path.begin()->string();
    NamedPhoto& photo = photos[path.generic_string()];
    const auto named = source.categories.find(folder);
    photo.category = named != source.categories.end() ? named->second : in_words(folder);
    if (source.kind == SourceKind::kInstances) photo.instance = source.name + "/" + folder;
  }
  if (error) return fail(ErrorCode::kIo, "cannot list '" + source.folder.string() + "': " + error.message());
  return photos;
}

Result<Listing> list_conversations(const Source& source) {
  if (source.json.empty()) {
    return fail(ErrorCode::kInvalidArgument, "source '" + source.name + "' names no file of conversations", "json");
  }
  auto bytes = read_file(source.json, kListBytes);
  if (!bytes) return Unexpected{std::move(bytes).error()};
  const char* begin = reinterpret_cast<const char*>(bytes->data());
  const auto json = nlohmann::json::parse(begin, begin + bytes->size(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_array()) {
    return fail(ErrorCode::kCorrupt, "'" + source.json.filename().string() + "' is not a JSON list");
  }
  Listing photos;
  const auto add = [&](const nlohmann::json& name) {
    if (name.is_string() && stays_inside(name.get<std::string>())) photos[name.get<std::string>()];
  };
  for (const auto& conversation : json) {
    if (!conversation.is_object() || !conversation.contains("image")) continue;
    const auto& image = conversation["image"];
    if (image.is_array())
      std::for_each(image.begin(), image.end(), add);
    else
      add(image);
  }
  return photos;
}

Result<Listing> list_by_kind(const Source& source) {
  switch (source.kind) {
    case SourceKind::kCaptions:
      return list_captioned(source);
    case SourceKind::kCategories:
    case SourceKind::kInstances:
      return list_folders(source);
    case SourceKind::kRap260k:
    case SourceKind::kLlava:
      return list_conversations(source);
  }
  return fail(ErrorCode::kInternal, "a source of unknown kind");
}

/// Says which split a photo of a source belongs to.
class Splitter {
 public:
  explicit Splitter(const Source& source) : source_(source) {}

  Result<void> read_lists() {
    const std::pair<const fs::path*, Split> lists[] = {
        {&source_.train_list, Split::kTrain}, {&source_.dev_list, Split::kDev}, {&source_.test_list, Split::kTest}};
    for (const auto& [file, split] : lists) {
      if (file->empty()) continue;
      auto names = read_text_lines(*file);
      if (!names) return Unexpected{std::move(names).error()};
      for (std::string& name : *names) listed_[std::move(name)] = split;
    }
    return {};
  }

  [[nodiscard]] Split split_of(const std::string& path) const {
    if (const auto listed = listed_.find(path); listed != listed_.end()) return listed->second;
    const std::string name = fs::path(path).filename().string();
    if (source_.split_by_prefix) {
      if (name.starts_with("train_")) return Split::kTrain;
      if (name.starts_with("val_")) return Split::kDev;
      if (name.starts_with("test_")) return Split::kTest;
    }
    return source_.otherwise;
  }

 private:
  const Source& source_;
  std::unordered_map<std::string, Split> listed_;
};

}  // namespace

std::string_view source_word(SourceKind kind) {
  for (const auto& [known, word] : kKinds) {
    if (known == kind) return word;
  }
  return {};
}

std::optional<SourceKind> source_kind_of(std::string_view word) {
  for (const auto& [kind, known] : kKinds) {
    if (known == word) return kind;
  }
  return std::nullopt;
}

Result<std::vector<NamedPhoto>> list_photos(const Source& source) {
  if (!fs::is_directory(source.folder)) {
    return fail(ErrorCode::kNotFound, "source '" + source.name + "': no folder '" + source.folder.string() + "'");
  }
  Splitter splitter(source);
  if (auto read = splitter.read_lists(); !read) return Unexpected{std::move(read).error()};
  auto listing = list_by_kind(source);
  if (!listing) return Unexpected{std::move(listing).error()};
  std::vector<NamedPhoto> photos;
  for (auto& [path, photo] : *listing) {
    if (!is_wanted(source, path)) continue;
    photo.original = path;
    photo.split = splitter.split_of(path);
    photos.push_back(std::move(photo));
  }
  return photos;
}

}  // namespace rap::dataset
