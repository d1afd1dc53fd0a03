// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "rap/memory.h"
#include "rap/result.h"

namespace rap {

/// Opens a memory in one SQLite file, or makes it (readable by its user only: mode 0600, missing
/// folders 0700). Beside it SQLite keeps FILE-wal and FILE-shm. A file of an older rap is brought
/// to the newest schema. Any number of processes may use one file; within a process the calls of
/// one Memory take turns on one connection. A call that waits longer than 10 s for another
/// process fails with kUnavailable.
/// Fails with kIo, kCorrupt (not a memory of rap) or kUnsupported (made by a newer rap).
[[nodiscard]] Result<std::unique_ptr<Memory>> open_sqlite_memory(const std::filesystem::path& file);

}  // namespace rap
