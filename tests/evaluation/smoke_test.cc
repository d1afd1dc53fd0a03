// SPDX-License-Identifier: Apache-2.0
// A short exam with the default model on real photos.
#include <gtest/gtest.h>

#include "evaluation/exam_report.h"
#include "evaluation/personal_task.h"
#include "rap/open.h"
#include "tests/support/data.h"

namespace rap::evaluation {
namespace {

/// Sits the exam with an assistant and a memory of its own.
Result<ExamResult> answers(const Exam& exam, const std::vector<Sitting>& sittings) {
  const testing::TemporaryDir dir;
  Options options;
  options.memory_file = dir.path() / "memory.db";
  const auto assistant = open(options);
  if (!assistant) return Unexpected{assistant.error()};
  ExamOptions how;
  how.sittings = sittings;
  how.generate.max_tokens = 24;
  return sit(**assistant, exam, how, {});
}

TEST(Smoke, AnAnswerThatBreaksNoRuleIsTheCheckedOne) {
  RAP_NEEDS_DATA();
  const auto folder = list_subjects(testing::data_dir() / "dreambooth");
  ASSERT_TRUE(folder) << folder.error().message;
  const Exam exam = personal_exam(
      *folder, {.draws = 1, .limit = 1, .groups = {"right_card", "wrong_card", "recognition", "text_qa"}});

  const auto with_shortcut = answers(exam, {Sitting::kUnchecked, Sitting::kChecked});
  if (!with_shortcut && with_shortcut.error().code == ErrorCode::kNotFound) {
    GTEST_SKIP() << with_shortcut.error().message;
  }
  ASSERT_TRUE(with_shortcut) << with_shortcut.error().message;
  const auto without = answers(exam, {Sitting::kChecked});
  ASSERT_TRUE(without) << without.error().message;
  ASSERT_EQ(without->answers.size(), exam.questions.size());
  for (std::size_t i = 0; i < exam.questions.size(); ++i) {
    EXPECT_EQ(with_shortcut->answers[i][2], without->answers[i][2]) << exam.groups[exam.questions[i].group].key;
  }
  EXPECT_FALSE(report(exam, *without).empty());
}

}  // namespace
}  // namespace rap::evaluation
