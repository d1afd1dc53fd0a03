// SPDX-License-Identifier: Apache-2.0
// models/manifest.json: which weights rap knows, where they come from, and their checksums.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rap/engines.h"
#include "rap/options.h"
#include "rap/result.h"

namespace rap {

/// One encoder or model of the manifest.
struct ModelEntry {
  /// A file of weights; `path` is relative to a models folder.
  struct File {
    std::string role;  ///< "onnx", "base", "lora", "projector", "landmarks", "embedder", "gguf"
    std::string path;
    std::string sha256;
    std::uintmax_t bytes = 0;
    std::string fetched_by;  ///< the command that fetches it on request; empty: it is always there
  };

  std::string name;
  std::string description;
  std::string licence;
  std::string source;
  bool is_default = false;
  std::vector<File> files;

  /// The file with this role, or null.
  [[nodiscard]] const File* file(std::string_view role) const;
};

struct EncoderEntry : ModelEntry {
  int input_side = 0;
  float mean = 0.0F;
  float scale = 1.0F;
};

struct GeneratorEntry : ModelEntry {
  std::string chat_template;  ///< empty = the base's own
  PromptLayout layout = PromptLayout::kRap;
};

struct Manifest {
  EncoderEntry encoder;
  std::optional<ModelEntry> faces;  ///< the face encoder, if there is one
  std::optional<ModelEntry> text;   ///< the text encoder, if there is one
  std::vector<GeneratorEntry> generators;
};

/// Reads the manifest of the models folders. kNotFound or kCorrupt.
[[nodiscard]] Result<Manifest> read_manifest(const Options& options);

/// The encoders and the models of the manifest, for `rap models list`.
[[nodiscard]] Result<std::vector<ModelEntry>> list_models(const Options& options);

/// State of one file of weights.
struct ModelCheck {
  std::string model;
  std::string file;
  bool present = false;
  bool intact = false;     ///< size and sha256 are those of the manifest
  std::string fetched_by;  ///< as in the manifest; where it is not empty, a missing file is no fault
};

/// Hashes every file of the manifest.
[[nodiscard]] Result<std::vector<ModelCheck>> verify_models(const Options& options);

/// Finds a file of the manifest and checks its size (its checksum is verify_models()'s work, too
/// slow for every start). kNotFound or kCorrupt.
[[nodiscard]] Result<std::filesystem::path> locate(const Options& options, const ModelEntry& entry,
                                                   std::string_view role);

}  // namespace rap
