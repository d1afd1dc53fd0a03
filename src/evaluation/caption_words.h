// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rap::evaluation {

using Words = std::vector<std::string>;

/// The words of a caption as BLEU and CIDEr count them, close to the Penn Treebank tokeniser of the
/// COCO caption evaluation: ASCII letters lower-cased, punctuation dropped, clitics split off ("dog's"
/// is "dog", "'s"; "don't" is "do", "n't"), hyphenated words kept whole. Unlike it, a number with a
/// point or comma ("1,000") becomes two words.
[[nodiscard]] Words caption_words(std::string_view caption);

}  // namespace rap::evaluation
