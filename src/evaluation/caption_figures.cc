// SPDX-License-Identifier: Apache-2.0
#include "evaluation/caption_figures.h"

#include <algorithm>
#include <numeric>

#include "evaluation/bleu.h"
#include "evaluation/cider.h"

namespace rap::evaluation {
namespace {

std::vector<Words> words_of(const std::vector<std::string>& captions) {
  std::vector<Words> words;
  words.reserve(captions.size());
  for (const std::string& caption : captions) words.push_back(caption_words(caption));
  return words;
}

}  // namespace

CaptionFigures caption_figures(std::span<const std::string> captions,
                               std::span<const std::vector<std::string>> references) {
  std::vector<std::vector<Words>> corpus;
  corpus.reserve(references.size());
  for (const auto& of_photo : references) corpus.push_back(words_of(of_photo));
  const Cider cider(corpus);
  std::vector<BleuCounts> counts;
  std::vector<double> scores;
  for (std::size_t i = 0; i < captions.size(); ++i) {
    const Words words = caption_words(captions[i]);
    counts.push_back(count_bleu(words, corpus[i]));
    scores.push_back(cider.score(words, corpus[i]));
  }

  CaptionFigures figures;
  for (std::size_t order = 1; order <= kOrders; ++order) {
    figures.bleu[order - 1] = bootstrap(captions.size(), [&](std::span<const std::size_t> chosen) {
      BleuCounts sum;
      for (const std::size_t index : chosen) sum += counts[index];
      return bleu(sum, order);
    });
  }
  figures.cider = bootstrap(captions.size(), [&](std::span<const std::size_t> chosen) {
    return std::accumulate(chosen.begin(), chosen.end(), 0.0,
                           [&](double sum, std::size_t index) { return sum + scores[index]; }) /
           static_cast<double>(chosen.size());
  });
  return figures;
}

}  // namespace rap::evaluation
