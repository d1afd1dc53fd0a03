// SPDX-License-Identifier: Apache-2.0
#include "generation/names.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "core/text.h"
#include "generation/json_text.h"
#include "generation/name_finder.h"

namespace rap {
namespace {

/// All names and aliases of both lists, those of `required` first, with the concept each is of.
class KnownNames {
 public:
  KnownNames(std::span<const KnownName> required, std::span<const KnownName> others)
      : required_(required), others_(others), finder_(collect()) {}

  [[nodiscard]] std::vector<NameFinder::Hit> find(std::string_view text) const { return finder_.find(text); }

  [[nodiscard]] NameFindings check(std::string_view text) const {
    std::vector<bool> seen(required_.size() + others_.size(), false);
    for (const auto& hit : find(text)) seen[concept_of_[hit.name]] = true;
    NameFindings findings;
    for (std::size_t i = 0; i < required_.size(); ++i) {
      if (!seen[i]) findings.missing.push_back(required_[i].name);
    }
    for (std::size_t i = 0; i < others_.size(); ++i) {
      if (seen[required_.size() + i]) findings.foreign.push_back(others_[i].name);
    }
    return findings;
  }

  /// The concept that must not be named which a hit names; null for a required one.
  [[nodiscard]] const KnownName* foreign(const NameFinder::Hit& hit) const {
    const std::size_t index = concept_of_[hit.name];
    return index < required_.size() ? nullptr : &others_[index - required_.size()];
  }

 private:
  std::vector<std::string> collect() {
    std::vector<std::string> names;
    const auto add = [&](const KnownName& known, std::size_t index) {
      names.push_back(known.name);
      names.insert(names.end(), known.aliases.begin(), known.aliases.end());
      concept_of_.resize(names.size(), index);
    };
    for (std::size_t i = 0; i < required_.size(); ++i) add(required_[i], i);
    for (std::size_t i = 0; i < others_.size(); ++i) add(others_[i], required_.size() + i);
    return names;
  }

  std::span<const KnownName> required_;
  std::span<const KnownName> others_;
  std::vector<std::size_t> concept_of_;  // of each name; indexes required_, then others_
  NameFinder finder_;                    // after concept_of_, which collect() fills
};

/// "A", "A and B", "A, B and C".
std::string join_names(const std::vector<std::string>& names) {
  std::string joined;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) joined += i + 1 == names.size() ? " and " : ", ";
    joined += names[i];
  }
  return joined;
}

std::vector<std::string> names_of(std::span<const KnownName> known) {
  std::vector<std::string> names;
  for (const KnownName& one : known) names.push_back(one.name);
  return names;
}

/// Options of a generation that cannot name others, and starts with the required names if one was
/// missing; JSON cannot start with them.
GenerateOptions steered(GenerateOptions options, const NameRules& rules, const NameFindings& wrong) {
  if (!wrong.missing.empty() && !options.json) options.prefix = join_names(names_of(rules.required));
  for (const KnownName& other : rules.others) {
    const auto forbid = [&](const std::string& name) {
      const bool is_required = std::any_of(rules.required.begin(), rules.required.end(),
                                           [&](const KnownName& known) { return fold(known.name) == fold(name); });
      if (!is_required) options.forbidden.push_back(name);
    };
    forbid(other.name);
    for (const std::string& alias : other.aliases) forbid(alias);
  }
  return options;
}

/// The prompt with the wrong answer and the request for a right one at its end.
Prompt rewrite_request(Prompt prompt, const std::string& answer, const NameFindings& wrong) {
  std::string request = "Give that answer again, changed as little as possible.";
  if (!wrong.missing.empty()) request += " Name " + join_names(wrong.missing) + " in it.";
  if (!wrong.foreign.empty()) request += " Do not name " + join_names(wrong.foreign) + ".";
  request += " Write only the answer.";
  prompt.push_back(Message{Role::kAssistant, {answer}});
  prompt.push_back(Message{Role::kUser, {std::move(request)}});
  return prompt;
}

bool starts_sentence(std::string_view text, std::size_t at) {
  const std::size_t last = text.substr(0, at).find_last_not_of(" \n\"'(");
  return last == std::string_view::npos || text[last] == '.' || text[last] == '!' || text[last] == '?';
}

void capitalise(std::string& text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
}

/// What is said instead of a name: "a dog", or "someone" where the category says no more.
std::string unnamed(const KnownName& known) {
  const std::string& category = known.category;
  if (category.empty() || fold(category) == "person") return "someone";
  const bool vowel = std::string_view("aeiouAEIOU").find(category.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + category;
}

std::string replace_foreign(std::string_view text, const KnownNames& known, const auto& replacement) {
  std::string result;
  std::size_t done = 0;
  for (const auto& hit : known.find(text)) {
    const KnownName* foreign = known.foreign(hit);
    if (!foreign) continue;
    std::string instead = replacement(*foreign);
    if (starts_sentence(text, hit.span.begin)) capitalise(instead);
    result.append(text.substr(done, hit.span.begin - done)).append(instead);
    done = hit.span.end;
  }
  return result.append(text.substr(done));
}

std::string without_foreign(std::string text, const KnownNames& known) {
  const auto is_clean = [&] { return known.check(text).foreign.empty(); };
  if (is_clean()) return text;
  text = replace_foreign(text, known, [&](const KnownName& foreign) {
    std::string instead = unnamed(foreign);
    // A category can hold a foreign name itself.
    return known.check(instead).foreign.empty() ? instead : std::string("someone");
  });
  // Even the replacement can be, or complete, a foreign name: then nothing is said. The text gets
  // shorter with every removal, so this ends.
  while (!is_clean()) text = replace_foreign(text, known, [](const KnownName&) { return std::string(); });
  return text;
}

std::string with_missing(std::string text, const KnownNames& known) {
  const NameFindings before = known.check(text);
  if (before.missing.empty()) return text;
  const std::string names = join_names(before.missing);
  if (!text.empty() && text.back() != ' ' && text.back() != '\n') text += ' ';
  // The sentence around the names must not itself read as somebody's name.
  std::string with_sentence = text + "In the photo: " + names + ".";
  if (known.check(with_sentence).foreign.empty()) return with_sentence;
  return text + names + ".";
}

std::string substituted(std::string text, const KnownNames& known) {
  return with_missing(without_foreign(std::move(text), known), known);
}

/// A second answer in the place of a wrong one, if the generator gives one. Where it cannot be made
/// to begin with the names that are missing, it is asked for them.
std::optional<Generation> second_answer(const Generator& generator, const Prompt& prompt,
                                        const GenerateOptions& options, const NameRules& rules,
                                        const CheckedGeneration& wrong) {
  const bool can_steer = generator.info().can_steer;
  const bool is_asked = !can_steer || options.json;
  auto second = generator.generate(is_asked ? rewrite_request(prompt, wrong.generation.text, wrong.first) : prompt,
                                   can_steer ? steered(options, rules, wrong.first) : options, {});
  if (!second) return std::nullopt;
  second->to_first_token = wrong.generation.to_first_token;
  second->total += wrong.generation.total;
  second->answer_tokens += wrong.generation.answer_tokens;
  return std::move(*second);
}

/// Without a second answer the first one is repaired, which is better than losing it.
void repair_text(CheckedGeneration& checked, std::optional<Generation> second, const KnownNames& known) {
  if (second) checked.generation = std::move(*second);
  checked.generation.text = substituted(std::move(checked.generation.text), known);
  checked.repaired = true;
}

/// Words can neither be put into JSON nor taken out: the second answer has to be right and whole.
void repair_json(CheckedGeneration& checked, std::optional<Generation> second, const KnownNames& known) {
  if (!second || second->finish != FinishReason::kStop || !known.check(json_as_read(second->text)).ok()) return;
  checked.generation = std::move(*second);
  checked.repaired = true;
}

}  // namespace

NameFindings check_names(std::string_view text, std::span<const KnownName> required,
                         std::span<const KnownName> others) {
  return KnownNames(required, others).check(text);
}

Result<CheckedGeneration> generate_checked(const Generator& generator, const Prompt& prompt,
                                           const GenerateOptions& options, const NameRules& rules,
                                           const OnText& on_text) {
  const bool steers_at_once = rules.required.empty() && generator.info().can_steer;
  auto first = steers_at_once ? generator.generate(prompt, steered(options, rules, {}), on_text)
                              : generator.generate(prompt, options, {});
  if (!first) return Unexpected{first.error()};
  const KnownNames known(rules.required, rules.others);
  CheckedGeneration checked{std::move(*first), {}, false};
  const std::string& text = checked.generation.text;
  checked.first = known.check(options.json ? json_as_read(text) : text);
  if (!checked.first.ok()) {
    const bool asks_again = !steers_at_once && checked.generation.finish != FinishReason::kCancelled;
    auto second = asks_again ? second_answer(generator, prompt, options, rules, checked) : std::nullopt;
    const auto repair = options.json ? repair_json : repair_text;
    repair(checked, std::move(second), known);
  }
  if (!steers_at_once && on_text) on_text(checked.generation.text);
  return checked;
}

}  // namespace rap
