// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <thread>

#include "core/files.h"
#include "tests/image/pictures.h"
#include "tests/support/data.h"

namespace rap {
namespace {

using testing::expect_near;
using testing::expect_quarters;
using testing::pixel;
using testing::quarters;
using testing::save;
using testing::to_vips;
using testing::Vips;

struct FormatCase {
  const char* name;
  const char* suffix;
  int tolerance;
};

/// Savers of libvips are used before the room has started it.
class StartVips : public ::testing::Environment {
 public:
  void SetUp() override { ASSERT_EQ(VIPS_INIT("test"), 0); }
};
const ::testing::Environment* const kStartVips = ::testing::AddGlobalTestEnvironment(new StartVips);

class DecodeFormat : public ::testing::TestWithParam<FormatCase> {};

TEST_P(DecodeFormat, ReadsPixelsAndSize) {
  const Bytes file = save(quarters(64, 48), GetParam().suffix);
  const auto size = photo_size(file);
  ASSERT_TRUE(size) << size.error().message;
  EXPECT_EQ(size->width, 64);
  EXPECT_EQ(size->height, 48);
  const auto image = decode_photo(file);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->width, 64);
  EXPECT_EQ(image->height, 48);
  ASSERT_EQ(image->rgb.size(), 64U * 48U * 3U);
  expect_quarters(*image, GetParam().tolerance, GetParam().name);
}

TEST_P(DecodeFormat, ShrinksToTheLongestSide) {
  const Bytes file = save(quarters(640, 480), GetParam().suffix);
  const auto image = decode_photo(file, 100);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->width, 100);
  EXPECT_EQ(image->height, 75);
  expect_quarters(*image, GetParam().tolerance, GetParam().name);
}

TEST_P(DecodeFormat, ThinPhotosKeepTheirShortSide) {
  if (GetParam().name == std::string_view("HEIC")) GTEST_SKIP() << "its coder writes none that can be read again";
  for (const auto& [width, height] : {std::pair{4, 14000}, {1, 3072}, {5000, 1}, {3, 6200}}) {
    const auto image = decode_photo(save(quarters(width, height), GetParam().suffix), 100);
    ASSERT_TRUE(image) << width << " x " << height << ": " << image.error().message;
    EXPECT_EQ(std::max(image->width, image->height), 100);
    EXPECT_EQ(std::min(image->width, image->height), 1);
  }
}

TEST_P(DecodeFormat, TruncatedFilesAreCorrupt) {
  Image noise = quarters(200, 150);
  for (std::size_t i = 0; i < noise.rgb.size(); ++i) noise.rgb[i] = static_cast<std::uint8_t>((i * 2654435761U) >> 13U);
  const Bytes file = save(noise, GetParam().suffix);
  for (const double part : {0.1, 0.3, 0.5, 0.7, 0.9}) {
    const auto kept = static_cast<std::size_t>(static_cast<double>(file.size()) * part);
    const auto image = decode_photo(std::span(file).first(kept));
    ASSERT_FALSE(image) << GetParam().name << " cut to " << kept << " of " << file.size() << " bytes";
    EXPECT_EQ(image.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(image.error().field, "photo");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, DecodeFormat,
    ::testing::Values(FormatCase{"JPEG", ".jpg[Q=95,no_subsample]", 8},
                      FormatCase{"ProgressiveJPEG", ".jpg[Q=95,interlace]", 8}, FormatCase{"PNG", ".png", 0},
                      FormatCase{"InterlacedPNG", ".png[interlace]", 0}, FormatCase{"PalettePNG", ".png[palette]", 2},
                      FormatCase{"WebP", ".webp[Q=95]", 10}, FormatCase{"LosslessWebP", ".webp[lossless]", 0},
                      FormatCase{"HEIC", ".heic[Q=90]", 10}, FormatCase{"GIF", ".gif", 4},
                      FormatCase{"TIFF", ".tif", 0}, FormatCase{"CompressedTIFF", ".tif[compression=lzw]", 0}),
    [](const auto& test) { return std::string(test.param.name); });

/// EXIF data that holds nothing but an orientation (TIFF header, one directory of one entry).
std::string exif_with(int orientation) {
  std::string exif("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0?\0\0\0\0\0\0\0", 26);
  exif[18] = static_cast<char>(orientation);
  return exif;
}

Bytes inserted(Bytes file, std::size_t at, std::string_view piece) {
  const auto bytes = as_bytes(piece);
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin(), bytes.end());
  return file;
}

std::uint32_t crc32_of(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

Bytes oriented_jpeg(const Image& image, int orientation) {
  const std::string data = std::string("Exif\0\0", 6) + exif_with(orientation);
  const std::string length = big_endian(static_cast<std::uint32_t>(data.size() + 2)).substr(2);
  return inserted(save(image, ".jpg[Q=98,no_subsample,strip]"), 2, "\xFF\xE1" + length + data);
}

Bytes oriented_png(const Image& image, int orientation) {
  const std::string chunk = "eXIf" + exif_with(orientation);
  const std::string length = big_endian(static_cast<std::uint32_t>(chunk.size() - 4));
  return inserted(save(image, ".png[strip]"), 33, length + chunk + big_endian(crc32_of(as_bytes(chunk))));
}

Bytes oriented_tiff(const Image& image, int orientation) { return save(image, ".tif", orientation); }
Bytes oriented_webp(const Image& image, int orientation) { return save(image, ".webp[lossless]", orientation); }

TEST(Orientation, IsObeyed) {
  struct Writer {
    const char* name;
    Bytes (*write)(const Image& image, int orientation);
  };
  // How the quarters red, green, blue, white of the file (R G above B W) are seen, top left, top
  // right, bottom left, bottom right, for orientations 1 to 8 (EXIF 2.3, section 4.6.4).
  constexpr std::array<std::string_view, 8> kSeen{"RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB"};
  const std::map<char, testing::Rgb> colours{
      {'R', {255, 0, 0}}, {'G', {0, 255, 0}}, {'B', {0, 0, 255}}, {'W', {255, 255, 255}}};
  for (const Writer& writer : {Writer{"JPEG", oriented_jpeg}, Writer{"PNG", oriented_png},
                               Writer{"TIFF", oriented_tiff}, Writer{"WebP", oriented_webp}}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const std::string what = writer.name + (" orientation " + std::to_string(orientation));
      const Bytes file = writer.write(quarters(40, 24), orientation);
      const auto image = decode_photo(file);
      ASSERT_TRUE(image) << what;
      EXPECT_EQ(image->width, orientation < 5 ? 40 : 24) << what;
      EXPECT_EQ(image->height, orientation < 5 ? 24 : 40) << what;
      const auto size = photo_size(file);
      ASSERT_TRUE(size) << what;
      EXPECT_EQ(size->width, image->width) << what;
      EXPECT_EQ(size->height, image->height) << what;
      const std::string_view seen = kSeen[static_cast<std::size_t>(orientation - 1)];
      const int right = image->width - 4, bottom = image->height - 4;
      expect_near(pixel(*image, 3, 3), colours.at(seen[0]), 8, what);
      expect_near(pixel(*image, right, 3), colours.at(seen[1]), 8, what);
      expect_near(pixel(*image, 3, bottom), colours.at(seen[2]), 8, what);
      expect_near(pixel(*image, right, bottom), colours.at(seen[3]), 8, what);
    }
  }
}

TEST(Orientation, OfHeicIsAppliedAtMostOnce) {
  // libheif turns pictures by transformations of its own; EXIF in a HEIC file is only a copy of
  // what they say.
  const Bytes file = save(quarters(64, 48), ".heic[Q=90]", 6);
  const auto image = decode_photo(file);
  const auto size = photo_size(file);
  ASSERT_TRUE(image);
  ASSERT_TRUE(size);
  EXPECT_EQ(size->width, image->width);
  EXPECT_EQ(size->height, image->height);
}

TEST(Decode, AppliesColourAndDepthConversions) {
  const Vips rgb(to_vips(quarters(64, 48)));
  struct Case {
    const char* name;
    VipsInterpretation space;
    const char* suffix;
    int tolerance;
  };
  for (const Case& test :
       {Case{"16-bit PNG", VIPS_INTERPRETATION_RGB16, ".png[bitdepth=16]", 1},
        Case{"16-bit TIFF", VIPS_INTERPRETATION_RGB16, ".tif", 1}, Case{"Lab TIFF", VIPS_INTERPRETATION_LAB, ".tif", 6},
        Case{"float TIFF", VIPS_INTERPRETATION_scRGB, ".tif", 2}}) {
    VipsImage* converted = nullptr;
    ASSERT_EQ(vips_colourspace(rgb.get(), &converted, test.space, nullptr), 0);
    const Vips owned(converted);
    const auto image = decode_photo(save(converted, test.suffix));
    ASSERT_TRUE(image) << test.name << ": " << image.error().message;
    EXPECT_EQ(image->rgb.size(), 64U * 48U * 3U) << test.name;
    expect_quarters(*image, test.tolerance, test.name);
  }
}

TEST(Decode, CmykIsConverted) {
  struct Ink {
    std::array<std::uint8_t, 4> cmyk;
    testing::Rgb seen;  ///< as printed inks look, roughly
  };
  for (const Ink& ink : {Ink{{0, 0, 0, 0}, {255, 255, 255}}, Ink{{255, 0, 255, 0}, {0, 150, 80}},
                         Ink{{0, 255, 255, 0}, {230, 35, 40}}, Ink{{0, 0, 0, 255}, {35, 31, 32}}}) {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < 16 * 16; ++i) pixels.insert(pixels.end(), ink.cmyk.begin(), ink.cmyk.end());
    const Vips picture(vips_image_new_from_memory_copy(pixels.data(), pixels.size(), 16, 16, 4, VIPS_FORMAT_UCHAR));
    picture.get()->Type = VIPS_INTERPRETATION_CMYK;
    for (const char* suffix : {".jpg[Q=98]", ".tif"}) {
      const auto image = decode_photo(save(picture.get(), suffix));
      ASSERT_TRUE(image) << suffix;
      ASSERT_EQ(image->rgb.size(), 16U * 16U * 3U);
      expect_near(pixel(*image, 8, 8), ink.seen, 45, suffix);
    }
  }
}

TEST(Decode, GreyBecomesThreeEqualBands) {
  const std::vector<std::uint8_t> levels(20 * 10, 77);
  for (const char* suffix : {".png", ".jpg[Q=98]", ".tif", ".webp[lossless]"}) {
    const Vips grey(vips_image_new_from_memory_copy(levels.data(), levels.size(), 20, 10, 1, VIPS_FORMAT_UCHAR));
    grey.get()->Type = VIPS_INTERPRETATION_B_W;
    const auto image = decode_photo(save(grey.get(), suffix));
    ASSERT_TRUE(image) << suffix;
    ASSERT_EQ(image->rgb.size(), 600U);
    expect_near(pixel(*image, 10, 5), {77, 77, 77}, 1, suffix);
  }
}

TEST(Decode, SixteenBitGreyIsScaled) {
  const std::vector<std::uint16_t> levels(20 * 10, 77 * 257);
  const Vips grey(vips_image_new_from_memory_copy(levels.data(), 2 * levels.size(), 20, 10, 1, VIPS_FORMAT_USHORT));
  grey.get()->Type = VIPS_INTERPRETATION_GREY16;
  const auto image = decode_photo(save(grey.get(), ".png[bitdepth=16]"));
  ASSERT_TRUE(image);
  expect_near(pixel(*image, 10, 5), {77, 77, 77}, 1, "grey");
}

TEST(Decode, TransparencyIsLaidOnWhite) {
  // Black at half opacity, and a transparent red: grey, and white.
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 16 * 16; ++i) {
    const bool left = i % 16 < 8;
    for (const int value : {left ? 0 : 255, 0, 0, left ? 128 : 0}) pixels.push_back(static_cast<std::uint8_t>(value));
  }
  const Vips rgba(vips_image_new_from_memory_copy(pixels.data(), pixels.size(), 16, 16, 4, VIPS_FORMAT_UCHAR));
  rgba.get()->Type = VIPS_INTERPRETATION_sRGB;
  for (const char* suffix : {".png", ".tif", ".webp[lossless]"}) {
    const auto image = decode_photo(save(rgba.get(), suffix));
    ASSERT_TRUE(image) << suffix;
    expect_near(pixel(*image, 2, 8), {127, 127, 127}, 2, suffix);
    expect_near(pixel(*image, 13, 8), {255, 255, 255}, 1, suffix);
  }
}

TEST(Decode, EmbeddedProfileIsApplied) {
  // A Display P3 red is a red outside sRGB's numbers: (255, 0, 0) in sRGB after the conversion,
  // and P3's (200, 100, 50) is more saturated than the same numbers in sRGB.
  Image flat{16, 16, {}};
  for (int i = 0; i < 256; ++i) flat.rgb.insert(flat.rgb.end(), {200, 100, 50});
  const Bytes tagged = save(flat, ".png[profile=p3]");
  const auto image = decode_photo(tagged);
  ASSERT_TRUE(image);
  const auto seen = pixel(*image, 8, 8);
  EXPECT_GT(seen.red, 203);
  EXPECT_LT(seen.blue, 48);
}

TEST(Decode, DamagedProfileIsIgnored) {
  const Image flat = quarters(32, 32);
  const Vips picture(to_vips(flat));
  const char junk[] = "this is not a colour profile";
  vips_image_set_blob_copy(picture.get(), VIPS_META_ICC_NAME, junk, sizeof junk);
  const auto image = decode_photo(save(picture.get(), ".jpg[Q=98,no_subsample]"));
  ASSERT_TRUE(image) << image.error().message;
  expect_quarters(*image, 8, "junk profile");
}

TEST(Decode, OnlyTheFirstFrameOfAnAnimation) {
  Image frames = quarters(16, 32);  // two frames of 16 x 16, one above the other
  const Vips picture(to_vips(frames));
  vips_image_set_int(picture.get(), VIPS_META_PAGE_HEIGHT, 16);
  for (const char* suffix : {".gif", ".webp[lossless]"}) {
    const auto image = decode_photo(save(picture.get(), suffix));
    ASSERT_TRUE(image) << suffix;
    EXPECT_EQ(image->width, 16);
    EXPECT_EQ(image->height, 16);
    expect_near(pixel(*image, 4, 8), {255, 0, 0}, 4, suffix);
  }
}

TEST(Decode, EmptyFileIsAnInvalidArgument) {
  const auto image = decode_photo({});
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(image.error().field, "photo");
}

TEST(Decode, OtherFormatsAreUnsupported) {
  // The last three are formats that libvips could read: they are not tried.
  for (const std::string_view text :
       {std::string_view("hello, world, this is no photo"), std::string_view("%PDF-1.7\n1 0 obj"),
        std::string_view("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>"),
        std::string_view("P3\n1 1\n255\n1 2 3\n"), std::string_view("\x01")}) {
    const auto image = decode_photo(as_bytes(text));
    ASSERT_FALSE(image) << text;
    EXPECT_EQ(image.error().code, ErrorCode::kUnsupported) << text;
    EXPECT_EQ(image.error().field, "photo");
  }
}

TEST(Decode, TooManyBytesAreRefusedUnread) {
  Bytes file = save(quarters(16, 16), ".png");
  file.resize(Limits::kPhotoBytes + 1);
  const auto image = decode_photo(file);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kTooLarge);
  EXPECT_NE(image.error().message.find("40000000"), std::string::npos);
}

void put_big_endian(Bytes& file, std::size_t at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) file[at + static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> (24 - 8 * i));
}

TEST(Decode, PngBombIsRefusedByItsHeader) {
  Bytes file = save(quarters(16, 16), ".png");
  put_big_endian(file, 16, 60'000);
  put_big_endian(file, 20, 60'000);
  put_big_endian(file, 29, crc32_of(std::span(file).subspan(12, 17)));
  for (const auto& code : {decode_photo(file).error().code, photo_size(file).error().code}) {
    EXPECT_EQ(code, ErrorCode::kTooLarge);
  }
  EXPECT_NE(decode_photo(file).error().message.find("60000 x 60000"), std::string::npos);
}

TEST(Decode, JpegBombIsRefusedByItsHeader) {
  Bytes file = save(quarters(16, 16), ".jpg");
  const std::array<std::byte, 2> start_of_frame{std::byte{0xFF}, std::byte{0xC0}};
  const auto frame = std::search(file.begin(), file.end(), start_of_frame.begin(), start_of_frame.end());
  ASSERT_NE(frame, file.end());
  const auto at = static_cast<std::size_t>(frame - file.begin());
  for (std::size_t i = 5; i < 9; ++i) file[at + i] = std::byte{0xEA};
  const auto image = decode_photo(file);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kTooLarge);
}

TEST(Decode, GifBombIsRefused) {
  Bytes file = save(quarters(16, 16), ".gif");
  // Logical screen and frame of 60138 x 60138.
  const auto frame = static_cast<std::size_t>(std::ranges::find(file, std::byte{0x2C}) - file.begin());
  ASSERT_LT(frame + 9, file.size());
  for (const std::size_t at : {std::size_t{6}, frame + 5}) {
    for (std::size_t i = at; i < at + 4; ++i) file[i] = std::byte{0xEA};
  }
  const auto image = decode_photo(file);
  ASSERT_FALSE(image) << image->width << " x " << image->height;
  EXPECT_TRUE(image.error().code == ErrorCode::kTooLarge || image.error().code == ErrorCode::kCorrupt);
}

TEST(Decode, ZeroSizeIsCorrupt) {
  Bytes file = save(quarters(16, 16), ".png");
  put_big_endian(file, 16, 0);
  put_big_endian(file, 29, crc32_of(std::span(file).subspan(12, 17)));
  const auto image = decode_photo(file);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kCorrupt);
}

TEST(Decode, DamagedBodyIsCorrupt) {
  Bytes file = save(quarters(64, 64), ".png");
  for (std::size_t i = file.size() / 2; i < file.size() / 2 + 8; ++i) file[i] ^= std::byte{0x5A};
  const auto image = decode_photo(file);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::kCorrupt);
}

TEST(Decode, ErrorsDoNotPileUpInLibvips) {
  const Bytes file = save(quarters(16, 16), ".png");
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(decode_photo(std::span(file).first(40)));
  EXPECT_STREQ(vips_error_buffer(), "");
}

TEST(Decode, WorksFromManyThreads) {
  const Bytes file = save(quarters(320, 240), ".jpg[Q=95]");
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        const auto image = decode_photo(file, 64);
        if (image && image->width == 64) ++good;
        (void)decode_photo(std::span(file).first(200));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
}

TEST(Decode, RealPhotosOfTheExamples) {
  for (const auto& entry : std::filesystem::directory_iterator(testing::source_dir() / "examples" / "photos")) {
    if (entry.path().extension() != ".jpg") continue;
    const auto file = read_file(entry.path(), Limits::kPhotoBytes);
    ASSERT_TRUE(file);
    const auto image = decode_photo(*file, 300);
    ASSERT_TRUE(image) << entry.path() << ": " << image.error().message;
    EXPECT_EQ(std::max(image->width, image->height), 300) << entry.path();
  }
}

TEST(Encode, PngIsLosslessAndJpegIsClose) {
  const Image image = quarters(31, 17);
  const auto png = encode_png(image);
  ASSERT_TRUE(png);
  EXPECT_EQ(decode_photo(*png)->rgb, image.rgb);
  const auto jpeg = encode_jpeg(quarters(64, 64), 95);
  ASSERT_TRUE(jpeg);
  expect_quarters(*decode_photo(*jpeg), 8, "JPEG");
}

TEST(Encode, ImpossibleSizesAreAnError) {
  const auto file = encode_png(Image{});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace rap
