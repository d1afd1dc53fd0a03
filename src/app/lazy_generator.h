// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "rap/engines.h"
#include "rap/result.h"

namespace rap {

/// A generator that is opened at its first use, so that recognition never pays for a language
/// model. Until it could be opened, info() is that of a generator without abilities and every
/// other call returns the error of opening; a failed opening is not tried again. Thread-safe.
[[nodiscard]] std::unique_ptr<Generator> make_lazy_generator(std::function<Result<std::unique_ptr<Generator>>()> open);

}  // namespace rap
