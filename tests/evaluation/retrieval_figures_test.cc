// SPDX-License-Identifier: Apache-2.0
// The figures that retrieval promises, measured with the real encoder on real photos.
#include <gtest/gtest.h>

#include "app/encoder.h"
#include "evaluation/retrieval_task.h"
#include "evaluation/scene_task.h"
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
  const auto set = embed_photos(*folder, **encoder, {});
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ((*encoder)->calls(), set->photos.size()) << "one look a photo";

  // What is promised is promised of twenty draws, ranked as served.
  const auto subjects = all_subjects(*set);
  const auto twenty = measure_open_set(*set, subjects, {.draws = 20}, default_calibration());
  ASSERT_TRUE(twenty);
  EXPECT_GE(twenty->by_probability.tpr_at_5.mean, 0.82);
  EXPECT_GE(twenty->by_probability.tpr_at_1.mean, 0.62);

  // Ten times as many tell luck from skill (docs/evaluation.md).
  const auto all_known = measure_retrieval(*set, subjects, {.draws = 200}, default_calibration());
  ASSERT_TRUE(all_known);
  EXPECT_GE(all_known->top1.mean, 0.97);
  const auto half_known = measure_open_set(*set, subjects, {.draws = 200}, default_calibration());
  ASSERT_TRUE(half_known);
  EXPECT_GE(half_known->by_similarity.tpr_at_5.mean, 0.82);
  EXPECT_GE(half_known->by_probability.tpr_at_5.mean, 0.82);
  EXPECT_LE(half_known->reliability.error, 0.1);

  // Modest bounds; what is reached stands in docs/evaluation.md.
  const auto scenes = measure_scenes(*set, {}, **encoder, {.subjects = {2, 4}, .scenes = 20}, {});
  ASSERT_TRUE(scenes) << scenes.error().message;
  EXPECT_GE(scenes->front().f1.mean, 0.8);
  EXPECT_GE(scenes->back().f1.mean, 0.8);
  EXPECT_GE(scenes->back().precision.mean, 0.9);
}

}  // namespace
}  // namespace rap::evaluation
