// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "rap/result.h"

namespace rap::cli {

/// How `rap` ends; documented in docs/cli.md and stable.
enum class ExitCode : int {
  kOk = 0,
  kFailure = 1,            ///< an operation failed: storage, damaged file, bug
  kUsage = 2,              ///< the command line or a value in it is wrong
  kNotFound = 3,           ///< a named concept, file or model does not exist
  kConflict = 4,           ///< a name is taken, a revision is stale
  kBadInput = 5,           ///< a photo cannot be read, or a limit is exceeded
  kEngineUnavailable = 6,  ///< no generator, or its server cannot be reached
  kInterrupted = 130,      ///< stopped by Ctrl-C
};

/// The exit code that tells this error to a script.
[[nodiscard]] ExitCode exit_code_of(const Error& error);

/// Whether the error is about a photo that the user gave, rather than about rap or its storage.
[[nodiscard]] bool is_about_photo(const Error& error);

/// What the user can do about the error, as the second half of a sentence; may be empty.
[[nodiscard]] std::string next_step(const Error& error);

}  // namespace rap::cli
