// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace rap::cli {

/// One flag, as a shell needs to know it.
struct CompletionFlag {
  std::string name;  ///< without dashes
  std::string help;
  bool takes_value = false;
  std::vector<std::string> words;  ///< the values there are; empty = anything, files offered
};

/// One verb and what can follow it.
struct CompletionVerb {
  std::vector<std::string> path;  ///< from "rap" on
  std::string help;
  std::vector<CompletionVerb> verbs;
  std::vector<CompletionFlag> flags;  ///< its own, then those of every verb
};

/// Reads verbs and flags from the parser itself, so that completion cannot fall behind.
[[nodiscard]] CompletionVerb completion_tree(const CLI::App& root);

/// A script for that shell that completes verbs, flags, fixed words and files.
[[nodiscard]] std::string bash_completion(const CompletionVerb& root);
[[nodiscard]] std::string zsh_completion(const CompletionVerb& root);
[[nodiscard]] std::string fish_completion(const CompletionVerb& root);

}  // namespace rap::cli
