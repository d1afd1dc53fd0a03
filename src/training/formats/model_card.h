// SPDX-License-Identifier: Apache-2.0
// The README.md that goes with weights: where they come from, what they can do, who may use them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rap::training {

/// Something the weights were made from, and its terms.
struct CardSource {
  std::string name;     ///< "SmolLM2-135M-Instruct"
  std::string licence;  ///< "Apache-2.0"
  std::string remark;   ///< what was taken of it, or what the terms forbid; may be empty
};

struct CardFile {
  std::string name;
  std::uintmax_t bytes = 0;
  std::string sha256;
};

/// One measured figure.
struct CardFigure {
  std::string what;     ///< "BLEU-4, 1,000 photos kept apart"
  std::string value;    ///< with its interval, as it is to be read
  std::string control;  ///< the same without the personal part, or by chance; may be empty
};

struct ModelCard {
  std::string name;
  std::string summary;            ///< one paragraph
  std::vector<CardSource> bases;  ///< frozen weights that it needs or started from
  std::vector<CardSource> data;   ///< photos and texts that it was trained on
  std::string terms;              ///< what follows for whoever uses the weights
  std::vector<CardFile> files;
  std::vector<std::pair<std::string, std::string>> recipe;  ///< setting, value
  std::vector<CardFigure> figures;
  std::string limits;                 ///< what it does badly; one paragraph
  std::vector<std::string> commands;  ///< that made it, in order
};

/// The card as Markdown. Sections without content are left out. Text stays on its line: line
/// breaks become blanks, and table cells are escaped.
[[nodiscard]] std::string markdown(const ModelCard& card);

}  // namespace rap::training
