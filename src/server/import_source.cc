// SPDX-License-Identifier: Apache-2.0
#include "server/import_source.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <array>
#include <fstream>
#include <map>
#include <memory>

#include "core/files.h"
#include "image/photo_name.h"
#include "rap/types.h"

namespace rap::server {
namespace {

namespace fs = std::filesystem;

constexpr char kDetails[] = "concept.json";

bool is_photo(const fs::path& file) { return !file.filename().string().starts_with('.') && has_photo_name(file); }

/// Files by the folder they lie in.
class Items {
 public:
  /// `path` is where the file lies in the source, `file` where it is now.
  void add(const fs::path& path, fs::path file) {
    Found& found = found_[path.parent_path().string()];
    if (path.filename() == kDetails) {
      found.details = std::move(file);
    } else {
      found.photos[path.filename().string()] = std::move(file);
    }
  }

  [[nodiscard]] std::vector<ImportItem> items() && {
    std::vector<ImportItem> items;
    for (auto& [folder, found] : found_) {
      ImportItem item{.name = fs::path(folder).filename().string(), .details = std::move(found.details), .photos = {}};
      for (auto& [name, file] : found.photos) item.photos.push_back({name, std::move(file)});
      items.push_back(std::move(item));
    }
    return items;
  }

 private:
  struct Found {
    fs::path details;
    std::map<std::string, fs::path> photos;
  };
  std::map<std::string, Found> found_;
};

bool is_wanted(const fs::path& path) { return path.filename() == kDetails || is_photo(path); }

Unexpected too_many(std::size_t limit) {
  return fail(ErrorCode::kTooLarge, "there are more than " + std::to_string(limit) + " files");
}

struct CloseArchive {
  void operator()(archive* open) const { archive_read_free(open); }
};
using OpenArchive = std::unique_ptr<archive, CloseArchive>;

/// Names in archives come as UTF-8 to the thread that has one of these: libarchive gives them in the locale's encoding,
/// and the locale that a program starts with has no letters but ASCII's.
class Utf8Names {
 public:
  Utf8Names() : made_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(uselocale(made_)) {}
  ~Utf8Names() {
    uselocale(before_);
    if (made_ != nullptr) freelocale(made_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t made_;  ///< null where there is no such locale; uselocale() then changes nothing
  locale_t before_;
};

/// Writes one file of an archive, and counts its bytes in `total`.
Result<void> unpack_file(archive& from, const fs::path& to, std::uint64_t limit, std::uint64_t& total) {
  std::ofstream out(to, std::ios::binary);
  std::array<char, 65'536> piece{};
  std::uint64_t size = 0;
  for (;;) {
    const la_ssize_t count = archive_read_data(&from, piece.data(), piece.size());
    if (count < 0) return fail(ErrorCode::kCorrupt, "a file in the zip file is damaged");
    if (count == 0) break;
    size += static_cast<std::uint64_t>(count);
    total += static_cast<std::uint64_t>(count);
    if (size > Limits::kPhotoBytes || total > limit) {
      return fail(ErrorCode::kTooLarge,
                  "the zip file unpacks to more than is taken: " + std::to_string(Limits::kPhotoBytes) +
                      " bytes a photo, " + std::to_string(limit) + " in all");
    }
    out.write(piece.data(), count);
  }
  out.close();
  if (!out) return fail(ErrorCode::kIo, "cannot write what is unpacked");
  return {};
}

}  // namespace

Result<std::vector<ImportItem>> find_items(const fs::path& folder, const ArchiveLimits& limits) {
  Items items;
  std::error_code error;
  std::size_t files = 0;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_symlink(ignored) || !at->is_regular_file(ignored) || !is_wanted(at->path())) continue;
    if (++files > limits.files) return too_many(limits.files);
    items.add(at->path(), at->path());
  }
  if (error) return fail(ErrorCode::kIo, "cannot read the folder: " + error.message(), "folder");
  return std::move(items).items();
}

Result<std::vector<ImportItem>> unpack_items(const fs::path& zip, const fs::path& folder, const ArchiveLimits& limits) {
  const Utf8Names names;
  const OpenArchive open(archive_read_new());
  archive_read_support_format_zip(open.get());
  constexpr std::size_t kBlock = 65'536;
  if (archive_read_open_filename(open.get(), zip.c_str(), kBlock) != ARCHIVE_OK) {
    return fail(ErrorCode::kCorrupt, "this is not a zip file", "body");
  }
  Items items;
  std::size_t files = 0;
  std::uint64_t total = 0;
  archive_entry* entry = nullptr;
  int state = archive_read_next_header(open.get(), &entry);
  for (; state == ARCHIVE_OK || state == ARCHIVE_WARN; state = archive_read_next_header(open.get(), &entry)) {
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG || !is_wanted(name)) continue;
    if (++files > limits.files) return too_many(limits.files);
    const fs::path file = folder / (std::to_string(files) + lower_extension(name));
    if (auto unpacked = unpack_file(*open, file, limits.bytes, total); !unpacked) return Unexpected{unpacked.error()};
    items.add(name, file);
  }
  if (state != ARCHIVE_EOF) return fail(ErrorCode::kCorrupt, "this is not a zip file, or it is damaged", "body");
  return std::move(items).items();
}

}  // namespace rap::server
