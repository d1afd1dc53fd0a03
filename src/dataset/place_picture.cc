// SPDX-License-Identifier: Apache-2.0
#include "dataset/place_picture.h"

#include <system_error>

namespace rap::dataset {

namespace fs = std::filesystem;

Result<void> place_picture(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::create_directories(to.parent_path(), failure);
  if (fs::exists(to, failure)) return {};
  fs::create_hard_link(from, to, failure);
  if (failure) fs::copy_file(from, to, failure);
  if (failure) return fail(ErrorCode::kIo, "cannot copy '" + from.string() + "': " + failure.message());
  return {};
}

}  // namespace rap::dataset
