// SPDX-License-Identifier: Apache-2.0
// Values as JSON, as `--json` and the server say them. Documented in docs/cli.md; members are added, never changed.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "rap/assistant.h"
#include "rap/memory.h"
#include "rap/result.h"

namespace rap {

using Json = nlohmann::ordered_json;

/// Words of enumerations, as they stand in JSON and tables.
[[nodiscard]] const char* to_word(Consent consent);
[[nodiscard]] const char* to_word(Provenance provenance);
[[nodiscard]] const char* to_word(HistoryEntry::Kind kind);
[[nodiscard]] const char* to_word(FinishReason reason);

/// [x, y, width, height] in whole pixels of a photo of that size, or null without a box.
[[nodiscard]] Json box_json(const std::optional<Box>& box, int photo_width, int photo_height);

/// A concept with the number of views that show it, and of its counter-examples.
[[nodiscard]] Json concept_json(const Concept& found);

[[nodiscard]] Json history_json(const HistoryEntry& entry);

[[nodiscard]] Json face_status_json(const FaceStatus& status);

/// Size of the photo, matches and near misses.
[[nodiscard]] Json recognition_json(const Recognition& recognition);

[[nodiscard]] Json answer_json(const Answer& answer);

/// Its pieces: the concepts of its cards, what the check of names found, and times in milliseconds.
[[nodiscard]] Json cards_json(const Answer& answer);
[[nodiscard]] Json names_json(const NameReport& report);
[[nodiscard]] Json timings_json(const Timings& timings);

/// {"error": {code, message, field, did_you_mean}}; the last only if there is something in it.
[[nodiscard]] Json error_json(const Error& error, std::span<const std::string> did_you_mean = {});

/// Prints indented, one line feed at the end. Invalid UTF-8 (in a path) becomes U+FFFD.
void print_json(std::ostream& out, const Json& json);

/// One line, for JSON Lines; without the line feed.
[[nodiscard]] std::string to_line(const Json& json);

}  // namespace rap
