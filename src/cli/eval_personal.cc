// SPDX-License-Identifier: Apache-2.0
// rap eval personal --data DIR [--subjects SET]: captions and answers about individuals.
#include <algorithm>
#include <memory>

#include "cli/eval_exam.h"
#include "cli/eval_verbs.h"
#include "cli/numbers.h"
#include "cli/program.h"
#include "evaluation/personal_task.h"

namespace rap::cli {
namespace {

using namespace evaluation;

struct PersonalFlags {
  std::filesystem::path data;
  std::string subjects = "dreambooth";
  PersonalOptions options;
  ExamFlags exam;
};

std::vector<std::string> group_keys() {
  std::vector<std::string> keys;
  for (const ExamGroup& group : personal_groups()) keys.push_back(group.key);
  return keys;
}

Result<ExitCode> run_personal(Context& context, const PersonalFlags& flags) {
  const auto folder = list_subjects(flags.data / flags.subjects);
  if (!folder) return Unexpected{folder.error()};
  const Exam exam = personal_exam(*folder, flags.options);
  return run_exam(context, exam, flags.exam,
                  {{"set", flags.subjects},
                   {"subjects", folder->subjects.size()},
                   {"draws", flags.options.draws},
                   {"seed", flags.options.seed}});
}

}  // namespace

void add_eval_personal(Program& program, CLI::App& group) {
  const auto flags = std::make_shared<PersonalFlags>();
  CLI::App* verb = program.add_verb(group, "personal", "Names in captions, recognition and questions about individuals",
                                    [flags](Context& context) { return run_personal(context, *flags); });
  add_data_flag(*verb, flags->data, "Folder that holds sets of photos");
  verb->add_option("--subjects", flags->subjects, "The set in it, with one folder of photos a subject")
      ->capture_default_str()
      ->type_name("SET");
  verb->add_option("--draws", flags->options.draws, "Times that names, facts and avatars are drawn")
      ->capture_default_str()
      ->check(number_from(1));
  verb->add_option("--seed", flags->options.seed, "First seed; draw i uses seed + i")->capture_default_str();
  verb->add_option("--limit", flags->options.limit, "Most questions of each group; 0 = all")->capture_default_str();
  verb->add_option("--groups", flags->options.groups, "Only these groups of questions (docs/evaluation.md)")
      ->check(CLI::IsMember(group_keys()))
      ->type_name("GROUP...");
  add_control_flag(*verb, flags->exam);
  add_exam_flags(*verb, flags->exam);
}

}  // namespace rap::cli
