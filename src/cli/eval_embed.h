// SPDX-License-Identifier: Apache-2.0
// What the verbs of `rap eval` that need no generator share: photos of subjects, embedded.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "app/encoder.h"
#include "cli/context.h"
#include "evaluation/photo_set.h"
#include "rap/engines.h"
#include "rap/result.h"

namespace rap::cli {

/// Which sets of photos are measured, and what of them.
struct SetFlags {
  std::filesystem::path data;
  std::vector<std::string> sets{"dreambooth"};
  evaluation::Selection selection;
};

/// --data, --subjects, --only, --remember and --ask.
void add_set_flags(CLI::App& verb, SetFlags& flags);

/// Embeds all photos of a folder behind a progress line; kCancelled after Ctrl-C.
[[nodiscard]] Result<evaluation::PhotoSet> embed(Context& context, const Encoder& encoder,
                                                 const evaluation::PhotoFolder& folder);

/// Embeds every set. Fails like list_subjects() and embed(); kNotFound for a subject of --only that no set has.
[[nodiscard]] Result<std::vector<evaluation::PhotoSet>> embed_sets(Context& context, const Encoder& encoder,
                                                                   const SetFlags& flags);

/// Embeds `count` photos drawn from `folders`, as views only. Fails like draw_distractors() and embed().
[[nodiscard]] Result<evaluation::PhotoSet> embed_distractors(Context& context, const Encoder& encoder,
                                                             std::span<const std::filesystem::path> folders,
                                                             std::size_t count, std::uint64_t seed);

/// --views and --seed.
void add_memory_flags(CLI::App& verb, std::size_t& views, std::uint64_t& seed);

/// These and --draws, for measurements that are repeated over random memories.
void add_draw_flags(CLI::App& verb, std::size_t& draws, std::size_t& views, std::uint64_t& seed);

/// The least probability of a match that the settings ask for.
[[nodiscard]] double least_probability(const Context& context, const Calibration& calibration);

/// "dreambooth: 20 subjects, 108 photos", a heading.
void print_heading(const Context& context, const evaluation::PhotoSet& set);

}  // namespace rap::cli
