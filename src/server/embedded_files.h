// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace rap::server {

/// A file that is part of the program.
struct EmbeddedFile {
  std::string_view path;  ///< "js/chat.js"
  std::string_view content;
  std::string_view tag;  ///< changes with the content
};

/// The files of web/ and openapi.json. Made by cmake/RapEmbed.cmake.
[[nodiscard]] std::span<const EmbeddedFile> embedded_files();

}  // namespace rap::server
