// SPDX-License-Identifier: Apache-2.0
#include "core/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "core/new_file.h"
#include "tests/support/data.h"

namespace rap {
namespace {

class Files : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path(const char* name) const { return folder_.path() / name; }
  testing::TemporaryDir folder_;
};

TEST_F(Files, ReadWhatWasWritten) {
  for (const std::size_t size : {0U, 1U, 100'000U}) {
    const Bytes content(size, std::byte{7});
    ASSERT_TRUE(write_file(path("file"), content));
    const auto read = read_file(path("file"), 100'000);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, content);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1) << "no temporary file is left";
}

TEST_F(Files, ErrorsSayWhat) {
  ASSERT_TRUE(write_file(path("file"), as_bytes("12345")));
  EXPECT_EQ(read_file(path("none"), 10).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_file(folder_.path(), 10).error().code, ErrorCode::kInvalidArgument);
  const auto large = read_file(path("file"), 4);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kTooLarge);
  EXPECT_NE(large.error().message.find("5 bytes"), std::string::npos);
  EXPECT_NE(large.error().message.find("4"), std::string::npos);
  EXPECT_EQ(write_file(path("none") / "file", {}).error().code, ErrorCode::kIo);
}

TEST_F(Files, MayBeTheirOwnersAlone) {
  ASSERT_TRUE(write_file(path("file"), as_bytes("12345"), Readers::kOwner));
  struct ::stat status {};
  ASSERT_EQ(::stat(path("file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Files, LinksStayLinks) {
  ASSERT_TRUE(write_file(path("file"), as_bytes("old")));
  std::filesystem::create_symlink(path("file"), path("link"));
  ASSERT_TRUE(write_file(path("link"), as_bytes("new")));
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  const auto content = as_bytes("new");
  EXPECT_EQ(*read_file(path("file"), 10), Bytes(content.begin(), content.end()));
}

TEST_F(Files, WhatIsNoFileIsLeftAlone) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink(path("pipe"), path("link"));
  for (const char* name : {"pipe", "link"}) {
    const auto written = write_file(path(name), as_bytes("new"));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(std::filesystem::is_fifo(path("pipe")));
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(write_file(folder_.path(), {}).error().code, ErrorCode::kIo);
}

TEST_F(Files, WhatIsNotFinishedLeavesNothing) {
  { NewFile(path("file"), Readers::kEveryone).write(as_bytes("half")); }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Files, ALockKeepsOthersOut) {
  std::atomic<int> counter = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          const auto lock = lock_file(path("lock"));
          ASSERT_TRUE(lock);
          const int before = counter;  // and not ++counter: without the lock counts would be lost
          std::this_thread::yield();
          counter = before + 1;
        }
      });
    }
  }
  EXPECT_EQ(counter, 400);
  EXPECT_EQ(lock_file(path("none") / "lock").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace rap
