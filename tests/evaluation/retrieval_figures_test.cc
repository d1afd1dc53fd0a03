// SPDX-License-Identifier: Apache-2.0
// The figures that retrieval promises, measured with the real encoder on real photos.
#include <gtest/gtest.h>

#include "app/encoder.h"
#include "evaluation/retrieval_task.h"
#include "tests/support/data.h"

namespace rap::evaluation {
namespace {

TEST(RetrievalFigures, OnTwentySubjectsFromOnePhotoEach) {
  RAP_NEEDS_DATA();
  Options options;
  options.models_dir = testing::source_dir() / "models";
  const auto encoder = open_encoder(options);
  ASSERT_TRUE(encoder) << encoder.error().message;
  const auto folder = list_subjects(testing::data_dir() / "dreambooth");
  ASSERT_TRUE(folder) << folder.error().message;
  const auto set = embed_photos(*folder, **encoder, Keep::kEverything, {});
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ((*encoder)->calls(), set->photos.size()) << "one look a photo";

  const RetrievalReport report = measure_retrieval(*set, all_subjects(*set), {}, default_calibration());
  EXPECT_GE(report.top1.mean, 0.97);
  EXPECT_GE(report.by_similarity.tpr_at_5.mean, 0.82);
  EXPECT_GE(report.by_similarity.tpr_at_1.mean, 0.62);
  EXPECT_GE(report.by_probability.tpr_at_5.mean, 0.82);
  EXPECT_LE(report.reliability.error, 0.1);
}

}  // namespace
}  // namespace rap::evaluation
