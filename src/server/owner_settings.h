// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "rap/assistant.h"
#include "rap/memory.h"
#include "rap/result.h"

namespace rap::server {

/// How an owner wants to be answered. Kept in the owner's memory.
struct OwnerSettings {
  std::optional<std::string> model;
  std::optional<double> threshold;
  std::optional<double> max_false_rate;  ///< chooses the threshold instead

  /// `otherwise`, changed where there is a setting.
  [[nodiscard]] RecognizeOptions applied_to(RecognizeOptions otherwise) const;
};

[[nodiscard]] Result<OwnerSettings> read_settings(const Memory& memory, const Owner& owner);
[[nodiscard]] Result<void> write_settings(Memory& memory, const Owner& owner, const OwnerSettings& settings);

}  // namespace rap::server
