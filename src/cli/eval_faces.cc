// SPDX-License-Identifier: Apache-2.0
// rap eval faces --data DIR [--strangers DIR]: are people told apart by face?
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <span>

#include "cli/eval_exam.h"
#include "cli/eval_verbs.h"
#include "cli/numbers.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "evaluation/faces_task.h"

namespace rap::cli {
namespace {

using namespace evaluation;
using cli::json;

struct FacesFlags {
  std::filesystem::path data;
  std::filesystem::path strangers;
  std::size_t stranger_count = 500;
  FaceOptions options;
};

Result<void> add_folder(Context& context, const FaceEncoder& encoder, const Result<PhotoFolder>& folder,
                        std::uint64_t seed, FaceSet& set) {
  if (!folder) return Unexpected{folder.error()};
  Progress progress(context.console, folder->name, folder->photos.size(), context.talkative());
  return add_faces(set, *folder, encoder, seed, [&] {
    progress.advance();
    return !context.console.interrupted;
  });
}

Json json(const Accepted& accepted) {
  return {{"asked", accepted.asked}, {"accepted", accepted.accepted}, {"share", accepted.share()}};
}

void print(const Context& context, const FaceSet& set, const FaceReport& report) {
  context.console.out << fmt::format("{} people, {} photos, a face found in {}\n", set.people, set.photos,
                                     set.faces.size());
  Table table({"asked", "memory", "share", "of"});
  const auto pairs = [&](const char* name, const Accepted& accepted) {
    table.add({name, "1 person", fmt::format("{:.4f}", accepted.share()), fmt::format("{} pairs", accepted.asked)});
  };
  pairs("accepted: another photo", report.other_photos);
  pairs("accepted: a changed copy", report.copies);
  pairs("accepted: somebody else", report.others);
  const auto drawn = [&](const char* name, const Estimate& share) {
    table.add({name, fmt::format("{} people", report.people), text(share), "draws"});
  };
  drawn("right name", report.right);
  drawn("wrong name", report.wrong);
  drawn("a stranger named", report.strangers);
  table.print(context.console.out, context.console.columns, context.colour_out());
}

Result<ExitCode> run_faces(Context& context, const FacesFlags& given) {
  FacesFlags flags = given;
  flags.options.threshold = context.settings.threshold;
  const auto encoder = context.services.open_face_encoder(context.settings.options);
  if (!encoder) return Unexpected{encoder.error()};
  FaceSet set;
  const std::uint64_t seed = flags.options.seed;
  if (auto added = add_folder(context, **encoder, list_subjects(flags.data, {.least = 1}), seed, set); !added) {
    return Unexpected{added.error()};
  }
  if (!flags.strangers.empty()) {
    const auto strangers = draw_distractors(std::span(&flags.strangers, 1), flags.stranger_count, seed);
    if (auto added = add_folder(context, **encoder, strangers, seed, set); !added) return Unexpected{added.error()};
  }
  const auto report = measure_faces(set, flags.options);
  if (!report) return Unexpected{report.error()};
  if (!context.settings.json) {
    print(context, set, *report);
    return ExitCode::kOk;
  }
  print_json(context.console.out, {{"people", set.people},
                                   {"photos", set.photos},
                                   {"with_face", set.faces.size()},
                                   {"pairs",
                                    {{"other_photos", json(report->other_photos)},
                                     {"copies", json(report->copies)},
                                     {"others", json(report->others)}}},
                                   {"memory",
                                    {{"people", report->people},
                                     {"right", json(report->right)},
                                     {"wrong", json(report->wrong)},
                                     {"strangers", json(report->strangers)}}}});
  return ExitCode::kOk;
}

}  // namespace

void add_eval_faces(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<FacesFlags>();
  CLI::App* verb = program.add_verb(group, "faces", "How well people are told apart by face",
                                    [flags](Context& context) { return run_faces(context, *flags); });
  add_data_flag(*verb, flags->data, "Folder with one folder of photos a person");
  verb->add_option("--strangers", flags->strangers, "Folder of photos of other people, a different one in each")
      ->type_name("DIR");
  verb->add_option("--stranger-count", flags->stranger_count, "How many of them")
      ->capture_default_str()
      ->check(number_from(1));
  verb->add_option("--people", flags->options.people, "People in memory")->capture_default_str()->check(number_from(1));
  verb->add_option("--draws", flags->options.draws, "Random memories that are asked")
      ->capture_default_str()
      ->check(number_from(1));
  verb->add_option("--seed", flags->options.seed, "First seed; draw i uses seed + i")->capture_default_str();
}

}  // namespace rap::cli
