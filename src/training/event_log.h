// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "rap/result.h"

namespace rap::training {

/// A run's curves in two files of a folder: `log.jsonl`, one object a line, and
/// `events.out.tfevents.rap`, which TensorBoard reads (TFRecord frames of Event messages with
/// scalar summaries). Both are appended to, so a resumed run goes on where it stopped.
class EventLog {
 public:
  /// kIo.
  [[nodiscard]] static Result<EventLog> open(const std::filesystem::path& folder);

  /// Adds values at a step; `seconds` since the epoch.
  [[nodiscard]] Result<void> add(const std::string& stage, std::int64_t step,
                                 const std::map<std::string, double>& values, double seconds);

 private:
  EventLog() = default;

  std::ofstream lines_;
  std::ofstream events_;
};

/// One TFRecord frame with an Event of scalars, as TensorBoard defines them.
[[nodiscard]] std::string event_record(std::int64_t step, double seconds, const std::map<std::string, double>& values);

}  // namespace rap::training
