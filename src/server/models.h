// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rap/assistant.h"
#include "rap/open.h"
#include "rap/result.h"

namespace rap::server {

/// The assistants of a server: over one memory, each with another generator. Immutable.
class Models {
 public:
  static constexpr std::string_view kDefault = "rap";  ///< chooses the first
  static constexpr std::string_view kWithoutMemory = "/none";

  /// The first is the default. At least one.
  explicit Models(std::vector<NamedAssistant> assistants) : assistants_(std::move(assistants)) {}

  /// What a request's "model" means.
  struct Choice {
    Assistant* assistant = nullptr;
    bool use_memory = true;
  };

  /// "rap", a name, or either with "/none": the same without memory. An ":latest" at the end, as Ollama's clients add,
  /// is left out. kNotFound for another.
  [[nodiscard]] Result<Choice> choose(std::string_view model) const;

  /// Everything that choose() takes, the default first.
  [[nodiscard]] std::vector<std::string> names() const;

  /// The names of the generators alone.
  [[nodiscard]] std::vector<std::string> generators() const;

  /// For everything that needs no generator.
  [[nodiscard]] Assistant& any() const { return *assistants_.front().assistant; }

 private:
  std::vector<NamedAssistant> assistants_;
};

}  // namespace rap::server
