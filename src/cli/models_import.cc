// SPDX-License-Identifier: Apache-2.0
// rap models import-lora | import-projector | merge: weights of other trainers, and of one file.
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "cli/models.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "json/json.h"
#include "training/formats/llava_projector.h"
#include "training/formats/lora.h"
#include "training/formats/merge.h"
#include "training/formats/peft.h"

namespace rap::cli {
namespace {

namespace fs = std::filesystem;
using namespace training;

struct ImportLoraFlags {
  fs::path base;
  fs::path folder;
  fs::path output;
};

struct ImportProjectorFlags {
  LlavaEyes eyes;
  fs::path output;
};

/// Says what to do about weights that are not what was expected.
Unexpected explained(Error error, const std::string& verb) {
  if (error.code == ErrorCode::kNotFound) error.message += "; check the path";
  if (error.code == ErrorCode::kUnsupported || error.code == ErrorCode::kInvalidArgument) {
    error.message += fmt::format("; `rap models {} --help` says what it takes", verb);
    error.code = ErrorCode::kInvalidArgument;  // it is about the files given, not about an engine
  }
  return Unexpected{std::move(error)};
}

/// Reports a file that was written: `facts` as JSON, or the sentence.
void report(Context& context, const char* done, const fs::path& file, const Json& facts, const std::string& sentence) {
  if (context.settings.json) {
    Json object = {{"file", file.string()}};
    object.update(facts);
    print_json(context.console.out, {{done, std::move(object)}});
  } else {
    context.console.out << fmt::format("{} {}: {}\n", done, one_line(file.string()), sentence);
  }
}

Result<LoraAdapter> import_lora(const ImportLoraFlags& flags) {
  const auto base = GgufFile::open(flags.base);
  if (!base) return Unexpected{base.error()};
  auto adapter = read_peft_adapter(flags.folder, *base);
  if (!adapter) return adapter;
  if (auto written = write_lora_gguf(flags.output, *adapter); !written) return Unexpected{written.error()};
  return adapter;
}

Result<ExitCode> run_import_lora(Context& context, const ImportLoraFlags& flags) {
  Progress progress(context.console, "importing", 0, !context.settings.quiet);
  const auto adapter = import_lora(flags);
  progress.finish();
  if (!adapter) return explained(adapter.error(), "import-lora");
  report(context, "imported", flags.output,
         {{"layers", adapter->pairs.size()}, {"architecture", adapter->architecture}, {"alpha", adapter->alpha}},
         fmt::format("an adapter of {} layers for a base of architecture {}", adapter->pairs.size(),
                     one_line(adapter->architecture)));
  return ExitCode::kOk;
}

Result<GgufContent> import_projector(const ImportProjectorFlags& flags) {
  auto content = llava_mmproj(flags.eyes);
  if (!content) return content;
  if (auto written = write_gguf(flags.output, *content); !written) return Unexpected{written.error()};
  return content;
}

Result<ExitCode> run_import_projector(Context& context, const ImportProjectorFlags& flags) {
  Progress progress(context.console, "importing", 0, !context.settings.quiet);
  const auto content = import_projector(flags);
  progress.finish();
  if (!content) return explained(content.error(), "import-projector");
  report(context, "imported", flags.output, {{"tensors", content->tensors.size()}},
         fmt::format("a vision tower and projector of {} tensors", content->tensors.size()));
  return ExitCode::kOk;
}

Result<ExitCode> run_merge(Context& context, const MergeOptions& options) {
  Progress progress(context.console, "merging", 0, !context.settings.quiet);
  const auto merged = merge_lora(options);
  progress.finish();
  if (!merged) return explained(merged.error(), "merge");
  report(context, "merged", options.output, {{"tensors", merged->tensors}, {"changed", merged->merged}},
         fmt::format("{} of {} tensors changed by the adapter", merged->merged, merged->tensors));
  return ExitCode::kOk;
}

}  // namespace

void add_models_import_lora(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<ImportLoraFlags>();
  CLI::App* verb = program.add_verb(group, "import-lora", "Turn a Hugging Face PEFT adapter into one for llama.cpp",
                                    [flags](Context& context) { return run_import_lora(context, *flags); });
  verb->add_option("--base", flags->base, "The language model it was trained on, as GGUF")
      ->required()
      ->type_name("GGUF");
  verb->add_option("adapter", flags->folder, "Folder with adapter_config.json and adapter_model.safetensors")
      ->required()
      ->type_name("DIR");
  verb->add_option("output", flags->output, "The adapter to write")->required()->type_name("GGUF");
}

void add_models_import_projector(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<ImportProjectorFlags>();
  CLI::App* verb =
      program.add_verb(group, "import-projector", "Turn a LLaVA projector and its CLIP tower into an mmproj file",
                       [flags](Context& context) { return run_import_projector(context, *flags); });
  verb->add_option("--vision", flags->eyes.vision_tower,
                   "Folder of the CLIP vision tower: config.json and model.safetensors")
      ->type_name("DIR");
  verb->add_option("projector", flags->eyes.projector, "The projector's safetensors file")
      ->required()
      ->type_name("FILE");
  verb->add_option("output", flags->output, "The mmproj file to write")->required()->type_name("GGUF");
}

void add_models_merge(Program& program, CLI::App& group) {
  static const std::map<std::string, std::optional<StorageType>> kTypes{
      {"keep", std::nullopt}, {"F16", StorageType::kF16}, {"Q8_0", StorageType::kQ8_0}, {"Q4_K", StorageType::kQ4_K}};
  const auto options = std::make_shared<MergeOptions>();
  const auto type = std::make_shared<std::string>("keep");
  CLI::App* verb = program.add_verb(group, "merge", "Put an adapter into its base for good", [=](Context& context) {
    options->type = kTypes.at(*type);
    return run_merge(context, *options);
  });
  verb->add_option("--base", options->base, "The language model, as GGUF")->required()->type_name("GGUF");
  verb->add_option("--lora", options->adapter, "The adapter, as GGUF")->required()->type_name("GGUF");
  verb->add_option("--scale", options->scale, "How much of the adapter counts, 1 = as it was trained");
  verb->add_option("--type", *type, "How the weights are stored: keep, F16, Q8_0 or Q4_K")
      ->check(CLI::IsMember({"keep", "F16", "Q8_0", "Q4_K"}))
      ->type_name("TYPE");
  verb->add_option("output", options->output, "The model to write")->required()->type_name("GGUF");
}

}  // namespace rap::cli
