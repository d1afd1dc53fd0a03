// SPDX-License-Identifier: Apache-2.0
#include "rap/bundle.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/files.h"
#include "core/hash.h"
#include "core/new_file.h"
#include "memory/concept_json.h"
#include "memory/validate.h"

namespace rap {
namespace {

using nlohmann::json;

constexpr std::string_view kMagicFamily = "RAPBNDL";  // the digit after it is the version
constexpr int kNewestVersion = 2;
constexpr std::size_t kIntegerBytes = 8;
constexpr std::size_t kSha256Digits = 64;

/// More than 10,000 concepts at every limit of their texts.
constexpr std::uint64_t kMaxManifestBytes = 1'000'000'000;

using Integer = std::array<char, kIntegerBytes>;

Integer to_little_endian(std::uint64_t value) {
  Integer bytes{};
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xFFU);
    value >>= 8U;
  }
  return bytes;
}

void write_integer(NewFile& out, std::uint64_t value) {
  const Integer bytes = to_little_endian(value);
  out.write(as_bytes({bytes.data(), bytes.size()}));
}

std::uint64_t from_little_endian(const Integer& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
  return value;
}

Result<std::vector<Concept>> list_all(const Memory& memory, const Owner& owner) {
  ListOptions options;
  options.limit = 1000;
  std::vector<Concept> all;
  for (;;) {
    auto page = memory.list(owner, options);
    if (!page) return Unexpected{page.error()};
    if (page->empty()) return all;
    options.after_id = page->back().id;
    all.insert(all.end(), std::make_move_iterator(page->begin()), std::make_move_iterator(page->end()));
  }
}

/// All concepts at one moment: read again if the memory was changed in between.
Result<std::vector<Concept>> list_consistently(const Memory& memory, const Owner& owner) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto before = memory.revision(owner);
    if (!before) return Unexpected{before.error()};
    auto concepts = list_all(memory, owner);
    const auto after = memory.revision(owner);
    if (!after) return Unexpected{after.error()};
    if (*before != *after) continue;
    return concepts;
  }
  return fail(ErrorCode::kConflict, "the memory keeps changing while it is read; try again");
}

std::set<std::string> photos_of(std::span<const Concept> concepts) {
  std::set<std::string> photos;
  for (const Concept& subject : concepts) {
    for (const View& view : subject.views) photos.insert(view.photo);
  }
  return photos;
}

/// The oldest version that can say what these concepts hold, so that older code reads what it can.
int version_for(std::span<const Concept> concepts) {
  const bool has_counter_examples = std::ranges::any_of(
      concepts, [](const Concept& subject) { return !std::ranges::all_of(subject.views, &View::shows); });
  return has_counter_examples ? 2 : 1;
}

std::string make_magic(int version) { return std::string(kMagicFamily) + std::to_string(version); }

std::string make_manifest(int version, std::span<const Concept> concepts, const std::set<std::string>& photos) {
  json list = json::array();
  for (const Concept& subject : concepts) list.push_back(concept_to_json(subject));
  return json{{"version", version}, {"concepts", std::move(list)}, {"photos", photos}}.dump();
}

Unexpected damaged(const std::string& how) {
  return fail(ErrorCode::kCorrupt, "the bundle is damaged: " + how, "bundle");
}

/// Where a photo lies in a bundle.
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// Reads a bundle; trusts no length that it states.
class BundleReader {
 public:
  static Result<BundleReader> open(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
      return fail(ErrorCode::kNotFound, "there is no file '" + file.string() + "'");
    }
    const auto size = std::filesystem::file_size(file, error);
    if (error) return fail(ErrorCode::kIo, "cannot read '" + file.string() + "': " + error.message());
    BundleReader reader;
    reader.size_ = size;
    reader.stream_.open(file, std::ios::binary);
    if (!reader.stream_) return cannot_read(file);
    return reader;
  }

  /// Reads everything but the photos, which are only located.
  [[nodiscard]] Result<std::vector<Concept>> read_concepts() {
    auto text = read_manifest_text();
    if (!text) return Unexpected{text.error()};
    const json manifest = json::parse(*text, nullptr, false);
    if (!manifest.is_object() || manifest.value("version", json()) != version_ ||
        !manifest.value("concepts", json()).is_array() || !manifest.value("photos", json()).is_array()) {
      return damaged("the manifest does not have the form of version " + std::to_string(version_));
    }
    std::vector<Concept> concepts;
    for (const json& object : manifest["concepts"]) {
      auto subject = concept_from_json(object);
      if (!subject) return inside(element("concepts", concepts.size()), subject.error());
      concepts.push_back(*std::move(subject));
    }
    if (auto located = locate_photos(manifest["photos"]); !located) return Unexpected{located.error()};
    for (const std::string& photo : photos_of(concepts)) {
      if (!photos_.contains(photo)) return damaged("it lacks the photo of a view");
    }
    return concepts;
  }

  [[nodiscard]] Result<Bytes> read_photo(std::string_view sha256) {
    const auto found = photos_.find(sha256);
    if (found == photos_.end()) return damaged("it lacks the photo of a view");
    Bytes photo(found->second.size);
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(found->second.begin));
    if (!read_into(photo.data(), photo.size())) return damaged("it ends early");
    if (sha256_hex(photo) != sha256) return damaged("a photo does not have its sha256");
    return photo;
  }

 private:
  bool read_into(void* to, std::size_t size) {
    stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(size));
    return static_cast<bool>(stream_);
  }

  [[nodiscard]] std::uint64_t remaining() {
    const auto at = static_cast<std::uint64_t>(stream_.tellg());
    return at < size_ ? size_ - at : 0;
  }

  [[nodiscard]] Result<void> read_magic() {
    std::string magic(kMagicFamily.size() + 1, '\0');
    if (!read_into(magic.data(), magic.size()) || !magic.starts_with(kMagicFamily)) {
      return fail(ErrorCode::kCorrupt, "the file is not a bundle of rap", "bundle");
    }
    version_ = magic.back() - '0';
    if (version_ >= 1 && version_ <= kNewestVersion) return {};
    return fail(ErrorCode::kUnsupported, "the bundle has a format that this rap does not know: a newer rap made it",
                "version");
  }

  [[nodiscard]] Result<std::string> read_manifest_text() {
    if (auto magic = read_magic(); !magic) return Unexpected{magic.error()};
    Integer length{};
    std::string sha256(kSha256Digits, '\0');
    if (!read_into(length.data(), length.size()) || !read_into(sha256.data(), sha256.size())) {
      return damaged("it ends early");
    }
    const std::uint64_t size = from_little_endian(length);
    if (size > remaining() || size > kMaxManifestBytes) return damaged("its manifest is longer than the file");
    std::string text(size, '\0');
    if (!read_into(text.data(), text.size())) return damaged("it ends early");
    if (sha256_hex(as_bytes(text)) != sha256) return damaged("the manifest does not have its sha256");
    return text;
  }

  [[nodiscard]] Result<void> locate_photos(const json& list) {
    for (const json& sha256 : list) {
      Integer length{};
      if (!sha256.is_string()) return damaged("the manifest's list of photos is not one of texts");
      if (!read_into(length.data(), length.size())) return damaged("it ends early");
      const std::uint64_t size = from_little_endian(length);
      if (size > remaining() || size > Limits::kPhotoBytes)
        return damaged("a photo is longer than the file or the limit");
      const auto begin = static_cast<std::uint64_t>(stream_.tellg());
      if (!photos_.emplace(sha256.get<std::string>(), Extent{begin, size}).second) {
        return damaged("a photo is in it twice");
      }
      stream_.seekg(static_cast<std::streamoff>(begin + size));
    }
    if (remaining() > 0) return damaged("something follows its last photo");
    return {};
  }

  std::ifstream stream_;
  std::uint64_t size_ = 0;
  int version_ = 0;
  std::map<std::string, Extent, std::less<>> photos_;
};

}  // namespace

Result<TransferReport> export_bundle(const Memory& memory, const Owner& owner, const std::filesystem::path& file) {
  const auto concepts = list_consistently(memory, owner);
  if (!concepts) return Unexpected{concepts.error()};
  const std::set<std::string> photos = photos_of(*concepts);
  const int version = version_for(*concepts);
  const std::string manifest = make_manifest(version, *concepts, photos);
  NewFile out(file, Readers::kOwner);
  out.write(as_bytes(make_magic(version)));
  write_integer(out, manifest.size());
  out.write(as_bytes(sha256_hex(as_bytes(manifest))));
  out.write(as_bytes(manifest));
  for (const std::string& sha256 : photos) {
    const auto photo = memory.photo(owner, sha256);
    if (!photo) return Unexpected{photo.error()};
    if (!*photo) return fail(ErrorCode::kCorrupt, "the memory lacks the photo of a view");
    write_integer(out, (*photo)->size());
    out.write(**photo);
  }
  if (auto finished = out.finish(); !finished) return Unexpected{finished.error()};
  return TransferReport{concepts->size(), photos.size(), 0};
}

Result<TransferReport> import_bundle(Memory& memory, const Owner& owner, const std::filesystem::path& file,
                                     Merge merge) {
  auto reader = BundleReader::open(file);
  if (!reader) return Unexpected{reader.error()};
  const auto concepts = reader->read_concepts();
  if (!concepts) return Unexpected{concepts.error()};
  return memory.restore(
      owner, *concepts, [&reader](std::string_view sha256) { return reader->read_photo(sha256); }, merge);
}

}  // namespace rap
