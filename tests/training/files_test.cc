// SPDX-License-Identifier: Apache-2.0
// What a run leaves on disk besides weights: kept features and logs.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/files.h"
#include "tests/support/data.h"
#include "training/event_log.h"
#include "training/feature_store.h"

namespace rap::training {
namespace {

using rap::testing::TemporaryDir;

const FeatureKind kKind{"encoder", 2, 3};

FeatureStore open_store(const std::filesystem::path& folder) {
  auto store = FeatureStore::open(folder, "kept", kKind);
  EXPECT_TRUE(store);
  return std::move(*store);
}

TEST(FeatureStore, KeepsWhatWasAdded) {
  const TemporaryDir folder;
  std::vector<float> values(kKind.values());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 4.0F;
  {
    FeatureStore store = open_store(folder.path());
    ASSERT_TRUE(store.add("a", values));
    ASSERT_TRUE(store.add("b#flip", std::vector<float>(kKind.values(), -1.0F)));
    EXPECT_FALSE(store.add("a", values)) << "taken";
    EXPECT_FALSE(store.add("c", std::vector<float>(3))) << "wrong size";
  }
  FeatureStore store = open_store(folder.path());
  EXPECT_EQ(store.size(), 2U);
  std::vector<std::uint16_t> halves(kKind.values());
  ASSERT_TRUE(store.read("a", halves.data()));
  EXPECT_EQ(halves[4], 0x3C00) << "1.0 as a half";
  EXPECT_FALSE(store.read("c", halves.data()));
}

TEST(FeatureStore, CutsOffWhatAKilledRunLeft) {
  for (const char* torn : {"kept.features", "kept.keys"}) {
    const TemporaryDir folder;
    {
      FeatureStore store = open_store(folder.path());
      for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(store.add(key, std::vector<float>(kKind.values(), 2.0F)));
    }
    const auto file = folder.path() / torn;
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    FeatureStore store = open_store(folder.path());
    EXPECT_EQ(store.size(), 2U) << torn;
    ASSERT_TRUE(store.add("d", std::vector<float>(kKind.values(), 1.0F)));
    std::vector<std::uint16_t> halves(kKind.values());
    ASSERT_TRUE(store.read("d", halves.data()));
    EXPECT_EQ(halves.front(), 0x3C00);
    ASSERT_TRUE(store.read("b", halves.data()));
    EXPECT_EQ(halves.front(), 0x4000);
  }
}

TEST(FeatureStore, DoesNotMixEncoders) {
  const TemporaryDir folder;
  { ASSERT_TRUE(open_store(folder.path()).add("a", std::vector<float>(kKind.values()))); }
  const auto refused = FeatureStore::open(folder.path(), "kept", {"another", 2, 3});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

TEST(EventLog, FramesRecordsAsTensorBoardReadsThem) {
  const std::string record = event_record(7, 1.5, {{"loss", 0.25}});
  // Event{wall_time 1.5, step 7, summary{value{tag "loss", simple_value 0.25}}}
  const std::string event("\x09\0\0\0\0\0\0\xF8\x3F\x10\x07\x2A\x0D\x0A\x0B\x0A\x04loss\x15\0\0\x80\x3E", 26);
  ASSERT_EQ(record.size(), 8 + 4 + event.size() + 4);
  EXPECT_EQ(static_cast<unsigned char>(record[0]), event.size());
  EXPECT_EQ(record.substr(12, event.size()), event);
}

TEST(EventLog, GoesOnAfterARestart) {
  const TemporaryDir folder;
  for (int step = 1; step <= 2; ++step) {
    auto log = EventLog::open(folder.path());
    ASSERT_TRUE(log);
    ASSERT_TRUE(log->add("stage", step, {{"loss", 1.0 / step}}, 100.0 + step));
  }
  std::ifstream in(folder.path() / "log.jsonl");
  std::string line;
  int lines = 0;
  while (std::getline(in, line)) ++lines;
  EXPECT_EQ(lines, 2);
}

}  // namespace
}  // namespace rap::training
