// SPDX-License-Identifier: Apache-2.0
#include "server/jobs.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "core/files.h"
#include "core/ids.h"
#include "server/api/concept_values.h"
#include "server/object_reader.h"

namespace rap::server {

struct Jobs::Job {
  Job(Owner of, Source from) : owner(std::move(of)), source(std::move(from)) {}

  Owner owner;
  Source source;
  std::atomic<bool> cancelled{false};
  JobStatus status;  ///< under the mutex of Jobs
};

const char* to_word(JobState state) noexcept {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kDone:
      return "done";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "";
}

Jobs::Jobs(Assistant& assistant)
    : assistant_(assistant), worker_([this](const std::stop_token& stop) { work(stop); }) {}

Jobs::~Jobs() = default;

Result<JobStatus> Jobs::add(const Owner& owner, Source source) {
  auto job = std::make_shared<Job>(owner, std::move(source));
  job->status.id = random_id();
  job->status.created = now_ms();
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) return fail(ErrorCode::kUnavailable, "enough jobs wait already");
  jobs_.push_front(job);
  waiting_.push_back(job);
  forget_old();
  changed_.notify_all();
  return job->status;
}

std::vector<JobStatus> Jobs::list(const Owner& owner) const {
  const std::lock_guard lock(mutex_);
  std::vector<JobStatus> listed;
  for (const auto& job : jobs_) {
    if (job->owner == owner) listed.push_back(job->status);
  }
  return listed;
}

Result<JobStatus> Jobs::find(const Owner& owner, std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto job = find_job(owner, id);
  if (!job) return fail(ErrorCode::kNotFound, "there is no job with this id", "id");
  return job->status;
}

Result<JobStatus> Jobs::cancel(const Owner& owner, std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto job = find_job(owner, id);
  if (!job) return fail(ErrorCode::kNotFound, "there is no job with this id", "id");
  job->cancelled = true;
  if (std::erase(waiting_, job) > 0) {
    job->status.state = JobState::kCancelled;
    job->status.finished = now_ms();
    ++job->status.version;
    changed_.notify_all();
  }
  return job->status;
}

Result<JobStatus> Jobs::wait(const Owner& owner, std::string_view id, std::uint64_t version,
                             std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  const auto job = find_job(owner, id);
  if (!job) return fail(ErrorCode::kNotFound, "there is no job with this id", "id");
  changed_.wait_for(lock, time, [&] { return job->status.version != version; });
  return job->status;
}

/// The mutex is held.
std::shared_ptr<Jobs::Job> Jobs::find_job(const Owner& owner, std::string_view id) const {
  const auto is_it = [&](const std::shared_ptr<Job>& job) { return job->owner == owner && job->status.id == id; };
  const auto found = std::ranges::find_if(jobs_, is_it);
  return found == jobs_.end() ? nullptr : *found;
}

/// The mutex is held.
void Jobs::forget_old() {
  while (jobs_.size() > kMostKept) {
    const auto oldest =
        std::find_if(jobs_.rbegin(), jobs_.rend(), [](const auto& job) { return job->status.is_over(); });
    if (oldest == jobs_.rend()) return;
    jobs_.erase(std::next(oldest).base());
  }
}

void Jobs::change(Job& job, const std::function<void(JobStatus&)>& edit) {
  {
    const std::lock_guard lock(mutex_);
    edit(job.status);
    ++job.status.version;
  }
  changed_.notify_all();
}

void Jobs::work(const std::stop_token& stop) {
  for (;;) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      job = waiting_.front();
      waiting_.pop_front();
    }
    change(*job, [](JobStatus& status) { status.state = JobState::kRunning; });
    run(*job, stop);
    const bool ended_early = job->cancelled || stop.stop_requested();
    change(*job, [&](JobStatus& status) {
      status.state = status.error ? JobState::kFailed : ended_early ? JobState::kCancelled : JobState::kDone;
      status.finished = now_ms();
    });
    job->source = Folder{};  // an upload is no longer needed
  }
}

void Jobs::run(Job& job, const std::stop_token& stop) {
  const auto items = items_of(job);
  if (!items) return change(job, [&](JobStatus& status) { status.error = items.error(); });
  change(job, [&](JobStatus& status) { status.total = items->size(); });
  for (const ImportItem& item : *items) {
    if (job.cancelled || stop.stop_requested()) return;
    const auto imported = import_item(job.owner, item);
    change(job, [&](JobStatus& status) {
      ++status.done;
      if (imported) ++status.remembered;
      if (!imported) status.failed.push_back({item.name, imported.error()});
    });
  }
}

Result<std::vector<ImportItem>> Jobs::items_of(Job& job) const {
  if (const auto* zip = std::get_if<Zip>(&job.source)) return unpack_items(zip->file, zip->folder.path());
  return find_items(std::get<Folder>(job.source).path);
}

Result<void> Jobs::import_item(const Owner& owner, const ImportItem& item) {
  constexpr std::size_t kDetailsBytes = 65'536;
  ConceptDraft draft;
  draft.name = item.name;
  if (!item.details.empty()) {
    const auto bytes = read_file(item.details, kDetailsBytes);
    if (!bytes) return Unexpected{bytes.error()};
    const auto json = parse_object({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    if (!json) return fail(ErrorCode::kInvalidArgument, "concept.json is not a JSON object");
    ObjectReader reader(*json);
    fill_in(read_patch(reader), draft);
    if (auto read = reader.result(); !read) return read;
  }
  std::vector<Bytes> photos;
  std::vector<NewView> views;
  for (const auto& file : item.photos) {
    if (photos.size() == Limits::kViews) break;  // the first by name
    auto photo = read_file(file, Limits::kPhotoBytes);
    if (!photo) return Unexpected{photo.error()};
    photos.push_back(std::move(*photo));
  }
  views.reserve(photos.size());
  for (const Bytes& photo : photos) views.push_back({.photo = photo, .box = {}});
  const auto made = assistant_.remember(owner, draft, views);
  if (!made) return Unexpected{made.error()};
  return {};
}

}  // namespace rap::server
