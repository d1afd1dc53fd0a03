// SPDX-License-Identifier: Apache-2.0
// Where tests find photos and weights that are not part of the repository.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "rap/options.h"

namespace rap::testing {

/// The root of the checkout.
inline std::filesystem::path source_dir() { return RAP_SOURCE_DIR; }

/// Photos that ship with rap.
inline std::filesystem::path example_photo(const char* name) { return source_dir() / "examples" / "photos" / name; }

/// Options that find the weights that ship with rap, as they are served.
inline Options served_models() {
  Options options;
  options.models_dir = source_dir() / "models";
  return options;
}

/// The folder of development photos: $RAP_DATA_DIR, else ../shared/data beside the checkout.
inline std::filesystem::path data_dir() {
  if (const char* dir = std::getenv("RAP_DATA_DIR")) return dir;
  return source_dir() / ".." / "shared" / "data";
}

inline bool have_data() { return std::filesystem::is_directory(data_dir() / "dreambooth"); }

/// An empty folder of this process that goes away with the object.
class TemporaryDir {
 public:
  TemporaryDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rap-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDir(const TemporaryDir&) = delete;
  TemporaryDir& operator=(const TemporaryDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace rap::testing

/// Skips the test where the development photos are not there.
#define RAP_NEEDS_DATA() \
  if (!rap::testing::have_data()) GTEST_SKIP() << "no photos: set RAP_DATA_DIR to run this test"
