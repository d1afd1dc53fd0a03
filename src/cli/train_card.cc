// SPDX-License-Identifier: Apache-2.0
#include "cli/train_card.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include "app/manifest.h"
#include "core/files.h"
#include "core/hash.h"
#include "dataset/conversation.h"
#include "json/json.h"
#include "training/formats/gguf.h"
#include "training/formats/model_card.h"

namespace rap::cli {
namespace {

namespace fs = std::filesystem;
using namespace training;

constexpr std::uintmax_t kMostBytes = 1'000'000;  ///< of dataset.json

Result<CardFile> card_file(const fs::path& path) {
  auto hash = sha256_file(path);
  if (!hash) return Unexpected{hash.error()};
  std::error_code ignored;  // it has just been read
  return CardFile{path.filename().string(), fs::file_size(path, ignored), std::move(*hash)};
}

/// What the frozen parts are and whose.
Result<std::vector<CardSource>> bases_of(const Context& context, const Recipe& recipe) {
  const auto base = GgufFile::open(recipe.base);
  if (!base) return Unexpected{base.error()};
  const auto manifest = read_manifest(context.settings.options);
  if (!manifest) return Unexpected{manifest.error()};
  const EncoderEntry& encoder = manifest->encoder;
  const auto licence = base->text("general.license");
  const auto remark = fmt::format("{} x {} pixels, {} visual tokens; {}", encoder.input_side, encoder.input_side,
                                  recipe.grid * recipe.grid, encoder.source);
  return std::vector<CardSource>{{recipe.base.filename().string(), licence ? *licence : "not stated in the file", ""},
                                 {encoder.name, encoder.licence, remark}};
}

/// Whose photos were trained on, with what terms, if the set's dataset.json tells.
std::vector<CardSource> data_of(const fs::path& set) {
  const auto content = read_file(set / "dataset.json", kMostBytes);
  const Json about =
      content ? Json::parse(content->begin(), content->end(), nullptr, /*allow_exceptions=*/false) : Json();
  std::vector<CardSource> sources;
  if (about.is_object()) {
    for (const Json& of : about.value("trained_on", Json::array())) {
      sources.push_back({of.value("source", ""), of.value("licence", ""),
                         fmt::format("{} photos, in {}", of.value("photos", 0), about.value("name", "the set"))});
    }
  }
  if (sources.empty()) sources.push_back({"the set", "not stated", ""});
  return sources;
}

std::vector<std::pair<std::string, std::string>> settings_of(const Recipe& recipe) {
  std::vector<std::pair<std::string, std::string>> settings{
      {"lora_r, lora_alpha", fmt::format("{}, {}", recipe.lora_r, recipe.lora_alpha)},
      {"grid, mm_hidden", fmt::format("{}, {}", recipe.grid, recipe.mm_hidden)},
      {"model_max_length", std::to_string(recipe.model_max_length)},
      {"seed", std::to_string(recipe.seed)}};
  if (!recipe.start.empty()) settings.emplace_back("started from", recipe.start.filename().string());
  for (const Stage& stage : recipe.stages) {
    std::string shares;
    for (const auto& [type, share] : stage.share) shares += fmt::format(", {} {}", dataset::task_word(type), share);
    settings.emplace_back(
        "stage " + stage.name,
        fmt::format("{} epochs, learning_rate {}, mm_projector_lr {}, {} tokens a batch{}", stage.epochs,
                    stage.learning_rate, stage.mm_projector_lr,
                    stage.batch_tokens * static_cast<std::size_t>(stage.gradient_accumulation_steps), shares));
  }
  return settings;
}

/// The last held-out loss of each stage in the run's log.
std::vector<CardFigure> losses_of(const fs::path& run) {
  std::map<std::string, double> last;
  std::ifstream log(run / "log.jsonl");
  for (std::string line; std::getline(log, line);) {
    const Json entry = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (entry.is_object() && entry.contains("dev_loss")) last[entry.value("stage", "")] = entry["dev_loss"];
  }
  std::vector<CardFigure> figures;
  figures.reserve(last.size());
  for (const auto& [stage, loss] : last) {
    figures.push_back({"held-out loss a token after stage " + stage, fmt::format("{:.3f}", loss), ""});
  }
  return figures;
}

}  // namespace

Result<void> write_card(const Context& context, const TrainFlags& flags, const Recipe& recipe) {
  auto bases = bases_of(context, recipe);
  if (!bases) return Unexpected{bases.error()};
  ModelCard card{.name = recipe.name,
                 .summary = "A projector and a low-rank adapter that were trained by rap.",
                 .bases = std::move(*bases),
                 .data = data_of(flags.set),
                 .terms = "Whoever uses these weights is bound by the terms of the base and of the data above.",
                 .files = {},
                 .recipe = settings_of(recipe),
                 .figures = losses_of(flags.output),
                 .limits = {},
                 .commands = {fmt::format("rap train {} --set SET --out RUN", flags.recipe.filename().string())}};
  for (const char* name : {"lora.gguf", "projector.safetensors"}) {
    auto file = card_file(flags.output / name);
    if (!file) return Unexpected{file.error()};
    card.files.push_back(std::move(*file));
  }
  return write_file(flags.output / "README.md", as_bytes(markdown(card)));
}

}  // namespace rap::cli
