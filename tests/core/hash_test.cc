// SPDX-License-Identifier: Apache-2.0
#include "core/hash.h"

#include <gtest/gtest.h>

#include <set>

#include "core/files.h"
#include "core/ids.h"
#include "tests/support/data.h"

namespace rap {
namespace {

TEST(Sha256, KnownAnswers) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const testing::TemporaryDir folder;
  const Bytes content(3'000'001, std::byte{0x5A});  // several pieces
  ASSERT_TRUE(write_file(folder.path() / "file", content));
  const auto hash = sha256_file(folder.path() / "file");
  ASSERT_TRUE(hash);
  EXPECT_EQ(*hash, sha256_hex(content));
  EXPECT_EQ(sha256_file(folder.path() / "none").error().code, ErrorCode::kIo);
}

TEST(RandomId, Is32HexDigitsAndNew) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_id();
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(ids.insert(id).second);
  }
}

}  // namespace
}  // namespace rap
