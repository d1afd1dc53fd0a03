// SPDX-License-Identifier: Apache-2.0
// What may leave the machine. Pictures and info are left out before the prompt is built; names
// are hidden at the last moment, in every text a remote generator sends, so that no path around
// it exists.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "generation/name_finder.h"
#include "generation/prompt.h"

namespace rap {

/// `input` without what `egress` keeps in: pictures (photos), info and attributes (info). Names
/// stay: see NameHider. Pure.
[[nodiscard]] PromptInput apply_egress(PromptInput input, const Egress& egress);

/// Replaces names by placeholders ("Person-1" for people, "Concept-2" for the rest) and knows the
/// way back. A concept has one placeholder for its name and all of its aliases, so that the model
/// still sees that they mean the same; it is put back as the name.
/// Immutable and thread-safe after construction.
class NameHider {
 public:
  /// `texts` is everything that will be hidden; a placeholder that already stands in one of them
  /// is not used, so that restoring cannot mistake the user's words for a name.
  NameHider(std::span<const KnownName> names, std::span<const std::string_view> texts);

  [[nodiscard]] std::string hide(std::string_view text) const;

  struct Placeholder {
    std::string text;
    std::string name;
  };
  [[nodiscard]] const std::vector<Placeholder>& placeholders() const noexcept { return placeholders_; }

 private:
  std::vector<Placeholder> placeholders_;  // one a concept
  std::vector<std::string> replacements_;  // one a name or alias
  std::unique_ptr<const NameFinder> finder_;
};

/// How the answer that names are put back into is written.
enum class AnswerForm { kText, kJson };

/// Puts names back into an answer that arrives in pieces: holds back what may be the beginning of
/// a placeholder. One per answer; not thread-safe.
class NameRestorer {
 public:
  /// Borrows `hider`.
  explicit NameRestorer(const NameHider& hider, AnswerForm form = AnswerForm::kText) : hider_(&hider), form_(form) {}

  /// The text that is ready after `piece` has arrived; may be empty.
  [[nodiscard]] std::string push(std::string_view piece);

  /// What was held back, at the end of the answer.
  [[nodiscard]] std::string finish();

 private:
  [[nodiscard]] std::string restore(std::string_view text) const;

  const NameHider* hider_;
  AnswerForm form_;
  std::string held_;
};

}  // namespace rap
