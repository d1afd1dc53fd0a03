// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>

#include "rap/result.h"

namespace rap::dataset {

/// Reads a JSON list in the shape of RAP-260K or LLaVA (rap_json.h) and makes a set of it in `out`:
/// conversations.jsonl, with pictures linked (or copied) from below `images`. Entries that cannot be
/// read, and those whose pictures are missing, are left out and counted in `left_out`. Fails with
/// kNotFound, kTooLarge (2 GiB), kCorrupt (no JSON list) or kIo.
struct ImportReport {
  std::size_t conversations = 0;
  std::size_t left_out = 0;
};
[[nodiscard]] Result<ImportReport> import_rap(const std::filesystem::path& json, const std::filesystem::path& images,
                                              const std::filesystem::path& out);

}  // namespace rap::dataset
