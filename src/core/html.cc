// SPDX-License-Identifier: Apache-2.0
#include "core/html.h"

namespace rap {

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    switch (character) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        if ((byte < 0x20 && character != '\n' && character != '\t') || byte == 0x7F) {
          escaped += "\xEF\xBF\xBD";
        } else {
          escaped += character;
        }
    }
  }
  return escaped;
}

}  // namespace rap
