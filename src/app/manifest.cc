// SPDX-License-Identifier: Apache-2.0
#include "app/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/paths.h"
#include "core/files.h"
#include "core/hash.h"
#include "generation/prompt.h"

namespace rap {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr std::uintmax_t kMaxManifestBytes = 1'000'000;

void read_entry(const Json& json, ModelEntry& entry) {
  entry.name = json.at("name");
  entry.description = json.at("description");
  entry.licence = json.at("licence");
  entry.source = json.at("source");
  for (const auto& [role, file] : json.at("files").items()) {
    entry.files.push_back({role, file.at("path"), file.at("sha256"), file.at("bytes"), file.value("fetched_by", "")});
  }
}

PromptLayout layout_named(const std::string& word) {
  if (const auto layout = layout_of(word)) return *layout;
  throw std::invalid_argument("unknown layout '" + word + "'");
}

Manifest parse(const Json& json) {
  if (json.at("version") != kVersion) {
    throw std::invalid_argument("version " + json.at("version").dump() + " is not supported");
  }
  Manifest manifest;
  const Json& encoder = json.at("encoder");
  read_entry(encoder, manifest.encoder);
  manifest.encoder.is_default = true;
  manifest.encoder.input_side = encoder.at("input_side");
  manifest.encoder.mean = encoder.at("mean");
  manifest.encoder.scale = encoder.at("scale");
  if (const auto faces = json.find("faces"); faces != json.end()) read_entry(*faces, manifest.faces.emplace());
  if (const auto text = json.find("text"); text != json.end()) read_entry(*text, manifest.text.emplace());
  for (const Json& model : json.at("models")) {
    GeneratorEntry entry;
    read_entry(model, entry);
    entry.chat_template = model.value("chat_template", "");
    entry.layout = layout_named(model.at("layout"));
    entry.is_default = json.at("default") == entry.name;
    manifest.generators.push_back(std::move(entry));
  }
  return manifest;
}

}  // namespace

const ModelEntry::File* ModelEntry::file(std::string_view role) const {
  const auto found = std::find_if(files.begin(), files.end(), [&](const File& file) { return file.role == role; });
  return found == files.end() ? nullptr : &*found;
}

Result<Manifest> read_manifest(const Options& options) {
  const auto path = find_model_file(options, "manifest.json");
  if (!path) return Unexpected{path.error()};
  const auto content = read_file(*path, kMaxManifestBytes);
  if (!content) return Unexpected{content.error()};
  try {
    const auto* text = reinterpret_cast<const char*>(content->data());
    return parse(Json::parse(text, text + content->size()));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kCorrupt, "'" + path->string() + "' is not a manifest that rap can read: " + error.what());
  }
}

Result<std::vector<ModelEntry>> list_models(const Options& options) {
  const auto manifest = read_manifest(options);
  if (!manifest) return Unexpected{manifest.error()};
  std::vector<ModelEntry> entries{manifest->encoder};
  if (manifest->faces) entries.push_back(*manifest->faces);
  if (manifest->text) entries.push_back(*manifest->text);
  entries.insert(entries.end(), manifest->generators.begin(), manifest->generators.end());
  return entries;
}

Result<std::vector<ModelCheck>> verify_models(const Options& options) {
  const auto entries = list_models(options);
  if (!entries) return Unexpected{entries.error()};
  std::vector<ModelCheck> checks;
  for (const ModelEntry& entry : *entries) {
    for (const ModelEntry::File& file : entry.files) {
      ModelCheck check{.model = entry.name, .file = file.path, .fetched_by = file.fetched_by};
      if (const auto path = find_model_file(options, file.path)) {
        const auto sha256 = sha256_file(*path);
        check.present = true;
        check.intact = sha256 && *sha256 == file.sha256;
      }
      checks.push_back(std::move(check));
    }
  }
  return checks;
}

Result<std::filesystem::path> locate(const Options& options, const ModelEntry& entry, std::string_view role) {
  const ModelEntry::File* file = entry.file(role);
  if (file == nullptr) {
    return fail(ErrorCode::kCorrupt, "the manifest names no " + std::string(role) + " file for '" + entry.name + "'");
  }
  auto path = find_model_file(options, file->path);
  if (!path && !file->fetched_by.empty()) {
    return fail(ErrorCode::kNotFound,
                "'" + entry.name + "' needs '" + file->path + "', which is not fetched unless it is asked for: run `" +
                    file->fetched_by + "` in the checkout",
                "model");
  }
  if (!path) return path;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(*path, error);
  if (error || bytes != file->bytes) {
    return fail(ErrorCode::kCorrupt, "'" + path->string() + "' has " + std::to_string(bytes) +
                                         " bytes instead of the manifest's " + std::to_string(file->bytes) +
                                         ": fetch it again (rap models verify tells which files are damaged)");
  }
  return path;
}

}  // namespace rap
