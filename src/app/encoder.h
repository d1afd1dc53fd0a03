// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "rap/engines.h"
#include "rap/options.h"
#include "rap/result.h"
#include "retrieval/calibration.h"

namespace rap {

/// The vision encoder that open() gives its assistant, alone: for work on photos that needs no
/// memory. Fails with kNotFound or kCorrupt when its weights cannot be read, and with kUnsupported
/// when the options name a file that is no encoder.
[[nodiscard]] Result<std::unique_ptr<Encoder>> open_encoder(const Options& options);

/// What that encoder is called, for people: its name in the manifest, or that of the user's file. Fails as
/// open_encoder() does without a manifest.
[[nodiscard]] Result<std::string> encoder_name(const Options& options);

/// What makes probabilities of that encoder's similarities. An encoder of the user's own without one
/// gets the default encoder's. Fails as open_encoder() does.
[[nodiscard]] Result<Calibration> open_calibration(const Options& options);

}  // namespace rap
