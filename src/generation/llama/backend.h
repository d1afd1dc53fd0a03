// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rap/result.h"

namespace rap {

/// Makes llama.cpp ready, once a process: silences its logs and loads ggml's compute backends,
/// which pick the kernels of this machine's CPU. They are looked for in ../lib/rap beside the
/// executable (an installed rap), else where the build put them. kNotFound if there is none.
/// Thread-safe; later calls return the first call's result.
[[nodiscard]] Result<void> start_llama_backend();

}  // namespace rap
