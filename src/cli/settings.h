// SPDX-License-Identifier: Apache-2.0
// The flags that every verb takes, and where their values come from: the command line, then the
// environment (RAP_*), then the configuration file, then the default.
#pragma once

#include <filesystem>
#include <optional>

#include "rap/assistant.h"
#include "rap/options.h"
#include "rap/result.h"

namespace CLI {
class App;
}

namespace rap::cli {

struct Settings {
  Options options;  ///< llm_key is filled in by assistant_options()
  std::filesystem::path llm_key_file;
  double threshold = RecognizeOptions{}.threshold;
  bool quick = false;
  bool second_look = false;
  std::optional<double> max_false_rate;  ///< chooses the threshold if given
  bool json = false;
  bool quiet = false;
  bool no_color = false;
  bool no_send_photos = false;
  bool no_send_names = false;
  bool no_send_info = false;
};

/// Adds the global flags, their RAP_* variables and --config to `app`. `settings` must outlive
/// the parsing, and is complete after it.
void add_settings(CLI::App& app, Settings& settings);

/// The configuration file that is read when --config names none: $RAP_CONFIG, else
/// rap/config.toml under $XDG_CONFIG_HOME or ~/.config. Empty if there is no home directory.
[[nodiscard]] std::filesystem::path default_config_file();

/// What rap::open() is to be given: the settings, with the secret key read from its file or from
/// $RAP_LLM_KEY. Fails as read_file() does, or with kInvalidArgument for an empty key file.
[[nodiscard]] Result<Options> assistant_options(const Settings& settings);

}  // namespace rap::cli
