// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/model.h"

#include <algorithm>
#include <system_error>
#include <thread>

#include "generation/llama/backend.h"

namespace rap {

Result<void> require_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error)) return {};
  return fail(ErrorCode::kNotFound, "there is no file '" + file.string() + "'");
}

int thread_count(int threads) {
  return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Result<llama_model_ptr> load_model(const std::filesystem::path& gguf, bool vocabulary_only) {
  if (auto started = start_llama_backend(); !started) return Unexpected{started.error()};
  if (auto found = require_file(gguf); !found) return Unexpected{found.error()};
  llama_model_params params = llama_model_default_params();
  params.vocab_only = vocabulary_only;
  // Repacked weights go through ggml's AMX path on some CPUs, which crashes (llama.cpp#20824).
  params.use_extra_bufts = false;
  llama_model_ptr model(llama_model_load_from_file(gguf.c_str(), params));
  if (!model) return fail(ErrorCode::kCorrupt, "'" + gguf.string() + "' is not a GGUF model that llama.cpp can load");
  return model;
}

}  // namespace rap
