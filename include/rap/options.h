// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "rap/engines.h"

namespace rap {

/// How open() builds an Assistant.
struct Options {
  // Behaviour.
  std::filesystem::path memory_file;  ///< SQLite file, made if missing; empty = the XDG data directory's
  std::filesystem::path encoder;      ///< ONNX file of your own, described by a .json beside it; empty = the default
  std::filesystem::path detector;     ///< ONNX file whose boxes are looked at too; empty = none
  std::filesystem::path detector_classes;  ///< names of its classes, or their embeddings (docs/models.md)
  bool detector_only = false;              ///< its boxes are looked at, and the whole photo, but no windows
  std::filesystem::path text_embeddings;   ///< GGUF of a text embedding model of your own; empty = the default
  std::string model;                       ///< name in the manifest; empty = the default model; "none" = no generator
  std::filesystem::path gguf;              ///< a VLM of your own instead of `model` …
  std::filesystem::path mmproj;            ///< … and its multimodal projector
  std::string llm_url;                     ///< an OpenAI-compatible server instead, e.g. "http://127.0.0.1:8080/v1"
  std::string llm_model;                   ///< the model to ask that server for
  std::string llm_key;                     ///< its bearer token; empty = none
  Egress egress;                           ///< what that server may see

  // Performance.
  int threads = 0;                   ///< compute threads; 0 = one per core
  std::filesystem::path models_dir;  ///< searched first for manifest and weights; empty = built-in places
  std::filesystem::path cache_dir;   ///< compiled encoder graphs; empty = the XDG cache directory's
};

}  // namespace rap
