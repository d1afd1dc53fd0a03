// SPDX-License-Identifier: Apache-2.0
// Whole memories in and out of files: bundles of rap, and databases of the RAP reference.
#pragma once

#include <filesystem>

#include "rap/memory.h"
#include "rap/result.h"

namespace rap {

/// Writes all concepts of an owner with their photos into one file (mode 0600). The file appears
/// whole or not at all. History, derived values and forgotten concepts are not part of it. Fails
/// with kIo, or kConflict when the memory keeps changing while it is read.
///
/// Format (integers are unsigned, 64 bits, little-endian):
///   8 bytes   "RAPBNDL" and the version, "1" or "2"
///   8 bytes   length of the manifest
///   64 bytes  sha256 of the manifest, hex
///   manifest  JSON: {"version": 1 or 2, "concepts": [...], "photos": ["<sha256>", ...]}
///   then for each of "photos", in order: 8 bytes length, and the photo file
/// The sha256 of the manifest and those of the photos cover every byte of content; nothing may
/// follow the last photo. Version 2 is written only where a view is a counter-example ("shows":
/// false), which a reader of version 1 would take for a view that shows its concept.
[[nodiscard]] Result<TransferReport> export_bundle(const Memory& memory, const Owner& owner,
                                                   const std::filesystem::path& file);

/// Adds the concepts of a bundle: all, or none if anything is wrong. Ids, times, views, boxes and
/// provenance are kept; a concept's revision is the one that the import gives it (see
/// Memory::restore). `merge` says what happens to concepts that the memory already has. Fails with
/// kNotFound or kIo (the file), kUnsupported (a newer format), kCorrupt (not a bundle, damaged,
/// truncated), kConflict (Merge::kFail), or like Memory::restore.
[[nodiscard]] Result<TransferReport> import_bundle(Memory& memory, const Owner& owner,
                                                   const std::filesystem::path& file, Merge merge = Merge::kFail);

/// Adds the concepts of a `database.json` of the RAP reference implementation (arXiv 2410.13360):
///   {"concept_dict": {"<bo>": {"name": "bo", "image": "folder/bo.png", "info": ..., "category": ...}}}
/// `image` is one path or a list of paths, absolute or relative to the folder of the JSON file or
/// to the folder above (the reference names photos from there). A token like "<bo>" in `info`
/// becomes the name. All concepts are added, or none. Errors name entries by their position,
/// "concept_dict[3].image", counted from 0; kNotFound for a photo that is not there, kCorrupt for
/// a file of another form, kConflict (Merge::kFail), else like Memory::restore.
[[nodiscard]] Result<TransferReport> import_rap_database(Memory& memory, const Owner& owner,
                                                         const std::filesystem::path& json, Merge merge = Merge::kFail);

}  // namespace rap
