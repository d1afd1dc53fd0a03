// SPDX-License-Identifier: Apache-2.0
#include "vision/dlib_faces.h"

#include <dlib/dnn.h>
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "image/photo.h"

namespace rap {
namespace {

constexpr int kSide = 1000;             ///< longest side of what the detector sees, in pixels
constexpr double kMostEnlarged = 4.0;   ///< more shows nothing new
constexpr std::size_t kMostFaces = 16;  ///< a crowd must not take for ever
constexpr unsigned long kChipSide = 150;
constexpr double kChipPadding = 0.25;
constexpr char kVersion[] = "hog-1000-mirror-1";  // a change makes kept templates stale

// The network of dlib's face_recognition_resnet_model_v1: blocks of two 3 x 3 convolutions with a
// shortcut, batch normalisation folded into `affine`. The form is fixed by the file of weights.
template <int N, int Stride, typename Below>
using Block =
    dlib::affine<dlib::con<N, 3, 3, 1, 1, dlib::relu<dlib::affine<dlib::con<N, 3, 3, Stride, Stride, Below>>>>>;
template <int N, typename Below>
using Same = dlib::relu<dlib::add_prev1<Block<N, 1, dlib::tag1<Below>>>>;
template <int N, typename Below>
using Down =
    dlib::relu<dlib::add_prev2<dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<Block<N, 2, dlib::tag1<Below>>>>>>>;
template <typename Below>
using Stem = dlib::max_pool<3, 3, 2, 2, dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, Below>>>>;
template <typename Below>
using Level1 = Same<32, Same<32, Same<32, Below>>>;
template <typename Below>
using Level2 = Same<64, Same<64, Same<64, Down<64, Below>>>>;
template <typename Below>
using Level3 = Same<128, Same<128, Down<128, Below>>>;
template <typename Below>
using Level4 = Same<256, Same<256, Down<256, Below>>>;
template <typename Below>
using Level5 = Down<256, Below>;
using Embedder = dlib::loss_metric<dlib::fc_no_bias<
    128,
    dlib::avg_pool_everything<Level5<Level4<Level3<Level2<Level1<Stem<dlib::input_rgb_image_sized<kChipSide>>>>>>>>>>;

using Pixels = dlib::matrix<dlib::rgb_pixel>;

/// Everything a pass needs. dlib's detector and network keep what they compute in themselves.
struct Engine {
  dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  dlib::shape_predictor landmarks;
  Embedder embedder;
};

/// The picture at the size at which faces are looked for.
Pixels to_pixels(const Image& image) {
  const double scale = std::min(kMostEnlarged, kSide / static_cast<double>(std::max(image.width, image.height)));
  const auto scaled = [&](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
  const Image sized = resize(image, scaled(image.width), scaled(image.height));
  static_assert(sizeof(dlib::rgb_pixel) == 3);
  Pixels pixels(sized.height, sized.width);
  std::memcpy(&pixels(0, 0), sized.rgb.data(), sized.rgb.size());
  return pixels;
}

/// A rectangle as a part of the picture, cut off at its edges.
Box to_box(const dlib::rectangle& found, const Pixels& pixels) {
  const auto share = [](long edge, long size) {
    return static_cast<float>(std::clamp(static_cast<double>(edge) / static_cast<double>(size), 0.0, 1.0));
  };
  const float left = share(found.left(), pixels.nc());
  const float top = share(found.top(), pixels.nr());
  return {left, top, share(found.right() + 1, pixels.nc()) - left, share(found.bottom() + 1, pixels.nr()) - top};
}

/// The mean of a face and its mirror image, which varies less from photo to photo than either.
FaceTemplate embed(Engine& engine, const Pixels& pixels, const dlib::rectangle& found) {
  const auto points = engine.landmarks(pixels, found);
  std::vector<Pixels> chips(2);
  dlib::extract_image_chip(pixels, dlib::get_face_chip_details(points, kChipSide, kChipPadding), chips[0]);
  dlib::flip_image_left_right(chips[0], chips[1]);
  const auto sides = engine.embedder(chips);
  FaceTemplate numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = (sides[0](static_cast<long>(i)) + sides[1](static_cast<long>(i))) / 2.0F;
  }
  return numbers;
}

std::vector<Face> find_faces(Engine& engine, const Image& image) {
  const Pixels pixels = to_pixels(image);
  std::vector<dlib::rectangle> found = engine.detector(pixels);
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.area() > b.area(); });
  found.resize(std::min(found.size(), kMostFaces));
  std::vector<Face> faces;
  faces.reserve(found.size());
  for (const dlib::rectangle& rectangle : found) {
    faces.push_back({to_box(rectangle, pixels), embed(engine, pixels, rectangle)});
  }
  return faces;
}

class DlibFaces final : public FaceEncoder {
 public:
  explicit DlibFaces(DlibFacesOptions options)
      : options_(std::move(options)),
        fingerprint_(std::string(kFaceFingerprint) + options_.embedder_sha256.substr(0, 16) + ":" + kVersion) {}

  [[nodiscard]] const std::string& fingerprint() const noexcept override { return fingerprint_; }
  [[nodiscard]] std::uint64_t calls() const noexcept override { return calls_.load(); }

  [[nodiscard]] Result<std::vector<Face>> faces(const Image& image) const override {
    if (image.width < 1 || image.height < 1) {
      return fail(ErrorCode::kInvalidArgument, "the picture has no pixels", "photo");
    }
    ++calls_;
    const std::lock_guard lock(mutex_);
    if (const auto loaded = load(); !loaded) return Unexpected{loaded.error()};
    try {
      return find_faces(*engine_, image);
    } catch (const std::exception& error) {
      return fail(ErrorCode::kInternal, std::string("the face encoder failed: ") + error.what());
    }
  }

 private:
  Result<void> load() const {
    if (engine_) return {};
    for (const auto& file : {options_.landmarks, options_.embedder}) {
      if (!std::filesystem::exists(file)) {
        return fail(ErrorCode::kNotFound, "there is no face model '" + file.string() + "'");
      }
    }
    try {
      auto engine = std::make_unique<Engine>();
      dlib::deserialize(options_.landmarks.string()) >> engine->landmarks;
      dlib::deserialize(options_.embedder.string()) >> engine->embedder;
      engine_ = std::move(engine);
      return {};
    } catch (const std::exception& error) {
      return fail(ErrorCode::kCorrupt, std::string("cannot read the face models: ") + error.what());
    }
  }

  const DlibFacesOptions options_;
  const std::string fingerprint_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Engine> engine_;  // guarded by mutex_
  mutable std::atomic<std::uint64_t> calls_ = 0;
};

}  // namespace

std::unique_ptr<FaceEncoder> make_dlib_faces(DlibFacesOptions options) {
  return std::make_unique<DlibFaces>(std::move(options));
}

}  // namespace rap
