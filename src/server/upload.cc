// SPDX-License-Identifier: Apache-2.0
#include "server/upload.h"

#include <fstream>

namespace rap::server {

Result<void> receive_upload(Call& call, const std::filesystem::path& file) {
  if (call.upload == nullptr) return fail(ErrorCode::kInvalidArgument, "the request has no body", "body");
  if (call.request.is_multipart_form_data()) {
    return call.refuse(415, ErrorCode::kUnsupported, "send the file as it is, not as multipart/form-data");
  }
  std::ofstream out(file, std::ios::binary);
  const bool is_whole = (*call.upload)([&](const char* data, std::size_t size) {
    return static_cast<bool>(out.write(data, static_cast<std::streamsize>(size)));
  });
  out.close();
  if (!out) return fail(ErrorCode::kIo, "cannot write the upload to a temporary file");
  if (!is_whole) return fail(ErrorCode::kInvalidArgument, "the upload was cut off", "body");
  return {};
}

}  // namespace rap::server
