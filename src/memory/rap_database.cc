// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <optional>

#include "core/files.h"
#include "core/hash.h"
#include "core/ids.h"
#include "memory/validate.h"
#include "rap/bundle.h"

namespace rap {
namespace {

/// Keeps the order of the file, by which errors name entries.
using json = nlohmann::ordered_json;

constexpr std::size_t kMaxDatabaseBytes = 200'000'000;

/// Files of photos by the sha256 that they had when they were first read.
using PhotoFiles = std::map<std::string, std::filesystem::path, std::less<>>;

Unexpected wrong_form(const std::string& field) {
  return fail(ErrorCode::kCorrupt, field + " does not have the form of a RAP database", field);
}

/// The text of a member; "" if it is left out; none if it is no text.
std::optional<std::string> text_member(const json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || found->is_null()) return std::string();
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

/// "<bo>" to "bo".
std::string without_brackets(std::string token) {
  if (token.size() > 2 && token.front() == '<' && token.back() == '>') return token.substr(1, token.size() - 2);
  return token;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  if (from.empty()) return text;
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The paths of `image`: a text or a list of texts.
std::optional<std::vector<std::string>> image_paths(const json& entry) {
  std::vector<std::string> paths;
  const auto image = entry.find("image");
  if (image == entry.end() || image->is_null()) return paths;
  if (image->is_string()) {
    paths.push_back(image->get<std::string>());
    return paths;
  }
  if (!image->is_array()) return std::nullopt;
  for (const json& path : *image) {
    if (!path.is_string()) return std::nullopt;
    paths.push_back(path.get<std::string>());
  }
  return paths;
}

/// The photo beside the JSON file or in the folder above it.
std::optional<std::filesystem::path> find_photo(const std::filesystem::path& folder, const std::string& path) {
  // An absolute path takes the place of the folder.
  for (const std::filesystem::path& candidate : {folder / path, folder.parent_path() / path}) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(candidate, ignored)) return candidate;
  }
  return std::nullopt;
}

/// One import on its way: concepts in the order of the file and where their photos are.
struct Import {
  std::filesystem::path folder;
  std::vector<Concept> concepts;
  PhotoFiles photos;
  TimestampMs now = 0;
};

Result<View> read_view(Import& import, const std::string& path, const std::string& field) {
  const auto file = find_photo(import.folder, path);
  if (!file) return fail(ErrorCode::kNotFound, field + " names a photo that is not there", field);
  const auto content = read_file(*file, Limits::kPhotoBytes);
  if (!content) return fail(content.error().code, field + " names a photo that cannot be read", field);
  View view{random_id(), sha256_hex(*content), std::nullopt, Provenance::kConfirmed, import.now};
  import.photos.emplace(view.photo, *file);
  return view;
}

Result<void> read_entry(Import& import, const std::string& token, const json& entry) {
  const std::string field = element("concept_dict", import.concepts.size());
  if (!entry.is_object()) return wrong_form(field);
  const auto name = text_member(entry, "name");
  const auto category = text_member(entry, "category");
  const auto info = text_member(entry, "info");
  const auto paths = image_paths(entry);
  if (!name || !category || !info || !paths) return wrong_form(field);
  Concept subject;
  subject.id = random_id();
  subject.name = without_brackets(name->empty() ? token : *name);
  subject.category = *category;
  subject.info = replace_all(*info, token, subject.name);
  subject.created = import.now;
  subject.updated = import.now;
  for (const std::string& path : *paths) {
    auto view = read_view(import, path, field + ".image");
    if (!view) return Unexpected{view.error()};
    subject.views.push_back(*std::move(view));
  }
  import.concepts.push_back(std::move(subject));
  return {};
}

/// Memory::restore() counts from 0 in "concepts"; here these are the entries of "concept_dict".
Error renamed(Error error) {
  constexpr std::string_view kRestored = "concepts[";
  if (error.field.starts_with(kRestored)) error.field = "concept_dict[" + error.field.substr(kRestored.size());
  return error;
}

}  // namespace

Result<TransferReport> import_rap_database(Memory& memory, const Owner& owner, const std::filesystem::path& file,
                                           Merge merge) {
  const auto content = read_file(file, kMaxDatabaseBytes);
  if (!content) return Unexpected{content.error()};
  const auto* text = reinterpret_cast<const char*>(content->data());
  const json database = json::parse(text, text + content->size(), nullptr, false);
  if (!database.is_object()) return fail(ErrorCode::kCorrupt, "the file is not a JSON object");
  const auto entries = database.find("concept_dict");
  if (entries == database.end() || !entries->is_object()) return wrong_form("concept_dict");
  Import import;
  import.folder = std::filesystem::absolute(file).parent_path();
  import.now = now_ms();
  for (const auto& [token, entry] : entries->items()) {
    if (auto read = read_entry(import, token, entry); !read) return Unexpected{read.error()};
  }
  const PhotoSource photos = [&import](std::string_view sha256) {
    return read_file(import.photos.find(sha256)->second, Limits::kPhotoBytes);
  };
  auto report = memory.restore(owner, import.concepts, photos, merge);
  if (!report) return Unexpected{renamed(report.error())};
  return report;
}

}  // namespace rap
