// SPDX-License-Identifier: Apache-2.0
#include "evaluation/ngrams.h"

namespace rap::evaluation {

Ngrams count_ngrams(const Words& words) {
  Ngrams ngrams;
  for (std::size_t first = 0; first < words.size(); ++first) {
    std::string ngram;
    for (std::size_t n = 0; n < kOrders && first + n < words.size(); ++n) {
      if (n > 0) ngram += ' ';
      ngram += words[first + n];
      ++ngrams[n][ngram];
    }
  }
  return ngrams;
}

}  // namespace rap::evaluation
