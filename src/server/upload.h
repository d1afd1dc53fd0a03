// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "rap/result.h"
#include "server/call.h"

namespace rap::server {

/// Writes the body of an upload (Call::upload) to a file. kTooLarge, kInvalidArgument (cut off), kIo.
[[nodiscard]] Result<void> receive_upload(Call& call, const std::filesystem::path& file);

}  // namespace rap::server
