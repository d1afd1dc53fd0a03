// SPDX-License-Identifier: Apache-2.0
// Imports of many concepts, with their progress.
#include "server/jobs.h"

#include <memory>
#include <utility>

#include "core/iso_time.h"
#include "server/answering.h"
#include "server/api/routes.h"
#include "server/form.h"
#include "server/object_reader.h"
#include "server/upload.h"

namespace rap::server {
namespace {

Json job_json(const JobStatus& job) {
  Json failed = Json::array();
  for (const JobFailure& failure : job.failed) {
    Json one = {{"item", failure.item}};
    one.update(error_json(failure.error));
    failed.push_back(std::move(one));
  }
  return {{"id", job.id},
          {"state", to_word(job.state)},
          {"done", job.done},
          {"total", job.total},
          {"remembered", job.remembered},
          {"failed", std::move(failed)},
          {"error", job.error ? error_json(*job.error)["error"] : Json(nullptr)},
          {"created", to_iso_time(job.created)},
          {"finished", job.finished ? Json(to_iso_time(*job.finished)) : Json(nullptr)}};
}

const std::string& id_of(const Call& call) { return call.request.path_params.at("id"); }

/// The folder of this machine that JSON names. It lies below the one that imports may come from, links resolved.
Result<Jobs::Source> read_folder(const Services& services, Call& call) {
  constexpr std::size_t kMostBytes = 65'536;
  const auto& root = services.options.import_folder;
  if (call.caller.scope < Scope::kAdmin) {
    return call.refuse(403, ErrorCode::kInvalidArgument, "folders of the server need a key with the scope \"admin\"");
  }
  if (root.empty()) {
    return call.refuse(403, ErrorCode::kUnsupported,
                       "no folder of the server may be imported: it was started without --import-root");
  }
  std::string body;
  const bool is_whole = call.upload != nullptr && (*call.upload)([&](const char* data, std::size_t size) {
                          body.append(data, size);
                          return body.size() <= kMostBytes;
                        });
  if (!is_whole) return fail(ErrorCode::kInvalidArgument, "the body is not whole", "body");
  const auto json = parse_object(body, services.options.limits.json);
  if (!json) return Unexpected{json.error()};
  ObjectReader reader(*json);
  const auto folder = reader.text("folder");
  if (!folder) reader.fail("folder", "is missing");
  if (const auto read = reader.result(); !read) return Unexpected{read.error()};
  std::error_code error;
  const auto base = std::filesystem::canonical(root, error);
  const auto wanted = error ? base : std::filesystem::canonical(base / *folder, error);
  const auto relative = wanted.lexically_relative(base);
  const bool is_below = !error && !relative.empty() && *relative.begin() != "..";
  if (!is_below || !std::filesystem::is_directory(wanted, error)) {
    return fail(ErrorCode::kNotFound, "there is no such folder below the one that imports may come from", "folder");
  }
  return Jobs::Source(Jobs::Folder{wanted});
}

Result<Jobs::Source> read_zip(Call& call) {
  auto folder = TemporaryFolder::make();
  if (!folder) return Unexpected{folder.error()};
  const auto file = folder->path() / "upload.zip";
  if (auto received = receive_upload(call, file); !received) return Unexpected{received.error()};
  return Jobs::Source(Jobs::Zip{std::move(*folder), file});
}

Result<void> start(const Services& services, Jobs& jobs, Call& call) {
  const std::string type = call.request.get_header_value("Content-Type");
  const bool is_json = type.starts_with("application/json");
  if (!is_json && !type.starts_with("application/zip") && !type.starts_with("application/octet-stream")) {
    return call.refuse(415, ErrorCode::kUnsupported, "send a zip file (application/zip) or JSON with a folder");
  }
  auto source = is_json ? read_folder(services, call) : read_zip(call);
  if (!source) return Unexpected{source.error()};
  const auto job = jobs.add(call.caller.owner, std::move(*source));
  if (!job) return call.refuse_for_now(std::chrono::seconds(10), job.error().message);
  call.response.set_header("Location", "/rap/v1/jobs/" + job->id);
  call.reply(job_json(*job), 202);
  return {};
}

Result<void> list(const Jobs& jobs, Call& call) {
  Json listed = Json::array();
  for (const JobStatus& job : jobs.list(call.caller.owner)) listed.push_back(job_json(job));
  call.reply({{"jobs", std::move(listed)}});
  return {};
}

Result<void> reply_job(Call& call, const Result<JobStatus>& job) {
  if (!job) return Unexpected{job.error()};
  call.reply(job_json(*job));
  return {};
}

/// Server-sent events: "progress" with every change, "end" last.
Result<void> watch(const Jobs& jobs, Call& call) {
  const Owner owner = call.caller.owner;
  const std::string id = id_of(call);
  const auto first = jobs.find(owner, id);
  if (!first) return Unexpected{first.error()};
  const auto provide = [&jobs, owner, id, version = first->version + 1](std::size_t /*offset*/,
                                                                        httplib::DataSink& sink) mutable {
    constexpr std::chrono::seconds kSilence{10};
    const auto job = jobs.wait(owner, id, version, kSilence);
    std::string text = ": still there\n\n";  // a comment, so that proxies keep the connection
    if (job && job->version != version) {
      version = job->version;
      text = sent_event(job_json(*job), "progress");
    }
    const bool is_over = !job || job->is_over();
    if (is_over) text += sent_event(Json::object(), "end");
    if (!sink.write(text.data(), text.size())) return false;
    if (is_over) sink.done();
    return true;
  };
  call.response.set_header("Cache-Control", "no-store");
  call.response.set_chunked_content_provider("text/event-stream", provide);
  return {};
}

}  // namespace

void add_jobs(Router& router, const Services& services) {
  Jobs& jobs = services.jobs;
  const auto add = [&](const char* method, const char* path, Scope scope, Handler handler) {
    router.add({.method = method, .path = path, .scope = scope, .handler = std::move(handler)});
  };
  router.add({.method = "POST",
              .path = "/rap/v1/jobs",
              .scope = Scope::kWrite,
              .body_bytes = services.options.limits.upload_bytes,
              .handler = [&services, &jobs](Call& call) { return start(services, jobs, call); }});
  add("GET", "/rap/v1/jobs", Scope::kRead, [&jobs](Call& call) { return list(jobs, call); });
  add("GET", "/rap/v1/jobs/:id", Scope::kRead,
      [&jobs](Call& call) { return reply_job(call, jobs.find(call.caller.owner, id_of(call))); });
  add("DELETE", "/rap/v1/jobs/:id", Scope::kWrite,
      [&jobs](Call& call) { return reply_job(call, jobs.cancel(call.caller.owner, id_of(call))); });
  add("GET", "/rap/v1/jobs/:id/events", Scope::kRead, [&jobs](Call& call) { return watch(jobs, call); });
}

}  // namespace rap::server
