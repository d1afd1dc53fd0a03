// SPDX-License-Identifier: Apache-2.0
#include "generation/egress.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"
#include "generation/json_text.h"

namespace rap {
namespace {

constexpr std::string_view kPersonStem = "Person-";
constexpr std::string_view kConceptStem = "Concept-";
constexpr std::array kStems{kPersonStem, kConceptStem};

bool is_digit(char character) { return character >= '0' && character <= '9'; }

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

/// Whether `tail` could become, or already is, a placeholder whose digits are not yet complete.
bool may_grow_to_placeholder(std::string_view tail) {
  for (const std::string_view stem : kStems) {
    const std::size_t common = std::min(tail.size(), stem.size());
    if (!equal_ignoring_case(tail.substr(0, common), stem.substr(0, common))) continue;
    if (std::all_of(tail.begin() + static_cast<std::ptrdiff_t>(common), tail.end(), is_digit)) return true;
  }
  return false;
}

}  // namespace

PromptInput apply_egress(PromptInput input, const Egress& egress) {
  if (!egress.photos) {
    input.photos.clear();
    for (Card& card : input.cards) card.picture.reset();
  }
  if (!egress.info) {
    for (Card& card : input.cards) {
      card.info.clear();
      card.attributes.clear();
    }
  }
  return input;
}

NameHider::NameHider(std::span<const KnownName> names, std::span<const std::string_view> texts) {
  const auto is_taken = [&](const std::string& placeholder) {
    return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) { return mentions(text, placeholder); });
  };
  std::vector<std::string> all;
  std::size_t number = 1;
  for (const KnownName& known : names) {
    const std::string_view stem = fold(known.category) == "person" ? kPersonStem : kConceptStem;
    std::string placeholder;
    do placeholder = std::string(stem) + std::to_string(number++);
    while (is_taken(placeholder));
    all.push_back(known.name);
    all.insert(all.end(), known.aliases.begin(), known.aliases.end());
    replacements_.resize(all.size(), placeholder);
    placeholders_.push_back({std::move(placeholder), known.name});
  }
  finder_ = std::make_unique<const NameFinder>(std::move(all));
}

std::string NameHider::hide(std::string_view text) const {
  return replace_hits(text, finder_->find(text), replacements_);
}

std::string NameRestorer::push(std::string_view piece) {
  held_.append(piece);
  std::size_t ready = held_.size();
  // A placeholder is short; looking further back than this cannot find the start of one.
  constexpr std::size_t kLongest = 32;
  for (std::size_t at = held_.size() - std::min(held_.size(), kLongest); at < held_.size(); ++at) {
    if (may_grow_to_placeholder(std::string_view(held_).substr(at))) {
      ready = at;
      break;
    }
  }
  std::string text = restore(std::string_view(held_).substr(0, ready));
  held_.erase(0, ready);
  return text;
}

std::string NameRestorer::finish() { return restore(std::exchange(held_, {})); }

std::string NameRestorer::restore(std::string_view text) const {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto stands_here = [&](const NameHider::Placeholder& placeholder) {
      const std::size_t size = placeholder.text.size();
      if (!equal_ignoring_case(text.substr(at, size), placeholder.text)) return false;
      return at + size == text.size() || !is_digit(text[at + size]);
    };
    const auto& all = hider_->placeholders();
    const auto found = std::find_if(all.begin(), all.end(), stands_here);
    if (found == all.end()) {
      result += text[at++];
    } else {
      result += form_ == AnswerForm::kJson ? json_escaped(found->name) : found->name;
      at += found->text.size();
    }
  }
  return result;
}

}  // namespace rap
