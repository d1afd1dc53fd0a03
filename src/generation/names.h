// SPDX-License-Identifier: Apache-2.0
// The name check: accepted names must appear in a caption, names of other concepts must not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// What the check found in a text.
struct NameFindings {
  std::vector<std::string> missing;  ///< required names (nor any alias) that do not appear
  std::vector<std::string> foreign;  ///< other names that do
  [[nodiscard]] bool ok() const noexcept { return missing.empty() && foreign.empty(); }
};

/// Compares whole words, folded; aliases count as the name. Where names overlap in the text the
/// longer one is meant, so "Max Power" names neither a required nor a foreign "Max"; a name that
/// is both required and foreign is required. A name that the question itself uses is no mistake:
/// leave it out of `others`.
[[nodiscard]] NameFindings check_names(std::string_view text, std::span<const KnownName> required,
                                       std::span<const KnownName> others);

/// An answer after the check.
struct CheckedGeneration {
  Generation generation;
  NameFindings first;  ///< what was wrong with the first answer
  bool repaired = false;
};

/// What has to hold of an answer.
struct NameRules {
  std::vector<KnownName> required;
  std::vector<KnownName> others;
};

/// Generates and verifies. A wrong answer is repaired at most once through the generator (steered
/// decoding where it can, else one targeted rewrite), then, if names are still wrong, by
/// substitution in the text, so that the returned text always satisfies the rules.
/// JSON (GenerateOptions::json) is checked as its reader will read it, and not touched: the second
/// answer is one more in JSON, and is returned if it is right; otherwise the first one is, with
/// `repaired` false and what is wrong with it in `first`.
/// Where nothing is required and the generator can steer, the other names are kept out from the
/// first token on, and `on_text` receives the answer as it grows; otherwise it receives the
/// verified answer whole. Errors are the generator's.
[[nodiscard]] Result<CheckedGeneration> generate_checked(const Generator& generator, const Prompt& prompt,
                                                         const GenerateOptions& options, const NameRules& rules,
                                                         const OnText& on_text);

}  // namespace rap
