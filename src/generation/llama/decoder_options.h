// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace rap {

/// How a language model's context is set up.
struct DecoderOptions {
  int context_tokens = 2048;     ///< prompt and answer together
  int batch_tokens = 512;        ///< decoded at once; bounds the working memory
  int threads = 0;               ///< 0 = one per core
  std::size_t max_waiting = 16;  ///< callers that may wait for their turn
  bool reuse_prefix = true;      ///< keep the state of the last prompt for the next one's equal beginning
};

}  // namespace rap
