// SPDX-License-Identifier: Apache-2.0
#include "core/iso_time.h"

#include <gtest/gtest.h>

namespace rap {
namespace {

TEST(IsoTime, IsUtcToTheSecond) {
  EXPECT_EQ(to_iso_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_iso_time(1'700'000'000'123), "2023-11-14T22:13:20Z");
}

}  // namespace
}  // namespace rap
