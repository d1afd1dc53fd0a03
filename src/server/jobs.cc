// SPDX-License-Identifier: Apache-2.0
#include "server/jobs.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <iterator>
#include <utility>

#include "core/files.h"
#include "core/ids.h"
#include "server/api/concept_values.h"
#include "server/object_reader.h"

namespace rap::server {
namespace {

/// A photo of a concept, as failures name it.
struct LoadedPhoto {
  std::string name;
  Bytes bytes;
};

/// What the folder and its concept.json say of the concept.
Result<ConceptDraft> read_draft(const ImportItem& item) {
  constexpr std::size_t kDetailsBytes = 65'536;
  ConceptDraft draft;
  draft.name = item.name;
  if (item.details.empty()) return draft;
  const auto bytes = read_file(item.details, kDetailsBytes);
  if (!bytes) return Unexpected{bytes.error()};
  const auto json = parse_object({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!json) return fail(ErrorCode::kInvalidArgument, "concept.json is not a JSON object");
  ObjectReader reader(*json);
  fill_in(read_patch(reader), draft);
  if (auto read = reader.result(); !read) return Unexpected{read.error()};
  return draft;
}

/// What the source calls a file of the item.
std::string path_in(const ImportItem& item, const std::string& file) {
  return item.name.empty() ? file : item.name + "/" + file;
}

/// The first photos by name, as many as a concept may have.
std::vector<LoadedPhoto> load_photos(const ImportItem& item, std::vector<JobFailure>& failed) {
  std::vector<LoadedPhoto> photos;
  for (const ImportPhoto& photo : item.photos) {
    const std::string name = path_in(item, photo.name);
    if (photos.size() == Limits::kViews) {
      failed.push_back({name, {ErrorCode::kTooLarge, "the concept has as many photos as it may have", "views"}});
      continue;
    }
    auto bytes = read_file(photo.file, Limits::kPhotoBytes);
    if (bytes) {
      photos.push_back({name, std::move(*bytes)});
    } else {
      failed.push_back({name, bytes.error()});
    }
  }
  return photos;
}

/// Which view an error is about: 2 for the field "views[2].photo". None if it is about none.
std::optional<std::size_t> index_of_view(const Error& error) {
  constexpr std::string_view kBefore = "views[";
  if (!error.field.starts_with(kBefore)) return std::nullopt;
  std::size_t index = 0;
  const char* const begin = error.field.data() + kBefore.size();
  const auto [end, problem] = std::from_chars(begin, error.field.data() + error.field.size(), index);
  if (problem != std::errc{}) return std::nullopt;
  return index;
}

}  // namespace

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
  std::optional<Source> no_longer_needed;  // an upload; deleted once the mutex is let go
  const std::lock_guard lock(mutex_);
  const auto job = find_job(owner, id);
  if (!job) return fail(ErrorCode::kNotFound, "there is no job with this id", "id");
  job->cancelled = true;
  if (std::erase(waiting_, job) > 0) {
    no_longer_needed.emplace(std::exchange(job->source, Folder{}));
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
    std::vector<JobFailure> failed;
    const bool is_remembered = import_item(job.owner, item, failed);
    change(job, [&](JobStatus& status) {
      ++status.done;
      if (is_remembered) ++status.remembered;
      std::ranges::move(failed, std::back_inserter(status.failed));
    });
  }
}

Result<std::vector<ImportItem>> Jobs::items_of(Job& job) const {
  if (const auto* zip = std::get_if<Zip>(&job.source)) return unpack_items(zip->file, zip->folder.path());
  return find_items(std::get<Folder>(job.source).path);
}

/// Whether the concept is remembered; a photo of it that cannot be read is left out. What was not imported goes to
/// `failed`.
bool Jobs::import_item(const Owner& owner, const ImportItem& item, std::vector<JobFailure>& failed) {
  const auto draft = read_draft(item);
  if (!draft) {
    failed.push_back({item.name, draft.error()});
    return false;
  }
  if (draft->name.empty()) {
    for (const ImportPhoto& photo : item.photos) {
      failed.push_back(
          {photo.name, {ErrorCode::kInvalidArgument, "photos must lie in a folder that has the thing's name", "name"}});
    }
    return false;
  }
  if (item.photos.empty()) {
    failed.push_back(
        {path_in(item, "concept.json"), {ErrorCode::kInvalidArgument, "there is no photo beside it", "views"}});
    return false;
  }
  std::vector<LoadedPhoto> photos = load_photos(item, failed);
  while (!photos.empty()) {
    std::vector<NewView> views(photos.size());
    std::ranges::transform(photos, views.begin(),
                           [](const LoadedPhoto& photo) { return NewView{.photo = photo.bytes, .box = {}}; });
    const auto made = assistant_.remember(owner, *draft, views);
    if (made) return true;
    const auto bad = index_of_view(made.error());
    if (!bad || *bad >= photos.size()) {
      failed.push_back({item.name, made.error()});
      return false;
    }
    failed.push_back({photos[*bad].name, made.error()});
    photos.erase(photos.begin() + static_cast<std::ptrdiff_t>(*bad));
  }
  return false;
}

}  // namespace rap::server
