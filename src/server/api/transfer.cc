// SPDX-License-Identifier: Apache-2.0
// Whole memories: export, import, erase.
#include <array>
#include <fstream>
#include <memory>

#include "rap/bundle.h"
#include "server/api/routes.h"
#include "server/form.h"
#include "server/object_reader.h"
#include "server/temporary_folder.h"
#include "server/upload.h"

namespace rap::server {
namespace {

constexpr char kFileName[] = "memory.rap";

/// A file that is being sent, with the folder that keeps it alive.
struct Sent {
  TemporaryFolder folder;
  std::ifstream file;
};

Result<void> export_memory(const Services& services, Call& call) {
  auto folder = TemporaryFolder::make();
  if (!folder) return Unexpected{folder.error()};
  const auto file = folder->path() / kFileName;
  if (const auto written = export_bundle(services.memory(), call.caller.owner, file); !written) {
    return Unexpected{written.error()};
  }
  const auto size = std::filesystem::file_size(file);
  auto sent = std::make_shared<Sent>(Sent{std::move(*folder), std::ifstream(file, std::ios::binary)});
  call.response.set_header("Content-Disposition", std::string("attachment; filename=\"") + kFileName + "\"");
  call.response.set_header("Cache-Control", "no-store");
  call.response.set_content_provider(
      size, "application/octet-stream", [sent](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        std::array<char, 65'536> piece{};
        sent->file.seekg(static_cast<std::streamoff>(offset));
        sent->file.read(piece.data(), static_cast<std::streamsize>(std::min(length, piece.size())));
        const auto count = static_cast<std::size_t>(sent->file.gcount());
        return count > 0 && sink.write(piece.data(), count);
      });
  return {};
}

Result<void> import_memory(const Services& services, Call& call) {
  const std::string on_conflict = call.request.get_param_value("on_conflict");
  if (!on_conflict.empty() && on_conflict != "fail" && on_conflict != "skip") {
    return fail(ErrorCode::kInvalidArgument, R"('on_conflict' must be "fail" or "skip")", "on_conflict");
  }
  const auto folder = TemporaryFolder::make();
  if (!folder) return Unexpected{folder.error()};
  const auto file = folder->path() / kFileName;
  if (auto received = receive_upload(call, file); !received) return received;
  const auto report =
      import_bundle(services.memory(), call.caller.owner, file, on_conflict == "skip" ? Merge::kSkip : Merge::kFail);
  if (!report) return Unexpected{report.error()};
  call.reply({{"concepts", report->concepts}, {"photos", report->photos}, {"skipped", report->skipped}});
  return {};
}

Result<void> erase_memory(const Services& services, Call& call) {
  constexpr char kWords[] = "erase everything";
  const auto form = read_form(services, call);
  if (!form) return Unexpected{form.error()};
  ObjectReader reader(form->members);
  if (reader.text("confirm") != kWords) reader.fail("confirm", std::string("must be \"") + kWords + "\"");
  if (auto read = reader.result(); !read) return read;
  if (auto erased = services.memory().erase(call.caller.owner); !erased) return erased;
  call.response.status = 204;
  return {};
}

}  // namespace

void add_transfer(Router& router, const Services& services) {
  router.add({.method = "GET", .path = "/rap/v1/export", .scope = Scope::kRead, .handler = [&services](Call& call) {
                return export_memory(services, call);
              }});
  router.add({.method = "POST",
              .path = "/rap/v1/import",
              .scope = Scope::kWrite,
              .body_bytes = services.options.limits.upload_bytes,
              .handler = [&services](Call& call) { return import_memory(services, call); }});
  router.add({.method = "DELETE", .path = "/rap/v1/memory", .scope = Scope::kAdmin, .handler = [&services](Call& call) {
                return erase_memory(services, call);
              }});
}

}  // namespace rap::server
