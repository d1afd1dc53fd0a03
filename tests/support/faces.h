// SPDX-License-Identifier: Apache-2.0
// The face models and photos of people that scripts/bootstrap.sh fetches. The test's target
// defines RAP_TEST_DEPS_DIR.
#pragma once

#include <filesystem>
#include <memory>

#include "tests/support/data.h"
#include "vision/dlib_faces.h"

namespace rap::testing {

inline std::filesystem::path face_models_dir() { return std::filesystem::path(RAP_TEST_DEPS_DIR) / "models" / "faces"; }

/// One folder of photos a person; fetched with --training.
inline std::filesystem::path test_faces_dir() { return std::filesystem::path(RAP_TEST_DEPS_DIR) / "test-faces"; }

inline std::unique_ptr<FaceEncoder> open_test_faces() {
  return make_dlib_faces({.landmarks = face_models_dir() / "shape_predictor_5_face_landmarks.dat",
                          .embedder = face_models_dir() / "dlib_face_recognition_resnet_model_v1.dat",
                          .embedder_sha256 = "test"});
}

}  // namespace rap::testing

#define RAP_NEEDS_FACES()                                        \
  if (!std::filesystem::exists(rap::testing::face_models_dir())) \
  GTEST_SKIP() << "no face models: run scripts/bootstrap.sh build/deps"

#define RAP_NEEDS_TEST_FACES()                                  \
  if (!std::filesystem::exists(rap::testing::test_faces_dir())) \
  GTEST_SKIP() << "no photos of people: run scripts/bootstrap.sh build/deps --training"
