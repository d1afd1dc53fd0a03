// SPDX-License-Identifier: Apache-2.0
// One suite, many stores: every backend, with and without a restart between steps.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "image/photo.h"
#include "memory/sqlite/sqlite_memory.h"
#include "rap/memory.h"
#include "tests/support/data.h"

namespace rap::testing {

/// How to open one kind of memory in an empty folder (or one that it has used before).
struct Backend {
  const char* name;
  Result<std::unique_ptr<Memory>> (*open)(const std::filesystem::path& folder);
};

inline const Backend kBackends[] = {
    {"Sqlite", [](const std::filesystem::path& folder) { return open_sqlite_memory(folder / "memory.rap"); }},
};

enum class Restart { kNever, kBetweenSteps };

struct StoreCase {
  Backend backend;
  Restart restart;
};

/// A memory in a folder of its own.
class Store {
 public:
  explicit Store(StoreCase test) : case_(test) {}

  /// The memory for the next step; in kBetweenSteps a newly opened one, so do not keep it.
  Memory& operator*() {
    if (!memory_ || case_.restart == Restart::kBetweenSteps) reopen();
    return *memory_;
  }
  Memory* operator->() { return &**this; }

  void reopen() {
    memory_.reset();
    auto opened = case_.backend.open(folder_.path());
    if (!opened) throw std::runtime_error(opened.error().message);
    memory_ = *std::move(opened);
  }

 private:
  StoreCase case_;
  TemporaryDir folder_;
  std::unique_ptr<Memory> memory_;
};

class StoreTest : public ::testing::TestWithParam<StoreCase> {
 protected:
  Store store_{GetParam()};
  Owner owner_{"ada"};
};

inline std::vector<StoreCase> all_store_cases() {
  std::vector<StoreCase> cases;
  for (const Backend& backend : kBackends) {
    for (const Restart restart : {Restart::kNever, Restart::kBetweenSteps}) cases.push_back({backend, restart});
  }
  return cases;
}

inline std::string name_of(const ::testing::TestParamInfo<StoreCase>& test) {
  return std::string(test.param.backend.name) + (test.param.restart == Restart::kNever ? "" : "Restarted");
}

#define RAP_ON_ALL_STORES(Suite) \
  INSTANTIATE_TEST_SUITE_P(Stores, Suite, ::testing::ValuesIn(rap::testing::all_store_cases()), rap::testing::name_of)

/// A photo file; different for every `shade`.
inline Bytes photo_file(int shade) {
  Image image{8, 6, {}};
  for (int i = 0; i < 8 * 6 * 3; ++i) image.rgb.push_back(static_cast<std::uint8_t>((shade * 7 + i * 3) % 256));
  image.rgb[0] = static_cast<std::uint8_t>(shade % 256);
  image.rgb[1] = static_cast<std::uint8_t>(shade / 256);
  return *encode_png(image);
}

inline ConceptDraft draft_named(std::string name) {
  ConceptDraft draft;
  draft.name = std::move(name);
  return draft;
}

inline NewView view_of(const Bytes& photo) { return {photo, std::nullopt, Provenance::kConfirmed}; }

/// The value, or a failed test that shows the error.
template <class T>
T must(Result<T> result) {
  if (!result) {
    throw std::runtime_error(std::string(to_string(result.error().code)) + " (" + result.error().field +
                             "): " + result.error().message);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

template <class T>
void expect_error(const Result<T>& result, ErrorCode code, const std::string& field) {
  ASSERT_FALSE(result) << "expected " << to_string(code) << " for " << field;
  EXPECT_STREQ(to_string(result.error().code), to_string(code)) << result.error().message;
  EXPECT_EQ(result.error().field, field) << result.error().message;
  EXPECT_FALSE(result.error().message.empty());
}

}  // namespace rap::testing
