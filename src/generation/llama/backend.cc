// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/backend.h"

#include <ggml-backend.h>
#include <llama.h>
#include <mtmd-helper.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace rap {
namespace {

void ignore_log(ggml_log_level /*level*/, const char* /*text*/, void* /*user_data*/) {}

std::filesystem::path backends_dir() {
  std::error_code error;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    auto installed = executable.parent_path().parent_path() / "lib" / "rap";
    if (std::filesystem::is_directory(installed, error)) return installed;
  }
  return RAP_LLAMA_BACKENDS_DIR;
}

Result<void> start() {
  llama_log_set(ignore_log, nullptr);  // ggml's log too
  mtmd_helper_log_set(ignore_log, nullptr);
  const auto dir = backends_dir();
  ggml_backend_load_all_from_path(dir.c_str());
  llama_backend_init();
  if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
    return fail(ErrorCode::kNotFound,
                "there is no compute backend of llama.cpp for this machine in '" + dir.string() + "'");
  }
  return {};
}

}  // namespace

Result<void> start_llama_backend() {
  static const Result<void> kStarted = start();
  return kStarted;
}

}  // namespace rap
