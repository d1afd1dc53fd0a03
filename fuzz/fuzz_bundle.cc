// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>

#include "core/files.h"
#include "core/hash.h"
#include "fuzz/target.h"
#include "image/photo.h"
#include "memory/sqlite/sqlite_memory.h"
#include "rap/bundle.h"

namespace {

/// A folder of this process with one memory in it, removed at the end.
class Workplace {
 public:
  Workplace() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rap-fuzz-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    memory_ = *rap::open_sqlite_memory(folder_ / "memory.rap");
  }
  ~Workplace() {
    memory_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  [[nodiscard]] rap::Memory& memory() { return *memory_; }
  [[nodiscard]] std::filesystem::path bundle() const { return folder_ / "bundle"; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<rap::Memory> memory_;
};

Workplace& workplace() {
  static Workplace place;
  return place;
}

constexpr std::size_t kManifestBegin = 80;

/// Mutations rarely keep the manifest's checksum: put the right one in, so that they reach the
/// parser behind it.
void repair(rap::Bytes& bundle) {
  if (bundle.size() < kManifestBegin) return;
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) length |= static_cast<std::uint64_t>(bundle[8 + i]) << (8 * i);
  if (length > bundle.size() - kManifestBegin) return;
  const auto hash = rap::sha256_hex(std::span(bundle).subspan(kManifestBegin, length));
  const auto bytes = rap::as_bytes(hash);
  std::copy(bytes.begin(), bytes.end(), bundle.begin() + 16);
}

}  // namespace

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  Workplace place;
  rap::ConceptDraft draft;
  draft.name = "Bo";
  draft.aliases = {"Bolle"};
  draft.attributes = {{"age", "4"}};
  const auto photo = rap::encode_png({4, 4, std::vector<std::uint8_t>(48, 99)});
  const rap::NewView view{*photo, rap::Box{0.1F, 0.1F, 0.5F, 0.5F}, rap::Provenance::kLearnt};
  const auto exported = [&] {
    require(rap::export_bundle(place.memory(), {}, place.bundle()).has_value());
    const auto bundle = rap::read_file(place.bundle(), 1'000'000);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(bundle->data());
    return std::vector<std::uint8_t>(bytes, bytes + bundle->size());
  };
  const auto bo = place.memory().put({}, draft, {&view, 1});
  require(bo.has_value());
  const std::vector<std::uint8_t> version_1 = exported();
  rap::ConceptPatch patch;
  patch.add_views = {{*photo, std::nullopt, rap::Provenance::kLearnt, false}};
  require(place.memory().patch({}, bo->id, patch).has_value());
  return {version_1, exported()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rap::fuzz::require;
  const auto input = rap::fuzz::as_bytes(data, size);
  rap::Bytes bundle(input.begin(), input.end());
  repair(bundle);
  Workplace& place = workplace();
  require(rap::write_file(place.bundle(), bundle).has_value());
  const auto before = place.memory().revision({});
  const auto imported = rap::import_bundle(place.memory(), {}, place.bundle());
  const auto after = place.memory().revision({});
  require(before && after);
  if (!imported) {
    require(*after == *before);
    return 0;
  }
  require(*after == *before + imported->concepts);
  require(place.memory().erase({}).has_value());
  return 0;
}
