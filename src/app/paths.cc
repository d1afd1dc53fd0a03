// SPDX-License-Identifier: Apache-2.0
#include "app/paths.h"

#include <cstdlib>

namespace rap {
namespace {

namespace fs = std::filesystem;

fs::path xdg_home(const char* variable, const char* below_home) {
  const char* value = std::getenv(variable);
  if (value != nullptr && fs::path(value).is_absolute()) return fs::path(value) / "rap";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : ".") / below_home / "rap";
}

}  // namespace

fs::path data_home() { return xdg_home("XDG_DATA_HOME", ".local/share"); }
fs::path cache_home() { return xdg_home("XDG_CACHE_HOME", ".cache"); }

fs::path graph_cache(const Options& options) { return options.cache_dir.empty() ? cache_home() : options.cache_dir; }

std::vector<fs::path> model_folders(const Options& options) {
  std::vector<fs::path> folders;
  if (!options.models_dir.empty()) folders.push_back(options.models_dir);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) folders.push_back(program.parent_path().parent_path() / "share" / "rap" / "models");
  folders.emplace_back(RAP_MODELS_DIR);
  folders.emplace_back(RAP_FETCHED_MODELS_DIR);
  return folders;
}

Result<fs::path> find_model_file(const Options& options, const fs::path& relative) {
  for (const fs::path& folder : model_folders(options)) {
    std::error_code error;
    if (fs::is_regular_file(folder / relative, error)) return folder / relative;
  }
  return fail(ErrorCode::kNotFound,
              "the model file '" + relative.string() +
                  "' is missing: run scripts/bootstrap.sh in the checkout, or name the folder that holds it with "
                  "--models",
              "models_dir");
}

}  // namespace rap
