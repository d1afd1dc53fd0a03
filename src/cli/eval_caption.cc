// SPDX-License-Identifier: Apache-2.0
// rap eval caption --data DIR [--limit N]: plain captions against those of people, and two controls.
#include <fmt/format.h>

#include <memory>
#include <ostream>

#include "cli/eval_exam.h"
#include "cli/eval_verbs.h"
#include "cli/program.h"
#include "cli/table.h"
#include "evaluation/caption_task.h"
#include "evaluation/gallery_page.h"

namespace rap::cli {
namespace {

using namespace evaluation;
using cli::json;

struct CaptionFlags {
  std::filesystem::path data;
  std::string set = "flickr8k";
  CaptionOptions options;
  ExamFlags exam;
};

Json json(const CaptionFigures& figures) {
  Json result = Json::object();
  for (std::size_t i = 0; i < figures.bleu.size(); ++i) result[fmt::format("bleu_{}", i + 1)] = json(figures.bleu[i]);
  result["cider"] = json(figures.cider);
  return result;
}

void print(const Context& context, const CaptionReport& report) {
  Table table({"figure", "captions", "shuffled over the photos", "one caption for all"});
  const auto add = [&](const std::string& label, const auto& figure) {
    table.add({label, text(figure(report.captions)), text(figure(report.shuffled)), text(figure(report.typical))});
  };
  for (std::size_t i = 0; i < report.captions.bleu.size(); ++i) {
    add(fmt::format("BLEU-{}", i + 1), [i](const CaptionFigures& figures) { return figures.bleu[i]; });
  }
  add("CIDEr-D", [](const CaptionFigures& figures) { return figures.cider; });
  table.print(context.console.out, context.console.columns, context.colour_out());
  context.remark(fmt::format("({} photos; the one caption: \"{}\")", report.photos, report.typical_caption));
}

Result<ExitCode> run_caption_task(Context& context, const CaptionFlags& flags) {
  const auto set = read_caption_set(flags.data / flags.set);
  if (!set) return Unexpected{set.error()};
  const Exam exam = caption_exam(*set, flags.options);
  const auto result = sit_exam(context, exam, flags.exam, {Sitting::kWithoutMemory});
  if (!result) return Unexpected{result.error()};

  const CaptionReport report = caption_report(*set, exam, *result, flags.options.seed);
  if (!flags.exam.gallery.empty()) {
    const auto written =
        write_gallery_page(exam, *result, {.size = flags.exam.gallery_size, .with_captions = true}, flags.exam.gallery);
    if (!written) return Unexpected{written.error()};
  }
  if (context.settings.json) {
    Json about = {{"set", flags.set}};
    about.update(exam_json(*result));
    about.update({{"captions", json(report.captions)},
                  {"shuffled", json(report.shuffled)},
                  {"typical", json(report.typical)},
                  {"typical_caption", report.typical_caption}});
    print_json(context.console.out, about);
  } else {
    print(context, report);
    remark_on(context, exam, *result);
  }
  return result->is_complete ? ExitCode::kOk : ExitCode::kInterrupted;
}

}  // namespace

void add_eval_caption(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<CaptionFlags>();
  CLI::App* verb = program.add_verb(group, "caption", "Plain captions against those of people: BLEU and CIDEr",
                                    [flags](Context& context) { return run_caption_task(context, *flags); });
  add_data_flag(*verb, flags->data, "Folder that holds the set");
  verb->add_option("--set", flags->set, "The set: captions.tsv, dev.txt, train.txt, images/")
      ->capture_default_str()
      ->type_name("NAME");
  verb->add_option("--limit", flags->options.limit, "Photos captioned, chosen at random; 0 = all")
      ->capture_default_str();
  verb->add_option("--seed", flags->options.seed, "Of that choice, and of the shuffled control")->capture_default_str();
  add_exam_flags(*verb, flags->exam);
}

}  // namespace rap::cli
