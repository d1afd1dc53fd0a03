// SPDX-License-Identifier: Apache-2.0
// What a verb works with. Verbs get everything from here, so that tests can give them engines
// and streams of their own.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/manifest.h"
#include "cli/console.h"
#include "cli/settings.h"
#include "cli/train.h"
#include "rap/assistant.h"
#include "rap/open.h"
#include "rap/result.h"

namespace rap::cli {

/// The parts of rap that a verb needs beyond plain functions.
struct Services {
  std::function<Result<std::unique_ptr<Assistant>>(const Options&)> open;
  std::function<Result<std::vector<ModelEntry>>(const Options&)> list_models;
  std::function<Result<std::vector<ModelCheck>>(const Options&)> verify_models;
  std::string version;
  std::function<Result<std::unique_ptr<Encoder>>(const Options&)> open_encoder = {};
  std::function<Result<std::unique_ptr<Generator>>(const Options&)> open_generator = {};
  std::function<Result<std::unique_ptr<FaceEncoder>>(const Options&)> open_face_encoder = {};
  std::function<Result<std::vector<NamedAssistant>>(const Options&, std::span<const std::string>)> open_all = {};
  RunTraining train = {};
};

struct Context {
  const Services& services;
  Console& console;
  Settings settings;
  Owner owner;                            ///< this machine's user
  std::vector<std::string> did_you_mean;  ///< names like one that was not found, for the error

  /// Whether text on stdout or stderr is coloured.
  [[nodiscard]] bool colour_out() const;
  [[nodiscard]] bool colour_err() const;

  /// Whether remarks that are not results are wanted.
  [[nodiscard]] bool talkative() const { return !settings.quiet && !settings.json; }

  /// Writes one remark to stderr, if talkative.
  void remark(std::string_view text) const;

  [[nodiscard]] RecognizeOptions recognize_options() const;
};

/// Opens the assistant with its generator.
[[nodiscard]] Result<std::unique_ptr<Assistant>> open_assistant(const Context& context);

/// Opens the assistant for work that needs no generator, so that no weights of one are needed.
[[nodiscard]] Result<std::unique_ptr<Assistant>> open_without_generator(const Context& context);

}  // namespace rap::cli
