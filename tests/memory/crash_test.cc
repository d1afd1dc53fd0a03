// SPDX-License-Identifier: Apache-2.0
// Processes that die while they write, and processes that write at once.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>
#include <sstream>
#include <thread>

#include "tests/memory/store.h"

namespace rap {
namespace {

using testing::must;

/// A running rap_crash_writer and the lines it prints.
class Writer {
 public:
  Writer(const std::filesystem::path& file, const std::string& prefix, int count) {
    int ends[2] = {};
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    const std::string count_text = std::to_string(count);
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execl(RAP_CRASH_WRITER, RAP_CRASH_WRITER, file.c_str(), prefix.c_str(), count_text.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
  }

  ~Writer() { ::close(output_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Blocks until the first acknowledged write or the end of the process.
  void wait_for_output() { read_some(); }

  void kill() { ::kill(process_, SIGKILL); }

  /// Reads to the end; gives the wait status.
  int finish() {
    while (read_some()) {
    }
    int status = 0;
    ::waitpid(process_, &status, 0);
    return status;
  }

  struct Acknowledged {
    std::uint64_t revision = 0;
    std::string id;
  };

  [[nodiscard]] std::vector<Acknowledged> acknowledged() const {
    std::vector<Acknowledged> all;
    std::istringstream lines(text_.substr(0, text_.rfind('\n') + 1));
    for (Acknowledged one; lines >> one.revision >> one.id;) all.push_back(one);
    return all;
  }

 private:
  bool read_some() {
    char buffer[4096];
    const ssize_t size = ::read(output_, buffer, sizeof buffer);
    if (size > 0) text_.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  }

  pid_t process_ = -1;
  int output_ = -1;
  std::string text_;
};

TEST(Crash, NothingAcknowledgedIsLost) {
  constexpr int kKills = 50;
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  const testing::TemporaryDir folder;
  const auto file = folder.path() / "memory.rap";
  std::size_t acknowledged = 0;
  for (int round = 0; round < kKills; ++round) {
    Writer writer(file, "r" + std::to_string(round) + "-", 1'000'000);
    writer.wait_for_output();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    writer.kill();
    ASSERT_TRUE(WIFSIGNALED(writer.finish())) << "the writer ended by itself in round " << round;
    const auto memory = must(open_sqlite_memory(file));
    for (const auto& one : writer.acknowledged()) {
      const auto found = must(memory->get({}, one.id));
      ASSERT_TRUE(found) << "lost an acknowledged concept; seed " << seed << ", round " << round;
      ASSERT_EQ(found->revision, one.revision);
      ASSERT_TRUE(must(memory->photo({}, found->views.at(0).photo)));
      ++acknowledged;
    }
    ListOptions all;
    all.limit = 1'000'000;
    const auto revision = must(memory->revision({}));
    ASSERT_EQ(must(memory->list({}, all)).size(), revision) << "one concept a revision; seed " << seed;
    ASSERT_EQ(must(memory->history({}, "", 1'000'000)).size(), revision);
  }
  EXPECT_GE(acknowledged, static_cast<std::size_t>(kKills));
}

TEST(Processes, WriteToOneFileAtOnce) {
  constexpr int kEach = 40;
  const testing::TemporaryDir folder;
  const auto file = folder.path() / "memory.rap";
  {
    std::vector<std::unique_ptr<Writer>> writers;
    for (const char* prefix : {"a", "b", "c"}) writers.push_back(std::make_unique<Writer>(file, prefix, kEach));
    for (const auto& writer : writers) EXPECT_EQ(writer->finish(), 0);
    std::set<std::uint64_t> revisions;
    for (const auto& writer : writers) {
      for (const auto& one : writer->acknowledged()) revisions.insert(one.revision);
    }
    EXPECT_EQ(revisions.size(), 3U * kEach) << "every write has a revision of its own";
  }
  const auto memory = must(open_sqlite_memory(file));
  EXPECT_EQ(must(memory->revision({})), 3U * kEach);
}

TEST(Processes, SeeEachOthersWrites) {
  const testing::TemporaryDir folder;
  const auto file = folder.path() / "memory.rap";
  const auto memory = must(open_sqlite_memory(file));
  EXPECT_EQ(must(memory->revision({})), 0U);
  Writer writer(file, "other", 1);
  EXPECT_EQ(writer.finish(), 0);
  EXPECT_EQ(must(memory->revision({})), 1U);
  EXPECT_TRUE(must(memory->find({}, "other0")));
}

}  // namespace
}  // namespace rap
