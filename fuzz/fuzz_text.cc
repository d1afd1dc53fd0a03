// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "core/text.h"
#include "fuzz/target.h"

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  std::vector<std::vector<std::uint8_t>> all;
  for (const std::string_view text :
       {"bo|Bo's ball, not Bob's", "zoé|ZOË Müller", "旺财|我家旺财怕", "กระต่าย|กระต่ายชอบ", "새싹이|새싹이는",
        "كلب|أين كلب؟", "blue mug|my  blue\nmug", "ﬁ|ＦＩ ﬃ"}) {
    all.emplace_back(text.begin(), text.end());
  }
  return all;
}

/// The input is "name|text".
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rap::fuzz::require;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t bar = input.find('|');
  const std::string_view name = input.substr(0, bar);
  const std::string_view text = bar == std::string_view::npos ? input : input.substr(bar + 1);
  const std::string folded = rap::fold(text);
  require(rap::fold(folded) == folded);
  require(rap::count_characters(folded).has_value());
  for (const std::string& word : rap::words(text)) require(!word.empty() && rap::count_characters(word).has_value());
  std::size_t end = 0;
  for (const rap::TextSpan& span : rap::find_name(text, name)) {
    require(span.begin >= end && span.begin < span.end && span.end <= text.size());
    require(rap::fold(text.substr(span.begin, span.end - span.begin)) == rap::fold(name));
    end = span.end;
  }
  return 0;
}
