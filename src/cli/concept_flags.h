// SPDX-License-Identifier: Apache-2.0
// Flags that `rap remember` and `rap concepts edit` share: photos with boxes, attributes, consent.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/console.h"
#include "rap/memory.h"
#include "rap/result.h"

namespace rap::cli {

/// Photos in the order given, each with the box that followed it.
struct PhotoFlags {
  struct Item {
    std::string path;
    std::string box;  ///< as typed; empty = the whole photo
  };
  CLI::App* verb = nullptr;
  CLI::Option* photo = nullptr;
  CLI::Option* box = nullptr;
};

/// Adds `--photo F` (or another name for it) and `--box`, both repeatable.
[[nodiscard]] PhotoFlags add_photo_flags(CLI::App& verb, const std::string& photo_flag);

/// Which box belongs to which photo. kInvalidArgument (field "box") for a box without a photo
/// before it or two boxes after one photo.
[[nodiscard]] Result<std::vector<PhotoFlags::Item>> photo_items(const PhotoFlags& flags);

/// The files of some views; `views` borrows them.
struct LoadedViews {
  std::vector<Bytes> files;
  std::vector<NewView> views;
};

/// Reads the photos and works out their boxes.
[[nodiscard]] Result<LoadedViews> load_views(const Console& console, const PhotoFlags& flags);

/// Adds `--consent given|refused|not-asked`.
void add_consent_flag(CLI::App& verb, std::optional<Consent>& consent);

/// "key=value" texts as a map; the last of equal keys wins. kInvalidArgument (field "attr")
/// without a key.
[[nodiscard]] Result<std::map<std::string, std::string>> parse_attributes(std::span<const std::string> texts);

}  // namespace rap::cli
