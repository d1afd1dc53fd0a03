// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "rap/types.h"

namespace rap {

/// "[x1,y1,x2,y2]": a box's edges in whole percent of the photo's width and height. Cards say with it
/// where something was seen, and answers where it is, so models read and write it alike.
[[nodiscard]] std::string percent_text(const Box& box);

}  // namespace rap
