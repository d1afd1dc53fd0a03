// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rap/assistant.h"
#include "rap/options.h"
#include "rap/result.h"

namespace rap {

/// Builds an Assistant from files on this machine: opens (or makes) the memory, loads the
/// encoder now and the generator at its first use. Fails with kNotFound when weights are
/// missing, kCorrupt when a file has not the size that the manifest states, kInvalidArgument when two
/// generators are asked for at once, kUnsupported when an encoder or detector of the user's own is
/// not one that rap can use.
[[nodiscard]] Result<std::unique_ptr<Assistant>> open(const Options& options);

/// An assistant, and the name of its generator.
struct NamedAssistant {
  std::string name;
  std::shared_ptr<Assistant> assistant;
};

/// Builds several Assistants that share memory, encoder and detector: first that of open(), then one for each further
/// model of the manifest. Fails like open().
[[nodiscard]] Result<std::vector<NamedAssistant>> open_all(const Options& options,
                                                           std::span<const std::string> further_models);

/// The version of the library, "major.minor.patch".
[[nodiscard]] const char* version() noexcept;

}  // namespace rap
