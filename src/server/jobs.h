// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "rap/assistant.h"
#include "rap/memory.h"
#include "rap/result.h"
#include "server/import_source.h"
#include "server/temporary_folder.h"

namespace rap::server {

enum class JobState { kQueued, kRunning, kDone, kFailed, kCancelled };

[[nodiscard]] const char* to_word(JobState state) noexcept;

/// What could not be imported.
struct JobFailure {
  std::string item;  ///< a concept, "Bo", or one of its photos, "Bo/2.jpg"
  Error error;
};

/// What can be seen of a job.
struct JobStatus {
  std::string id;
  JobState state = JobState::kQueued;
  std::size_t done = 0;   ///< concepts, imported or not
  std::size_t total = 0;  ///< 0 until they are counted
  std::size_t remembered = 0;
  std::vector<JobFailure> failed;
  std::optional<Error> error;  ///< why the whole job failed
  TimestampMs created = 0;
  std::optional<TimestampMs> finished;
  std::uint64_t version = 0;  ///< rises with every change

  [[nodiscard]] bool is_over() const { return state != JobState::kQueued && state != JobState::kRunning; }
};

/// Imports that take long, one after the other, in a thread of their own. Thread-safe. Jobs are kept in memory; what
/// was imported stays whatever becomes of its job.
class Jobs {
 public:
  static constexpr std::size_t kMostWaiting = 16;
  static constexpr std::size_t kMostKept = 200;  ///< finished ones; the oldest are forgotten first

  /// `assistant` is borrowed.
  explicit Jobs(Assistant& assistant);

  /// Ends the job that runs after the item that it is at.
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// What is imported: a folder of this machine, or a zip file in a temporary folder.
  struct Folder {
    std::filesystem::path path;
  };
  struct Zip {
    TemporaryFolder folder;
    std::filesystem::path file;  ///< in it
  };
  using Source = std::variant<Folder, Zip>;

  /// kUnavailable when too many wait.
  [[nodiscard]] Result<JobStatus> add(const Owner& owner, Source source);

  /// Newest first.
  [[nodiscard]] std::vector<JobStatus> list(const Owner& owner) const;

  /// kNotFound, also for a job of another owner.
  [[nodiscard]] Result<JobStatus> find(const Owner& owner, std::string_view id) const;

  /// Asks a job to end. One that is over stays as it is. kNotFound.
  [[nodiscard]] Result<JobStatus> cancel(const Owner& owner, std::string_view id);

  /// Waits until the job's version is another, at most for `time`. kNotFound.
  [[nodiscard]] Result<JobStatus> wait(const Owner& owner, std::string_view id, std::uint64_t version,
                                       std::chrono::milliseconds time) const;

 private:
  struct Job;

  void work(const std::stop_token& stop);
  void run(Job& job, const std::stop_token& stop);
  [[nodiscard]] Result<std::vector<ImportItem>> items_of(Job& job) const;
  [[nodiscard]] bool import_item(const Owner& owner, const ImportItem& item, std::vector<JobFailure>& failed);
  void change(Job& job, const std::function<void(JobStatus&)>& edit);
  [[nodiscard]] std::shared_ptr<Job> find_job(const Owner& owner, std::string_view id) const;
  void forget_old();

  Assistant& assistant_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::deque<std::shared_ptr<Job>> jobs_;     ///< newest first
  std::deque<std::shared_ptr<Job>> waiting_;  ///< oldest first
  std::jthread worker_;                       // last: it uses the others
};

}  // namespace rap::server
