// SPDX-License-Identifier: Apache-2.0
#include "cli/eval_embed.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/console.h"
#include "cli/eval_exam.h"
#include "cli/numbers.h"
#include "cli/progress.h"
#include "evaluation/retrieval_task.h"

namespace rap::cli {
namespace {

using namespace evaluation;

Result<std::vector<PhotoFolder>> list_sets(const SetFlags& flags) {
  std::vector<PhotoFolder> folders;
  for (const std::string& name : flags.sets) {
    auto folder = list_subjects(flags.data / name, flags.selection);
    if (!folder) return Unexpected{folder.error()};
    folders.push_back(*std::move(folder));
  }
  for (const std::string& wanted : flags.selection.subjects) {
    const bool is_there = std::any_of(folders.begin(), folders.end(), [&](const PhotoFolder& folder) {
      return std::find(folder.subjects.begin(), folder.subjects.end(), wanted) != folder.subjects.end();
    });
    if (!is_there) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("no set has a subject '{}' with a photo to remember and another to ask about", wanted),
                  "only");
    }
  }
  return folders;
}

}  // namespace

void add_set_flags(CLI::App& verb, SetFlags& flags) {
  add_data_flag(verb, flags.data, "Folder that holds sets of photos");
  verb.add_option("--subjects", flags.sets, "Sets in it, each with one folder of photos a subject")
      ->capture_default_str()
      ->type_name("SET...");
  verb.add_option("--only", flags.selection.subjects, "Subjects that take part, instead of all")->type_name("NAME...");
  verb.add_option("--remember", flags.selection.remember, "Remember only photos whose file name begins so")
      ->type_name("PREFIX");
  verb.add_option("--ask", flags.selection.ask, "Ask only about photos whose file name begins so")->type_name("PREFIX");
}

Result<PhotoSet> embed(Context& context, const Encoder& encoder, const PhotoFolder& folder) {
  Progress progress(context.console, folder.name, folder.photos.size(), context.talkative());
  return embed_photos(folder, encoder, [&] {
    progress.advance();
    return !context.console.interrupted;
  });
}

Result<std::vector<PhotoSet>> embed_sets(Context& context, const Encoder& encoder, const SetFlags& flags) {
  const auto folders = list_sets(flags);
  if (!folders) return Unexpected{folders.error()};
  std::vector<PhotoSet> sets;
  for (const PhotoFolder& folder : *folders) {
    auto set = embed(context, encoder, folder);
    if (!set) return Unexpected{set.error()};
    sets.push_back(*std::move(set));
  }
  return sets;
}

Result<PhotoSet> embed_distractors(Context& context, const Encoder& encoder,
                                   std::span<const std::filesystem::path> folders, std::size_t count,
                                   std::uint64_t seed) {
  const auto drawn = draw_distractors(folders, count, seed);
  if (!drawn) return Unexpected{drawn.error()};
  return embed(context, encoder, *drawn);
}

void add_memory_flags(CLI::App& verb, std::size_t& views, std::uint64_t& seed) {
  verb.add_option("--views", views, "Photos remembered of each subject")->capture_default_str()->check(number_from(1));
  verb.add_option("--seed", seed, "First seed; the i-th random choice uses seed + i")->capture_default_str();
}

void add_draw_flags(CLI::App& verb, std::size_t& draws, std::size_t& views, std::uint64_t& seed) {
  verb.add_option("--draws", draws, "Random memories that are asked")->capture_default_str()->check(number_from(1));
  add_memory_flags(verb, views, seed);
}

double least_probability(const Context& context, const Calibration& calibration) {
  return rap::least_probability(context.recognize_options(), calibration);
}

void print_heading(const Context& context, const PhotoSet& set) {
  context.console.out << styled(Style::kBold,
                                fmt::format("{}: {} subjects, {} photos", one_line(set.name), set.subjects.size(),
                                            set.photos.size()),
                                context.colour_out())
                      << '\n';
}

}  // namespace rap::cli
