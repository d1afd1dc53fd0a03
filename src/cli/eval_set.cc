// SPDX-License-Identifier: Apache-2.0
// rap eval set PATH [--split test] [--database FILE]: questions from a data set, or of RAP or RePIC.
#include <map>
#include <memory>

#include "cli/eval_exam.h"
#include "cli/eval_verbs.h"
#include "cli/program.h"
#include "evaluation/rap_files.h"
#include "evaluation/set_task.h"

namespace rap::cli {
namespace {

using namespace evaluation;

struct SetFlags {
  std::filesystem::path path;
  SetOptions set;
  RapFilesOptions rap;
  ExamFlags exam;
};

Result<Exam> read_exam(const SetFlags& flags) {
  std::error_code ignored;
  if (std::filesystem::is_directory(flags.path, ignored)) return set_exam(flags.path, flags.set);
  if (flags.rap.database.empty()) {
    return fail(ErrorCode::kInvalidArgument, "a JSON file of questions needs the concepts they are about: --database",
                "database");
  }
  RapFilesOptions options = flags.rap;
  options.questions = flags.path;
  options.limit = flags.set.limit;
  options.seed = flags.set.seed;
  return rap_files_exam(options);
}

Result<ExitCode> run_set(Context& context, const SetFlags& flags) {
  const auto exam = read_exam(flags);
  if (!exam) return Unexpected{exam.error()};
  return run_exam(context, *exam, flags.exam, {{"set", flags.path.string()}, {"seed", flags.set.seed}});
}

}  // namespace

void add_eval_set(Program& program, CLI::App& group) {
  static const std::map<std::string, dataset::Split> kSplits{
      {"train", dataset::Split::kTrain}, {"dev", dataset::Split::kDev}, {"test", dataset::Split::kTest}};
  const auto flags = std::make_shared<SetFlags>();
  CLI::App* verb = program.add_verb(group, "set", "Questions from a data set of rap, or a JSON file of RAP or RePIC",
                                    [flags](Context& context) { return run_set(context, *flags); });
  verb->add_option("set", flags->path, "Folder of a data set, or a JSON file of questions")
      ->required()
      ->type_name("PATH");
  verb->add_option("--split", flags->set.split, "Conversations of this split: train, dev or test (default)")
      ->transform(CLI::CheckedTransformer(kSplits))
      ->type_name("SPLIT");
  verb->add_option("--limit", flags->set.limit, "Most questions: of each type of a folder, of a whole file; 0 = all")
      ->capture_default_str();
  verb->add_option("--seed", flags->set.seed, "Of that choice")->capture_default_str();
  verb->add_option("--database", flags->rap.database, "RAP's database.json, with the concepts of a JSON file")
      ->type_name("FILE");
  verb->add_option("--images", flags->rap.images, "Folder that a JSON file's photos are relative to")->type_name("DIR");
  verb->add_flag("--give-cards", flags->rap.give_cards, "Give the right cards whatever retrieval finds in the photo");
  add_control_flag(*verb, flags->exam);
  add_exam_flags(*verb, flags->exam);
}

}  // namespace rap::cli
