// SPDX-License-Identifier: Apache-2.0
#include "rap/assistant.h"

namespace rap {

std::string Doubt::name() const {
  std::string text;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) text += i + 1 == candidates.size() ? " or " : ", ";
    text += candidates[i].name;
  }
  return text;
}

}  // namespace rap
