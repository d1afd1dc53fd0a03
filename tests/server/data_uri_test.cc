// SPDX-License-Identifier: Apache-2.0
#include "server/data_uri.h"

#include <gtest/gtest.h>

#include "core/base64.h"
#include "core/files.h"

namespace rap::testing {
namespace {

using server::parse_data_uri;
using server::parse_photo_text;

ErrorCode error_of(const std::string& uri, std::size_t max_bytes = 100) {
  const auto photo = parse_data_uri(uri, max_bytes);
  EXPECT_FALSE(photo) << uri;
  if (photo) return ErrorCode::kInternal;
  EXPECT_EQ(photo.error().field, "photo");
  return photo.error().code;
}

TEST(DataUri, GivesThePhoto) {
  const Bytes photo(1000, std::byte{0xA7});
  for (const char* head :
       {"data:image/jpeg;base64,", "DATA:Image/PNG;Base64,", "data:image/svg+xml;charset=utf-8;base64,"}) {
    const auto parsed = parse_data_uri(head + base64(photo));
    ASSERT_TRUE(parsed) << head;
    EXPECT_EQ(*parsed, photo);
  }
}

TEST(DataUri, HasToBeExact) {
  for (const char* uri :
       {"", "data:", "data:,", "data:image/jpeg;base64", "data:image/jpeg,Zm9v", "data:image/jpeg;base64;x=y,Zm9v",
        "data:image/jpeg;base64,Zm9", "data:image/jpeg;base64,Zm9v\n", "data:image/jpeg;base64,Zm 9v",
        "data:image/jpeg;base64,Zh==", "data:image/jpeg;base64,%5A%6D9v", "data:image/jpeg;base64,",
        "data:image/jp\"eg;base64,Zm9v", "data: image/jpeg;base64,Zm9v", " data:image/jpeg;base64,Zm9v",
        "http://example.org/a.jpg", "Zm9v"})
    EXPECT_EQ(error_of(uri), ErrorCode::kInvalidArgument) << uri;
  EXPECT_EQ(error_of("data:image/" + std::string(1000, 'x') + ";base64,Zm9v"), ErrorCode::kInvalidArgument);
  for (const char* uri : {"data:text/html;base64,Zm9v", "data:;base64,Zm9v", "data:image/;base64,Zm9v"})
    EXPECT_EQ(error_of(uri), ErrorCode::kUnsupported) << uri;
}

TEST(DataUri, HasALimitOfBytes) {
  for (const std::size_t size : {98U, 99U, 100U}) {
    EXPECT_TRUE(parse_data_uri("data:image/jpeg;base64," + base64(Bytes(size)), 100)) << size;
  }
  for (const std::size_t size : {101U, 102U, 103U, 5000U}) {
    EXPECT_EQ(error_of("data:image/jpeg;base64," + base64(Bytes(size))), ErrorCode::kTooLarge) << size;
  }
}

TEST(DataUri, ErrorsRepeatNothing) {
  const auto photo = parse_data_uri("data:text/Bo-my-corgi;base64,Qm8h");
  EXPECT_EQ(photo.error().message.find("Bo"), std::string::npos);
}

TEST(PhotoText, MayBeBase64Alone) {
  EXPECT_EQ(*parse_photo_text("Zm9v"), *parse_photo_text("data:image/jpeg;base64,Zm9v"));
  EXPECT_EQ(parse_photo_text("Zm9").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(parse_photo_text("").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(parse_photo_text(base64(Bytes(101)), 100).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace rap::testing
