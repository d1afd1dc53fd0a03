// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "rap/engines.h"
#include "rap/options.h"
#include "rap/result.h"

namespace rap {

/// The face encoder that open() gives its assistant, alone. Its weights are read at the first use.
/// Fails with kNotFound or kCorrupt when they are not there.
[[nodiscard]] Result<std::unique_ptr<FaceEncoder>> open_face_encoder(const Options& options);

}  // namespace rap
