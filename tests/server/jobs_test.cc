// SPDX-License-Identifier: Apache-2.0
// Imports, and the folders that their uploads lie in.
#include "server/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>

#include "tests/cli/fakes.h"
#include "tests/support/data.h"

namespace rap::server {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Owner kOwner{"anna"};

/// Remembers when it is let to, and finds photos unreadable whose bytes say so.
class PickyAssistant : public rap::testing::FakeAssistant {
 public:
  using FakeAssistant::FakeAssistant;

  Result<Concept> remember(const Owner& owner, const ConceptDraft& draft, std::span<const NewView> views) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
    for (std::size_t i = 0; i < views.size(); ++i) {
      const std::string_view bytes(reinterpret_cast<const char*>(views[i].photo.data()), views[i].photo.size());
      if (bytes == "bad") return fail(ErrorCode::kCorrupt, "no photo", "views[" + std::to_string(i) + "].photo");
    }
    return FakeAssistant::remember(owner, draft, views);
  }

  void open(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};

class JobsTest : public ::testing::Test {
 protected:
  ~JobsTest() override { assistant_.open(true); }

  void write(const fs::path& file, const std::string& content) const {
    fs::create_directories((dir_.path() / file).parent_path());
    std::ofstream(dir_.path() / file) << content;
  }

  /// Imports the folder, and waits for the end of it.
  JobStatus import() {
    auto job = *jobs_.add(kOwner, Jobs::Folder{dir_.path()});
    while (!job.is_over()) job = *jobs_.wait(kOwner, job.id, job.version, std::chrono::seconds(10));
    return job;
  }

  std::vector<std::string> failed_items(const JobStatus& job) const {
    std::vector<std::string> items;
    for (const JobFailure& failure : job.failed) items.push_back(failure.item);
    return items;
  }

  rap::testing::TemporaryDir dir_;
  rap::testing::FakeAssistant::Script script_;
  PickyAssistant assistant_{script_};
  Jobs jobs_{assistant_};
};

TEST_F(JobsTest, APhotoThatCannotBeReadIsLeftOutAndNamed) {
  write("Bo/1.jpg", "good");
  write("Bo/2.jpg", "bad");
  write("Bo/3.jpg", "fine");
  write("Bo/4.jpg", "bad");
  write("Max/1.jpg", "bad");
  const JobStatus job = import();
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(job.done, 2U);
  EXPECT_EQ(job.remembered, 1U);
  EXPECT_THAT(failed_items(job), ElementsAre("Bo/2.jpg", "Bo/4.jpg", "Max/1.jpg"));
  const auto bo = *script_.memory.find(kOwner, "Bo");
  ASSERT_TRUE(bo);
  EXPECT_THAT(bo->views, SizeIs(2));
  EXPECT_FALSE(script_.memory.find(kOwner, "Max")->has_value());
}

TEST_F(JobsTest, AConceptThatIsRefusedIsNamedOnce) {
  write("Bo/1.jpg", "good");
  write("Bo/2.jpg", "fine");
  write("Max/1.jpg", "good");
  write("Max/concept.json", "no JSON");
  import();
  EXPECT_THAT(failed_items(import()), ElementsAre("Bo", "Max"));  // "Bo" is taken now
}

TEST_F(JobsTest, NothingIsPassedOverInSilence) {
  write("Empty/concept.json", "{}");
  for (std::size_t i = 0; i <= Limits::kViews; ++i) write(("Max/" + std::to_string(100 + i) + ".jpg").c_str(), "good");
  const JobStatus job = import();
  EXPECT_EQ(job.remembered, 1U);
  EXPECT_THAT(failed_items(job), ElementsAre("Empty/concept.json", "Max/132.jpg"));
}

/// The folders of uploads that are there.
std::vector<fs::path> upload_folders() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path())) {
    if (entry.path().filename().string().starts_with("rap-upload-")) found.push_back(entry.path());
  }
  return found;
}

/// Keeps temporary files of the test in a folder of its own.
class UploadFolderTest : public JobsTest {
 protected:
  UploadFolderTest() { setenv("TMPDIR", dir_.path().c_str(), 1); }
  ~UploadFolderTest() override { unsetenv("TMPDIR"); }
};

TEST_F(UploadFolderTest, AnUploadIsDeletedWithItsJob) {
  assistant_.open(false);
  write("things/Bo/1.jpg", "good");
  const auto running = *jobs_.add(kOwner, Jobs::Folder{dir_.path() / "things"});
  auto folder = *TemporaryFolder::make();
  const auto file = folder.path() / "upload.zip";
  const auto waiting = *jobs_.add(kOwner, Jobs::Zip{std::move(folder), file});
  EXPECT_THAT(upload_folders(), SizeIs(1));
  EXPECT_EQ(jobs_.cancel(kOwner, waiting.id)->state, JobState::kCancelled);
  EXPECT_THAT(upload_folders(), IsEmpty());
}

TEST_F(UploadFolderTest, WhatAKilledServerLeftIsDeletedAndWhatIsInUseIsNot) {
  const pid_t killed = fork();
  if (killed == 0) {
    const auto left = TemporaryFolder::make();
    _exit(left ? 0 : 1);  // without destructors
  }
  int status = 1;
  waitpid(killed, &status, 0);
  ASSERT_EQ(status, 0);
  const auto used = *TemporaryFolder::make();
  ASSERT_THAT(upload_folders(), SizeIs(2));
  TemporaryFolder::remove_abandoned();
  EXPECT_THAT(upload_folders(), ElementsAre(used.path()));
}

}  // namespace
}  // namespace rap::server
