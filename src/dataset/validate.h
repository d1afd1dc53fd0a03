// SPDX-License-Identifier: Apache-2.0
// Whether a finished set is what it claims to be.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "dataset/collect.h"
#include "rap/result.h"

namespace rap::dataset {

/// One kind of fault and where it was found.
struct Fault {
  std::string what;  ///< "a picture is missing"
  std::size_t count = 0;
  std::vector<std::string> examples;  ///< ids of the first few conversations; never names or texts
};

struct ValidationReport {
  std::size_t conversations = 0;
  std::size_t pictures = 0;  ///< checked to decode, each once
  std::vector<Fault> faults;

  [[nodiscard]] bool is_sound() const { return faults.empty(); }
};

/// Checks every conversation of the set in `folder`:
///   - ids differ; equal contexts have equal picture and cards; texts are not empty
///   - every picture is there and decodes; boxes lie inside the photo; `seen` is a probability
///   - captions, descriptions and answers about the photo never name a wrong card's concept
///   - personal captions name every right card's concept
///   - recognition says yes to right cards and no to wrong ones
///   - no photo, instance or name of training is in dev or test, nor one of these in the other
/// Fails with kNotFound or kCorrupt where the set cannot be read, and kCancelled.
[[nodiscard]] Result<ValidationReport> validate(const std::filesystem::path& folder, const OnStep& on_step);

}  // namespace rap::dataset
