// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace rap::testing {

/// The tokens of a model made for a test, with llama.cpp's numbers for what each is.
struct TinyVocabulary {
  std::vector<std::string> tokens;
  std::vector<std::int32_t> types;
};

/// Unknown, begin, end, the 256 bytes, and the printable ASCII characters as tokens of their own.
inline TinyVocabulary tiny_vocabulary() {
  TinyVocabulary vocabulary{{"<unk>", "<s>", "</s>"}, {2, 3, 3}};
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::array<char, 8> name{};
    std::snprintf(name.data(), name.size(), "<0x%02X>", byte);
    vocabulary.tokens.emplace_back(name.data());
    vocabulary.types.push_back(6);
  }
  for (char letter = '!'; letter <= '~'; ++letter) {
    vocabulary.tokens.emplace_back(1, letter);
    vocabulary.types.push_back(1);
  }
  return vocabulary;
}

}  // namespace rap::testing
