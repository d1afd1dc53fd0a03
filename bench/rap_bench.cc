// SPDX-License-Identifier: Apache-2.0
// Time and number of looks of the steps that answer a question, over memories of some that the photo shows
// and many that it does not. Every benchmark checks its answer before it is timed.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "app/encoder.h"
#include "app/lazy_generator.h"
#include "app/manifest.h"
#include "assistant/gallery_cache.h"
#include "assistant/local_assistant.h"
#include "assistant/look.h"
#include "bench/need.h"
#include "core/dot_products.h"
#include "core/hash.h"
#include "core/ids.h"
#include "generation/llama/projected_generator.h"
#include "image/photo.h"
#include "memory/sqlite/sqlite_memory.h"
#include "retrieval/gallery.h"
#include "retrieval/learnt_view.h"
#include "retrieval/regions.h"
#include "retrieval/retriever.h"

namespace rap {
namespace {

using bench::example;
using bench::need;

constexpr std::size_t kFew = 1000;  ///< concepts in memory
constexpr std::size_t kMany = 10'000;
constexpr int kThreads = 0;      ///< one per core
constexpr int kPhotoSide = 640;  ///< longer side of the photo that is asked about

/// The example that shows both remembered subjects, as a JPEG of kPhotoSide.
Bytes query_photo() {
  return need(encode_jpeg(need(decode_photo(example("composed-chelsea-and-collins.jpg"), kPhotoSide))));
}

Result<std::unique_ptr<Generator>> open_default_generator() {
  const Options options;
  const Manifest manifest = need(read_manifest(options));
  const auto entry = std::find_if(manifest.generators.begin(), manifest.generators.end(),
                                  [](const GeneratorEntry& candidate) { return candidate.is_default; });
  ProjectedGeneratorOptions parts;
  parts.name = entry->name;
  parts.layout = entry->layout;
  parts.base = need(locate(options, *entry, "base"));
  parts.adapter = need(locate(options, *entry, "lora"));
  parts.projector = need(locate(options, *entry, "projector"));
  return open_projected_generator(parts);
}

Bytes enlarged(const Bytes& photo) {
  const Image image = need(decode_photo(photo));
  return need(encode_jpeg(resize(image, 2 * image.width, 2 * image.height)));
}

/// Embeddings like those of other photos: not negative, of length 1, and unlike one another.
std::vector<float> random_embeddings(std::size_t rows, std::size_t dimensions, std::mt19937& random) {
  std::exponential_distribution<float> exponential;
  std::vector<float> values(rows * dimensions);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(row * dimensions);
    const auto last = first + static_cast<std::ptrdiff_t>(dimensions);
    double squares = 0.0;
    std::generate(first, last, [&] { return exponential(random) * exponential(random); });
    std::for_each(first, last, [&](float value) { squares += static_cast<double>(value) * value; });
    std::for_each(first, last, [&](float& value) { value /= static_cast<float>(std::sqrt(squares)); });
  }
  return values;
}

/// Who is in the memory beside many others.
enum class Known {
  kBoth,   ///< both subjects of the photo
  kTwins,  ///< one of them, by the same photo under two names: a doubt
};

/// The assistant of the default model, over a memory in a file that goes away with it.
class Bench {
 public:
  Bench(std::size_t concepts, Known known)
      : file_(std::filesystem::temp_directory_path() / ("rap-bench-" + random_id() + ".db")),
        photo_(query_photo()),
        large_photo_(enlarged(photo_)) {
    AssistantParts parts;
    parts.memory = need(open_sqlite_memory(file_));
    parts.encoder = need(open_encoder({}));
    parts.generator = make_lazy_generator(open_default_generator);
    encoder_ = parts.encoder.get();
    assistant_ = make_assistant(std::move(parts));
    remember("Chelsea", "cat", "Chelsea is a tabby cat. Chelsea likes long naps.", "chelsea.jpg");
    if (known == Known::kTwins) {
      remember("Sissi", "cat", "Sissi is the cat of the neighbours.", "chelsea.jpg");
    } else {
      remember("Eileen Collins", "woman", "Eileen Collins is an astronaut.", "collins.jpg");
    }
    add_others(concepts - 2);
  }
  ~Bench() {
    assistant_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + suffix);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  [[nodiscard]] std::uint64_t looks() const { return encoder_->calls(); }

  [[nodiscard]] Recognition recognize(const RecognizeOptions& options = {}) {
    return need(assistant_->recognize(owner_, photo_, options));
  }
  [[nodiscard]] Recognition recognize_large(const RecognizeOptions& options) {
    return need(assistant_->recognize(owner_, large_photo_, options));
  }

  /// Asks a question about both and stops at the first piece of the answer.
  [[nodiscard]] Answer ask() {
    AskRequest request;
    request.photos = {photo_};
    request.question = "Who is in the image?";
    return need(assistant_->ask(owner_, request, [](std::string_view) { return false; }));
  }

 private:
  void remember(const char* name, const char* category, const char* info, const char* photo) {
    const Bytes file = example(photo);
    const std::vector<NewView> views{{.photo = file, .box = {}, .provenance = Provenance::kConfirmed}};
    ConceptDraft draft;
    draft.name = name;
    draft.category = category;
    draft.info = info;
    need(assistant_->remember(owner_, draft, views));
  }

  /// Concepts that are boxes in one photo, with made-up embeddings: a look at each would take
  /// long and change nothing that is timed.
  void add_others(std::size_t count) {
    const Bytes file = example("background-bricks.jpg");
    std::vector<Concept> concepts(count);
    for (std::size_t i = 0; i < count; ++i) {
      concepts[i].id = random_id();
      concepts[i].name = "concept " + std::to_string(i);
      View view;
      view.id = random_id();
      view.photo = sha256_hex(file);
      view.box = Box{0.0F, 0.0F, 0.5F, 0.25F + 0.5F * static_cast<float>(i) / static_cast<float>(count)};
      concepts[i].views.push_back(view);
    }
    need(assistant_->memory().restore(
        owner_, concepts, [&](std::string_view) { return Result<Bytes>(file); }, Merge::kFail));
    std::mt19937 random(1);
    const EmbeddingSpace space = embedding_space(*encoder_);
    for (const Concept& known : concepts) {
      const View& view = known.views.front();
      need(assistant_->memory().keep_derived(owner_, {view_key(view.photo, view.box), space.fingerprint},
                                             embeddings_to_bytes(random_embeddings(1, space.dimensions, random))));
    }
  }

  const Owner owner_;
  const std::filesystem::path file_;
  const Bytes photo_;
  const Bytes large_photo_;  ///< the same with twice the width and height
  const Encoder* encoder_ = nullptr;
  std::unique_ptr<Assistant> assistant_;
};

/// One memory of each kind, made when it is first needed.
Bench& bench(std::size_t concepts, Known known = Known::kBoth) {
  static std::map<std::pair<std::size_t, Known>, Bench> memories;
  return memories.try_emplace({concepts, known}, concepts, known).first->second;
}

/// Both subjects of the photo among `count` concepts.
Gallery gallery_of(const Encoder& encoder, std::size_t count) {
  const std::size_t dimensions = encoder.head().dimensions;
  std::vector<Concept> concepts(count);
  std::map<std::string, std::vector<float>> embeddings;
  std::mt19937 random(1);
  for (std::size_t i = 0; i < count; ++i) {
    concepts[i].id = concepts[i].name = "concept " + std::to_string(i);
    concepts[i].views = {View{.id = std::to_string(i), .photo = std::to_string(i)}};
    embeddings.emplace(embedding_key(concepts[i].views.front()), random_embeddings(1, dimensions, random));
  }
  const auto show = [&](std::size_t index, const char* name, const char* photo) {
    const Look look = need(look_at(encoder, example(photo), std::nullopt));
    concepts[index].name = name;
    embeddings[embedding_key(concepts[index].views.front())] = embed_view(look.features, encoder.head()).numbers();
  };
  show(0, "Chelsea", "chelsea.jpg");
  show(1, "Eileen Collins", "collins.jpg");
  return {1, concepts, dimensions, [&](const std::string& key) { return std::span<const float>(embeddings.at(key)); }};
}

/// Counts the looks of the timed iterations.
class LookCounter {
 public:
  LookCounter(benchmark::State& state, const Bench& bench) : state_(state), bench_(bench), before_(bench.looks()) {}
  ~LookCounter() {
    state_.counters["looks"] =
        benchmark::Counter(static_cast<double>(bench_.looks() - before_), benchmark::Counter::kAvgIterations);
  }
  LookCounter(const LookCounter&) = delete;
  LookCounter& operator=(const LookCounter&) = delete;

 private:
  benchmark::State& state_;
  const Bench& bench_;
  std::uint64_t before_;
};

/// Whether both subjects, and nothing else, were found.
bool is_right(const Recognition& recognition) {
  std::vector<std::string> names;
  for (const Match& match : recognition.matches) names.push_back(match.name);
  std::sort(names.begin(), names.end());
  return names == std::vector<std::string>{"Chelsea", "Eileen Collins"};
}

/// Argument: concepts in memory.
void photo_to_matches(benchmark::State& state) {
  Bench& asked = bench(static_cast<std::size_t>(state.range(0)));
  if (!is_right(asked.recognize())) return state.SkipWithError("the wrong concepts were found");
  const LookCounter looks(state, asked);
  for (auto _ : state) benchmark::DoNotOptimize(asked.recognize());
}
BENCHMARK(photo_to_matches)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMillisecond)->UseRealTime();

/// A photo that is large enough for a fine look; arguments: concepts in memory, whether to leave that look out.
void large_photo_to_matches(benchmark::State& state) {
  Bench& asked = bench(static_cast<std::size_t>(state.range(0)));
  const RecognizeOptions options{.quick = state.range(1) != 0};
  if (!is_right(asked.recognize_large(options))) return state.SkipWithError("the wrong concepts were found");
  const LookCounter looks(state, asked);
  for (auto _ : state) benchmark::DoNotOptimize(asked.recognize_large(options));
}
BENCHMARK(large_photo_to_matches)->Args({kFew, 1})->Args({kFew, 0})->Unit(benchmark::kMillisecond)->UseRealTime();

/// The same with one doubt that stays one; arguments: concepts in memory, whether to look again.
void photo_to_doubt(benchmark::State& state) {
  Bench& asked = bench(static_cast<std::size_t>(state.range(0)), Known::kTwins);
  const RecognizeOptions options{.second_look = state.range(1) != 0};
  const Recognition recognition = asked.recognize(options);
  if (!recognition.matches.empty() || recognition.doubts.size() != 1 || recognition.doubts[0].candidates.size() != 2) {
    return state.SkipWithError("not the doubt between the two of one photo");
  }
  const LookCounter looks(state, asked);
  for (auto _ : state) benchmark::DoNotOptimize(asked.recognize(options));
}
BENCHMARK(photo_to_doubt)->Args({kMany, 0})->Args({kMany, 1})->Unit(benchmark::kMillisecond)->UseRealTime();

void question_to_first_token(benchmark::State& state) {
  Bench& asked = bench(kFew);
  const Answer answer = asked.ask();
  if (!is_right(answer.recognitions.front()) || answer.names.size() != 2 || answer.text.empty()) {
    return state.SkipWithError("not an answer with the two cards");
  }
  const LookCounter looks(state, asked);
  for (auto _ : state) {
    const auto time = asked.ask().timings.to_first_token;
    state.SetIterationTime(std::chrono::duration<double>(time).count());
  }
}
BENCHMARK(question_to_first_token)->Unit(benchmark::kMillisecond)->UseManualTime();

/// The steps of photo_to_matches one by one: from the file to the maps of its look ...
void photo_to_look(benchmark::State& state) {
  const auto encoder = need(open_encoder({}));
  const Bytes photo = query_photo();
  const auto look = [&] { return need(look_at(*encoder, photo, std::nullopt)); };
  if (look().features.maps.size() != 3) return state.SkipWithError("not the maps of the default encoder");
  for (auto _ : state) benchmark::DoNotOptimize(look());
}
BENCHMARK(photo_to_look)->Unit(benchmark::kMillisecond)->UseRealTime();

/// ... to the embeddings of its regions ...
void look_to_regions(benchmark::State& state) {
  const auto encoder = need(open_encoder({}));
  const Look look = need(look_at(*encoder, query_photo(), std::nullopt));
  const auto embed = [&] { return embed_regions(look.features, encoder->head(), {}, kThreads); };
  if (embed().boxes != window_boxes(look.features)) return state.SkipWithError("not the windows of the photo");
  for (auto _ : state) benchmark::DoNotOptimize(embed());
}
BENCHMARK(look_to_regions)->Unit(benchmark::kMillisecond)->UseRealTime();

/// ... to the matches; argument: concepts in memory.
void regions_to_matches(benchmark::State& state) {
  const auto encoder = need(open_encoder({}));
  const Look look = need(look_at(*encoder, query_photo(), std::nullopt));
  const Regions regions = embed_regions(look.features, encoder->head(), {}, kThreads);
  const Gallery gallery = gallery_of(*encoder, static_cast<std::size_t>(state.range(0)));
  const auto search = [&] { return retrieve(gallery, regions, {}, default_calibration(), kThreads); };
  if (!is_right(search())) return state.SkipWithError("the wrong concepts were found");
  for (auto _ : state) benchmark::DoNotOptimize(search());
}
BENCHMARK(regions_to_matches)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Exact search alone; argument: rows of embeddings.
void dot_products_of_a_photo(benchmark::State& state) {
  constexpr std::size_t kRegions = 200, kDimensions = 512;
  const auto rows = static_cast<std::size_t>(state.range(0));
  std::mt19937 random(1);
  const auto regions = random_embeddings(kRegions, kDimensions, random);
  const auto views = random_embeddings(rows, kDimensions, random);
  std::vector<float> scores(kRegions * rows);
  const auto score = [&] {
    dot_products({regions.data(), kRegions, kDimensions}, {views.data(), rows, kDimensions}, scores);
  };
  score();
  double expected = 0.0;
  for (std::size_t i = 0; i < kDimensions; ++i) expected += static_cast<double>(regions[i]) * views[i];
  if (std::abs(scores[0] - expected) > 1e-4) return state.SkipWithError("wrong dot products");
  for (auto _ : state) {
    score();
    benchmark::DoNotOptimize(scores.data());
  }
  state.counters["MAC/s"] = benchmark::Counter(static_cast<double>(kRegions * kDimensions * rows),
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(dot_products_of_a_photo)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace rap

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  try {
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception& error) {
    std::cerr << "rap_bench: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
