// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "rap/engines.h"
#include "rap/options.h"
#include "rap/result.h"

namespace rap {

/// How an OpenAI-compatible server is asked.
struct OpenAiOptions {
  // Behaviour.
  std::string url;    ///< base of the API, "http://host:port/v1" or https
  std::string model;  ///< the model to ask for; may be empty where the server has only one
  std::string key;    ///< bearer token; empty = none
  Egress egress;      ///< what may leave this machine
  PromptLayout layout = PromptLayout::kLabelled;
  std::function<Result<Bytes>(const Image&)> encode_jpeg;  ///< required: how pictures become files

  // Performance.
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds silence_timeout{60'000};  ///< longest wait for the first and every next piece
  std::chrono::milliseconds total_timeout{300'000};   ///< of one answer, retries included
  int retries = 2;                                    ///< further tries before the first byte of an answer
  std::chrono::milliseconds first_backoff{500};       ///< doubled with every retry
  std::chrono::milliseconds max_retry_wait{20'000};   ///< a longer Retry-After is not waited for
  std::size_t max_answer_bytes = 4'000'000;           ///< of the response's body
};

/// A generator that asks a server's /chat/completions, streaming. What Egress keeps in is left
/// out of every request: pictures here, names (GenerateOptions::private_names) here, replaced by
/// placeholders and put back in the answer; info before the prompt is built (apply_egress).
/// Redirects are not followed. Retries after a refused connection, 429 and 5xx, never once an
/// answer has begun. Fails with kUnavailable (not reached, busy, timed out), kInvalidArgument
/// (the server refused the request), kCorrupt (not an answer); messages never hold the key or
/// text of the prompt. Thread-safe; every call has its own connection.
///
/// kInvalidArgument if the URL is not http or https or the JPEG encoder is missing.
[[nodiscard]] Result<std::unique_ptr<Generator>> open_openai_generator(OpenAiOptions options);

}  // namespace rap
