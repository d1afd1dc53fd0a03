// SPDX-License-Identifier: Apache-2.0
#include "cli/settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "cli/numbers.h"
#include "core/files.h"

namespace rap::cli {
namespace {

constexpr std::uintmax_t kKeyFileBytes = std::uintmax_t{64} * 1024;
constexpr const char* kKeyVariable = "RAP_LLM_KEY";

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string() : std::string(value);
}

/// "no-send-photos" -> "RAP_NO_SEND_PHOTOS"
std::string variable_of(std::string_view option) {
  std::string variable = "RAP_";
  for (const char c : option)
    variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

bool is_set_by_environment(const CLI::ConfigItem& item) {
  if (!item.parents.empty()) return false;
  if (!environment(variable_of(item.name).c_str()).empty()) return true;
  return item.name == "llm-key-file" && !environment(kKeyVariable).empty();
}

/// CLI11 asks the configuration file before the environment; here the environment wins.
class EnvironmentFirst : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> wanted = CLI::ConfigTOML::from_config(input);
    wanted.erase(std::remove_if(wanted.begin(), wanted.end(), is_set_by_environment), wanted.end());
    return wanted;
  }
};

class Adder {
 public:
  explicit Adder(CLI::App& app) : app_(app) {}

  template <class T>
  CLI::Option* option(const std::string& name, T& value, const std::string& help, const std::string& group) {
    return finish(app_.add_option("--" + name, value, help), name, group);
  }
  CLI::Option* flag(const std::string& name, const std::string& short_name, bool& value, const std::string& help,
                    const std::string& group) {
    const std::string names = short_name.empty() ? "--" + name : short_name + ",--" + name;
    return finish(app_.add_flag(names, value, help), name, group);
  }

 private:
  static CLI::Option* finish(CLI::Option* option, const std::string& name, const std::string& group) {
    return option->envname(variable_of(name))->group(group);
  }

  CLI::App& app_;
};

void add_engine_flags(Adder& add, Settings& settings) {
  const std::string group = "Engines";
  Options& options = settings.options;
  add.option("encoder", options.encoder, "A vision encoder of your own (ONNX, with a .json beside it)", group)
      ->type_name("FILE");
  add.option("detector", options.detector, "A detector (ONNX) whose boxes are looked at too", group)->type_name("FILE");
  add.option("detector-classes", options.detector_classes, "The names of its classes, or their embeddings", group)
      ->type_name("FILE");
  add.flag("detector-only", "", options.detector_only, "Look at its boxes and the whole photo only", group);
  add.option("text-embeddings", options.text_embeddings, "A text embedding model of your own (GGUF)", group)
      ->type_name("FILE");
  add.option("model", options.model, "Model of the manifest, or none", group)->type_name("NAME");
  add.option("gguf", options.gguf, "A vision-language model of your own", group)->type_name("FILE");
  add.option("mmproj", options.mmproj, "The multimodal projector of --gguf", group)->type_name("FILE");
  add.option("llm", options.llm_url, "An OpenAI-compatible server instead", group)->type_name("URL");
  add.option("llm-model", options.llm_model, "The model to ask that server for", group)->type_name("NAME");
  add.option("llm-key-file", settings.llm_key_file, "File that holds the server's key (or set RAP_LLM_KEY)", group)
      ->type_name("FILE");
  add.flag("no-send-photos", "", settings.no_send_photos, "Keep photos from that server", group);
  add.flag("no-send-names", "", settings.no_send_names, "Send placeholders instead of names", group);
  add.flag("no-send-info", "", settings.no_send_info, "Keep info and attributes from that server", group);
  add.option("threads", options.threads, "Compute threads, 0 = one per core", group)
      ->type_name("N")
      ->check(number_from(0));
  add.option("models-dir", options.models_dir, "Looked in first for weights", group)->type_name("DIR");
  add.option("cache-dir", options.cache_dir, "Where compiled encoders are kept", group)->type_name("DIR");
}

void add_output_flags(Adder& add, Settings& settings) {
  const std::string group = "Output";
  add.flag("json", "", settings.json, "Print JSON", group);
  add.flag("quiet", "-q", settings.quiet, "Print results and errors only", group);
  add.flag("no-color", "", settings.no_color, "Print without colours (so does NO_COLOR)", group);
}

Result<std::string> read_key(const std::filesystem::path& file) {
  auto bytes = read_file(file, kKeyFileBytes);
  if (!bytes) return Unexpected{std::move(bytes).error()};
  std::string key(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  CLI::detail::trim(key);
  if (key.empty()) return fail(ErrorCode::kInvalidArgument, "the key file is empty", "llm-key-file");
  return key;
}

/// Wherever they come from, two answers to one question are a mistake.
void refuse_both(const CLI::Option& threshold, const CLI::Option& max_false_rate) {
  if (threshold.count() == 0 || max_false_rate.count() == 0) return;
  throw CLI::ValidationError(
      "--max-false-rate chooses the threshold, so --threshold cannot be given as well; leave one out (each can also "
      "come "
      "from RAP_THRESHOLD, RAP_MAX_FALSE_RATE or the configuration file)");
}

}  // namespace

std::filesystem::path default_config_file() {
  if (const std::string file = environment("RAP_CONFIG"); !file.empty()) return file;
  if (const std::string base = environment("XDG_CONFIG_HOME"); !base.empty())
    return std::filesystem::path(base) / "rap" / "config.toml";
  if (const std::string home = environment("HOME"); !home.empty())
    return std::filesystem::path(home) / ".config" / "rap" / "config.toml";
  return {};
}

void add_settings(CLI::App& app, Settings& settings) {
  Adder add(app);
  const std::string group = "Memory and recognition";
  add.option("memory", settings.options.memory_file, "The memory's file, made if missing", group)->type_name("FILE");
  const CLI::Option* threshold = add.option("threshold", settings.threshold, "Least probability of a match", group)
                                     ->type_name("P")
                                     ->check(number_from(0, 1));
  const CLI::Option* max_false_rate =
      add.option("max-false-rate", settings.max_false_rate,
                 "Instead: most photos of unknown things that may be given a name, e.g. 0.01", group)
          ->type_name("RATE")
          ->check(number_from(0, 1));
  app.final_callback([threshold, max_false_rate] { refuse_both(*threshold, *max_false_rate); });
  add.flag("quick", "", settings.quick, "Leave out the fine look at large photos, which finds small things in them",
           group);
  add.flag("second-look", "", settings.second_look, "Look closer where remembered things that look alike compete",
           group);
  add_engine_flags(add, settings);
  add_output_flags(add, settings);

  app.set_config("--config", default_config_file().string(), "Configuration file (TOML)")->group(group);
  app.config_formatter(std::make_shared<EnvironmentFirst>());
  app.allow_config_extras(CLI::config_extras_mode::error);
}

Result<Options> assistant_options(const Settings& settings) {
  Options options = settings.options;
  options.egress = {!settings.no_send_photos, !settings.no_send_names, !settings.no_send_info};
  if (settings.llm_key_file.empty()) {
    options.llm_key = environment(kKeyVariable);
    return options;
  }
  auto key = read_key(settings.llm_key_file);
  if (!key) return Unexpected{std::move(key).error()};
  options.llm_key = *std::move(key);
  return options;
}

}  // namespace rap::cli
