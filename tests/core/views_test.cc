// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/box_overlap.h"
#include "rap/memory.h"

namespace rap {
namespace {

TEST(BoxOverlap, IsIntersectionOverUnion) {
  const Box left{0.0F, 0.0F, 0.5F, 1.0F}, right{0.25F, 0.0F, 0.5F, 1.0F};
  EXPECT_NEAR(box_overlap(left, right), 1.0 / 3.0, 1e-6);
  EXPECT_NEAR(box_overlap(left, left), 1.0, 1e-6);
  EXPECT_EQ(box_overlap(left, Box{0.6F, 0.0F, 0.4F, 1.0F}), 0.0);
}

TEST(Avatar, IsTheFirstConfirmedView) {
  Concept bo;
  EXPECT_EQ(avatar(bo), nullptr);
  bo.views.push_back({.id = "not bo", .provenance = Provenance::kLearnt, .shows = false});
  bo.views.push_back({.id = "learnt", .provenance = Provenance::kLearnt});
  EXPECT_EQ(avatar(bo), nullptr);
  bo.views.push_back({.id = "first"});
  bo.views.push_back({.id = "second"});
  ASSERT_NE(avatar(bo), nullptr);
  EXPECT_EQ(avatar(bo)->id, "first");
}

}  // namespace
}  // namespace rap
