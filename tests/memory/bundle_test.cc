// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>

#include "core/files.h"
#include "core/hash.h"
#include "rap/bundle.h"
#include "tests/memory/store.h"

namespace rap {
namespace {

using testing::draft_named;
using testing::expect_error;
using testing::must;
using testing::photo_file;

class BundleTest : public testing::StoreTest {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "memory.bundle"; }

  /// Three concepts, four views, three photos.
  void fill() {
    const Bytes first = photo_file(1), second = photo_file(2), third = photo_file(3);
    ConceptDraft bo = draft_named("Bo");
    bo.aliases = {"Bolle"};
    bo.category = "dog";
    bo.info = "Afraid of\nvacuum cleaners \"loud ones\" 旺";
    bo.attributes = {{"age", "4"}};
    bo.consent = Consent::kRefused;
    const std::vector<NewView> views{testing::view_of(first),
                                     {second, Box{0.1F, 0.2F, 0.3F, 0.123456F}, Provenance::kLearnt}};
    must(store_->put(owner_, bo, views));
    const std::vector<NewView> shared{testing::view_of(second), testing::view_of(third)};
    must(store_->put(owner_, draft_named("旺财"), shared));
    must(store_->put(owner_, draft_named("no photo"), {}));
    const Concept forgotten = must(store_->put(owner_, draft_named("forgotten"), {}));
    must(store_->forget(owner_, forgotten.id));
  }

  Bytes exported() {
    must(export_bundle(*store_, owner_, file()));
    return must(read_file(file(), 10'000'000));
  }

  Result<TransferReport> import_bytes(std::span<const std::byte> content) {
    must(write_file(file(), content));
    return import_bundle(*store_, fresh_, file());
  }

  testing::TemporaryDir folder_;
  Owner fresh_{"fresh"};
};
RAP_ON_ALL_STORES(BundleTest);

std::vector<Concept> without_revisions(std::vector<Concept> concepts) {
  for (Concept& subject : concepts) subject.revision = 0;
  return concepts;
}

TEST_P(BundleTest, RoundTripIsIdentical) {
  fill();
  EXPECT_EQ(must(export_bundle(*store_, owner_, file())), (TransferReport{3, 3, 0}));
  EXPECT_EQ(must(import_bundle(*store_, fresh_, file())), (TransferReport{3, 3, 0}));
  const auto before = must(store_->list(owner_, {}));
  const auto after = must(store_->list(fresh_, {}));
  EXPECT_EQ(without_revisions(after), without_revisions(before));
  EXPECT_EQ(must(store_->revision(fresh_)), 3U);
  for (const Concept& subject : after) {
    EXPECT_GE(subject.revision, 1U);
    EXPECT_LE(subject.revision, 3U);
    for (const View& view : subject.views) {
      EXPECT_EQ(must(store_->photo(fresh_, view.photo)), must(store_->photo(owner_, view.photo)));
    }
  }
  EXPECT_EQ(must(store_->search_text(fresh_, "vacuum", 5)).size(), 1U);
}

TEST_P(BundleTest, IsPrivateAndReplacesWholeFiles) {
  fill();
  const Bytes first = exported();
  EXPECT_EQ(exported(), first) << "the same memory makes the same bytes";
  struct stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    (void)entry;
    ++files;
  }
  EXPECT_EQ(files, 1) << "no temporary file is left";
  expect_error(export_bundle(*store_, owner_, folder_.path() / "none" / "x.bundle"), ErrorCode::kIo, "");
}

TEST_P(BundleTest, EmptyMemory) {
  EXPECT_EQ(must(export_bundle(*store_, owner_, file())), TransferReport{});
  EXPECT_EQ(must(import_bundle(*store_, fresh_, file())), TransferReport{});
}

TEST_P(BundleTest, MergesOrRefuses) {
  fill();
  exported();
  const auto again = import_bundle(*store_, owner_, file());
  expect_error(again, ErrorCode::kConflict, "concepts");
  EXPECT_NE(again.error().message.find("3 of 3"), std::string::npos) << again.error().message;
  EXPECT_EQ(must(import_bundle(*store_, owner_, file(), Merge::kSkip)), (TransferReport{0, 0, 3}));
  must(store_->put(fresh_, draft_named("bolle"), {}));  // an alias in the bundle
  expect_error(import_bundle(*store_, fresh_, file()), ErrorCode::kConflict, "concepts");
  EXPECT_EQ(must(store_->list(fresh_, {})).size(), 1U);
  EXPECT_EQ(must(import_bundle(*store_, fresh_, file(), Merge::kSkip)), (TransferReport{2, 2, 1}));
}

TEST_P(BundleTest, RestoresWhatWasForgotten) {
  fill();
  exported();
  const Concept bo = *must(store_->find(owner_, "Bo"));
  must(store_->forget(owner_, bo.id));
  EXPECT_EQ(must(import_bundle(*store_, owner_, file(), Merge::kSkip)).concepts, 1U);
  EXPECT_EQ(without_revisions({*must(store_->get(owner_, bo.id))}), without_revisions({bo}));
}

std::string beginning(const Bytes& bundle) { return {reinterpret_cast<const char*>(bundle.data()), 8}; }

TEST_P(BundleTest, VersionTwoIsWrittenOnlyForCounterExamples) {
  fill();
  EXPECT_EQ(beginning(exported()), "RAPBNDL1") << "older code can read it";
  const Concept bo = *must(store_->find(owner_, "Bo"));
  const Bytes photo = photo_file(7);
  ConceptPatch patch;
  patch.add_views = {{photo, Box{0.0F, 0.0F, 0.5F, 0.5F}, Provenance::kLearnt, false}};
  must(store_->patch(owner_, bo.id, patch));
  EXPECT_EQ(beginning(exported()), "RAPBNDL2") << "older code would take it for a view that shows Bo";
  must(import_bundle(*store_, fresh_, file()));
  EXPECT_EQ(without_revisions(must(store_->list(fresh_, {}))), without_revisions(must(store_->list(owner_, {}))));
  EXPECT_FALSE(must(store_->find(fresh_, "Bo"))->views.back().shows);
}

TEST_P(BundleTest, OtherFilesAreRefused) {
  expect_error(import_bundle(*store_, fresh_, folder_.path() / "none"), ErrorCode::kNotFound, "");
  expect_error(import_bytes({}), ErrorCode::kCorrupt, "bundle");
  expect_error(import_bytes(as_bytes("hello")), ErrorCode::kCorrupt, "bundle");
  expect_error(import_bytes(as_bytes("RAPBNDL3 from the future")), ErrorCode::kUnsupported, "version");
  EXPECT_FALSE(import_bundle(*store_, fresh_, folder_.path()));
}

TEST_P(BundleTest, EveryTruncationIsRefused) {
  fill();
  const Bytes whole = exported();
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 40) {
    const auto imported = import_bytes(std::span(whole).first(size));
    ASSERT_FALSE(imported) << "cut to " << size << " of " << whole.size();
    ASSERT_EQ(imported.error().code, ErrorCode::kCorrupt);
  }
  Bytes longer = whole;
  longer.push_back(std::byte{0});
  expect_error(import_bytes(longer), ErrorCode::kCorrupt, "bundle");
  EXPECT_EQ(must(store_->revision(fresh_)), 0U);
}

TEST_P(BundleTest, EveryDamagedByteIsNoticed) {
  fill();
  const Bytes whole = exported();
  for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 400) {
    Bytes damaged = whole;
    damaged[at] ^= std::byte{0x10};
    const auto imported = import_bytes(damaged);
    ASSERT_FALSE(imported) << "byte " << at << " of " << whole.size();
    ASSERT_TRUE(imported.error().code == ErrorCode::kCorrupt || imported.error().code == ErrorCode::kUnsupported)
        << imported.error().message;
  }
  EXPECT_EQ(must(store_->revision(fresh_)), 0U);
  EXPECT_TRUE(import_bytes(whole));
}

/// A bundle with a manifest of the test's own, checksums right.
Bytes bundle_of(const std::string& manifest, const std::vector<Bytes>& photos, int version = 1) {
  const auto append_integer = [](std::string& text, std::uint64_t value) {
    for (int i = 0; i < 8; ++i) text += static_cast<char>(value >> (8 * i));
  };
  std::string text = "RAPBNDL" + std::to_string(version);
  append_integer(text, manifest.size());
  text += sha256_hex(as_bytes(manifest)) + manifest;
  for (const Bytes& photo : photos) {
    append_integer(text, photo.size());
    text.append(reinterpret_cast<const char*>(photo.data()), photo.size());
  }
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

std::string concept_with(const std::string& change) {
  std::string text =
      R"({"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","name":"Bo","aliases":[],"category":"","info":"","attributes":{},)"
      R"("views":[],"consent":"given","created":1,"updated":2,"revision":9)";
  return text + (change.empty() ? "" : "," + change) + "}";
}

TEST_P(BundleTest, HostileManifests) {
  const auto with_concepts = [](const std::string& concepts) {
    return R"({"version":1,"photos":[],"concepts":[)" + concepts + "]}";
  };
  EXPECT_TRUE(import_bytes(bundle_of(with_concepts(concept_with("")), {})));
  must(store_->erase(fresh_));
  const auto revision = must(store_->revision(fresh_));
  for (const std::string& manifest :
       {std::string(),
        std::string("null"),
        std::string("[]"),
        std::string("{}"),
        std::string("{\"version\":1}"),
        std::string(R"({"version":2,"concepts":[],"photos":[]})"),
        std::string(R"({"version":1,"concepts":{},"photos":[]})"),
        std::string(R"({"version":1,"concepts":[],"photos":[7]})"),
        with_concepts("7"),
        with_concepts("{}"),
        with_concepts(concept_with(R"("revision":-1)")),
        with_concepts(concept_with(R"("created":1e300)")),
        with_concepts(concept_with(R"("created":18446744073709551615)")),
        with_concepts(concept_with(R"("name":7)")),
        with_concepts(concept_with(R"("consent":"maybe")")),
        with_concepts(concept_with(R"("attributes":{"a":1})")),
        with_concepts(concept_with(R"("views":[{"id":"x"}])")),
        with_concepts(concept_with(R"("aliases":[[]])")),
        with_concepts(concept_with(R"("views":[{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","photo":"00",)"
                                   R"("provenance":"learnt","added":0,"shows":0}])")),
        with_concepts(concept_with(
            R"("views":[{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","photo":"00","provenance":"learnt","added":0}])")),
        std::string(200'000, '[')}) {
    const auto imported = import_bytes(bundle_of(manifest, {}));
    ASSERT_FALSE(imported) << manifest.substr(0, 200);
    EXPECT_EQ(imported.error().code, ErrorCode::kCorrupt) << manifest.substr(0, 200);
  }
  EXPECT_TRUE(import_bytes(bundle_of(R"({"version":2,"concepts":[],"photos":[]})", {}, 2)));
  expect_error(import_bytes(bundle_of(R"({"version":1,"concepts":[],"photos":[]})", {}, 2)), ErrorCode::kCorrupt,
               "bundle");
  const auto no_name = import_bytes(bundle_of(with_concepts(concept_with(R"("name":"")")), {}));
  expect_error(no_name, ErrorCode::kInvalidArgument, "concepts[0].name");
  const auto twice = import_bytes(bundle_of(with_concepts(concept_with("") + "," + concept_with("")), {}));
  expect_error(twice, ErrorCode::kConflict, "concepts");
  EXPECT_EQ(must(store_->revision(fresh_)), revision);
}

TEST_P(BundleTest, HostilePhotos) {
  const auto view_of = [](const Bytes& photo) {
    return concept_with(
        R"("views":[{"id":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","provenance":"learnt","added":0,"photo":")" +
        sha256_hex(photo) + "\"}]");
  };
  const auto manifest_of = [&](const Bytes& photo) {
    return R"({"version":1,"photos":[")" + sha256_hex(photo) + R"("],"concepts":[)" + view_of(photo) + "]}";
  };
  const Bytes good = photo_file(1);
  EXPECT_TRUE(import_bytes(bundle_of(manifest_of(good), {good})));
  must(store_->erase(fresh_));
  const Bytes text(50, std::byte{'x'});
  expect_error(import_bytes(bundle_of(manifest_of(text), {text})), ErrorCode::kUnsupported,
               "concepts[0].views[0].photo");
  expect_error(import_bytes(bundle_of(manifest_of(good), {photo_file(2)})), ErrorCode::kCorrupt, "bundle");
  expect_error(import_bytes(bundle_of(manifest_of(good), {})), ErrorCode::kCorrupt, "bundle");
  Bytes overlong = bundle_of(manifest_of(good), {good});
  for (std::size_t i = 0; i < 8; ++i) overlong[overlong.size() - good.size() - 8 + i] = std::byte{0xFF};
  expect_error(import_bytes(overlong), ErrorCode::kCorrupt, "bundle");
  Bytes long_manifest = bundle_of(manifest_of(good), {good});
  for (std::size_t i = 8; i < 16; ++i) long_manifest[i] = std::byte{0xFF};
  expect_error(import_bytes(long_manifest), ErrorCode::kCorrupt, "bundle");
  EXPECT_TRUE(must(store_->list(fresh_, {})).empty());
}

}  // namespace
}  // namespace rap
