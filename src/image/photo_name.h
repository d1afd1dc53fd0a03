// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace rap {

/// Whether a file's name ends like that of a photo that decode_photo() reads, whatever the case of its letters.
[[nodiscard]] bool has_photo_name(const std::filesystem::path& file);

}  // namespace rap
