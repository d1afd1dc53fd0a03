// SPDX-License-Identifier: Apache-2.0
#include "dataset/build.h"

#include <map>
#include <nlohmann/json.hpp>

#include "core/files.h"
#include "core/hash.h"
#include "dataset/describe.h"
#include "dataset/stats.h"

namespace rap::dataset {
namespace {

constexpr char kStepsFile[] = "steps.json";
constexpr std::uintmax_t kMostBytes = 16U << 20;  ///< of a recipe, or of steps.json
constexpr std::size_t kSamples = 4;
/// Raised when a step's code makes something else of the same input.
constexpr char kRevision[] = "2";

Result<std::string> read_text(const std::filesystem::path& file) {
  const auto bytes = read_file(file, kMostBytes);
  if (!bytes) return Unexpected{bytes.error()};
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

/// The sha256 of a file, or "-" where there is none.
std::string hash_or_none(const std::filesystem::path& file) {
  const auto hash = sha256_file(file);
  return hash ? *hash : "-";
}

/// What the steps of earlier runs read, in steps.json.
class Fingerprints {
 public:
  explicit Fingerprints(const std::filesystem::path& folder) : file_(folder / kStepsFile) {
    const auto text = read_text(file_);
    if (!text) return;
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    if (!json.is_object()) return;
    for (const auto& [step, fingerprint] : json.items()) {
      if (fingerprint.is_string()) known_[step] = fingerprint;
    }
  }

  [[nodiscard]] bool knows(const std::string& step, const std::string& fingerprint) const {
    const auto known = known_.find(step);
    return known != known_.end() && known->second == fingerprint;
  }

  Result<void> keep(const std::string& step, const std::string& fingerprint) {
    known_[step] = fingerprint;
    return write_file(file_, as_bytes(nlohmann::json(known_).dump(2) + '\n'));
  }

 private:
  std::filesystem::path file_;
  std::map<std::string, std::string> known_;
};

/// One run of build_set().
class Build {
 public:
  Build(Recipe recipe, std::string recipe_text, std::filesystem::path folder, const BuildTools& tools)
      : recipe_(std::move(recipe)),
        recipe_text_(std::move(recipe_text)),
        folder_(std::move(folder)),
        tools_(tools),
        fingerprints_(folder_) {}

  Result<BuildReport> run() {
    for (const auto step : {&Build::collect_photos, &Build::hold_out_photos, &Build::crop_and_describe,
                            &Build::make_conversations, &Build::check, &Build::count}) {
      if (auto done = (this->*step)(); !done) return Unexpected{std::move(done).error()};
    }
    return std::move(report_);
  }

 private:
  OnStep watch(std::string_view step) const { return tools_.on_step ? tools_.on_step(step) : OnStep(); }

  /// What a step depends on: the recipe and these files.
  std::string fingerprint(std::initializer_list<std::filesystem::path> inputs) const {
    std::string text = kRevision + recipe_text_;
    for (const auto& input : inputs) text += '\n' + hash_or_none(input);
    return sha256_hex(as_bytes(text));
  }

  std::filesystem::path in_set(const char* name) const { return folder_ / name; }

  /// Whether a step can be left out: it has run on this input and its result is still there.
  bool is_done(const std::string& step, const std::string& fingerprint, const char* result) {
    std::error_code ignored;
    if (!fingerprints_.knows(step, fingerprint) || !std::filesystem::exists(in_set(result), ignored)) return false;
    report_.steps.push_back({step, true, {}});
    return true;
  }

  Result<void> collect_photos() {
    auto done = collect(folder_, recipe_.sources, recipe_.collect, watch("collect"));
    if (!done) return Unexpected{std::move(done).error()};
    report_.steps.push_back({"collect",
                             false,
                             {{"photos", done->photos},
                              {"reused", done->reused},
                              {"damaged", done->damaged},
                              {"duplicates", done->duplicates},
                              {"look_alikes", done->look_alikes}}});
    return {};
  }

  /// Before anything is made of the photos, as names and look-alikes are drawn within a split.
  Result<void> hold_out_photos() {
    auto photos = read_photos(folder_);
    if (!photos) return Unexpected{std::move(photos).error()};
    hold_out(*photos, recipe_.held_out, recipe_.seed);
    std::map<Split, std::size_t> counts;
    for (const PhotoRecord& photo : *photos) ++counts[photo.split];
    report_.steps.push_back({"split", false, {}});
    for (const auto& [split, count] : counts) report_.steps.back().counts.emplace_back(split_word(split), count);
    return write_photos(folder_, *photos);
  }

  Result<void> crop_and_describe() {
    const std::string print = fingerprint({in_set("photos.jsonl"), recipe_.crop.boxes});
    if (is_done("crop", print, "crops.jsonl")) return {};
    auto encoder = tools_.open_encoder();
    if (!encoder) return Unexpected{std::move(encoder).error()};
    auto cropped = find_crops(folder_, **encoder, recipe_.crop, watch("crop"));
    if (!cropped) return Unexpected{std::move(cropped).error()};
    report_.steps.push_back(
        {"crop", false, {{"crops", cropped->crops}, {"encoded", cropped->encoded}, {"without", cropped->without}}});
    auto described = describe_by_captions(folder_);
    if (!described) return Unexpected{std::move(described).error()};
    report_.steps.push_back({"describe", false, {{"crops", described->crops}, {"described", described->described}}});
    return fingerprints_.keep("crop", print);
  }

  Result<void> make_conversations() {
    const std::string print = fingerprint({in_set("photos.jsonl"), in_set("crops.jsonl"), recipe_.synthesis.chat});
    if (is_done("synthesise", print, "conversations.jsonl")) return {};
    auto done = synthesise(folder_, recipe_.synthesis, watch("synthesise"));
    if (!done) return Unexpected{std::move(done).error()};
    report_.steps.push_back({"synthesise",
                             false,
                             {{"conversations", done->conversations},
                              {"contexts", done->contexts},
                              {"avatars", done->avatars},
                              {"composed", done->composed},
                              {"failed", done->failed.size()}}});
    return fingerprints_.keep("synthesise", print);
  }

  Result<void> check() {
    const std::string print = fingerprint({in_set("conversations.jsonl")});
    if (is_done("validate", print, "conversations.jsonl")) return {};
    auto done = validate(folder_, watch("validate"));
    if (!done) return Unexpected{std::move(done).error()};
    report_.validation = std::move(*done);
    report_.steps.push_back({"validate",
                             false,
                             {{"conversations", report_.validation.conversations},
                              {"pictures", report_.validation.pictures},
                              {"kinds_of_faults", report_.validation.faults.size()}}});
    return report_.validation.is_sound() ? fingerprints_.keep("validate", print) : Result<void>();
  }

  Result<void> count() {
    const std::string print = fingerprint({in_set("conversations.jsonl")});
    if (is_done("stats", print, "stats.json")) return {};
    watch("stats");
    const auto counted = write_statistics(folder_, recipe_.name, recipe_.seed, kSamples);
    if (!counted) return Unexpected{counted.error()};
    report_.steps.push_back({"stats", false, {{"conversations", *counted}}});
    return fingerprints_.keep("stats", print);
  }

  const Recipe recipe_;
  const std::string recipe_text_;
  const std::filesystem::path folder_;
  const BuildTools& tools_;
  Fingerprints fingerprints_;
  BuildReport report_;
};

}  // namespace

Result<BuildReport> build_set(const std::filesystem::path& recipe_file, const std::filesystem::path& data,
                              const std::filesystem::path& folder, const BuildTools& tools) {
  auto recipe = read_recipe(recipe_file, data);
  if (!recipe) return Unexpected{std::move(recipe).error()};
  auto text = read_text(recipe_file);
  if (!text) return Unexpected{std::move(text).error()};
  return Build(std::move(*recipe), std::move(*text), folder, tools).run();
}

Result<std::size_t> write_statistics(const std::filesystem::path& folder, const std::string& name, std::uint64_t seed,
                                     std::size_t samples_per_type) {
  auto counted = count_set(folder);
  if (!counted) return Unexpected{std::move(counted).error()};
  counted->name = name;
  counted->seed = seed;
  const auto page = to_page(*counted, folder, samples_per_type);
  if (!page) return Unexpected{page.error()};
  auto trained_on = nlohmann::ordered_json::array();
  for (const TrainingSource& of : counted->training_sources) {
    trained_on.push_back({{"source", of.source}, {"licence", of.licence}, {"photos", of.photos}});
  }
  const nlohmann::ordered_json about = {{"version", kVersion},
                                        {"name", name},
                                        {"seed", seed},
                                        {"photos", counted->photos_by_source},
                                        {"licences", counted->licences},
                                        {"trained_on", std::move(trained_on)},
                                        {"conversations", counted->by_type_and_split}};
  const std::pair<const char*, std::string> files[] = {
      {"stats.json", to_json(*counted)}, {"stats.html", *page}, {"dataset.json", about.dump(2) + '\n'}};
  for (const auto& [file, content] : files) {
    if (auto written = write_file(folder / file, as_bytes(content)); !written)
      return Unexpected{std::move(written).error()};
  }
  return counted->conversations;
}

}  // namespace rap::dataset
