// SPDX-License-Identifier: Apache-2.0
#include "app/faces.h"

#include "app/manifest.h"
#include "vision/dlib_faces.h"

namespace rap {

Result<std::unique_ptr<FaceEncoder>> open_face_encoder(const Options& options) {
  const auto manifest = read_manifest(options);
  if (!manifest) return Unexpected{manifest.error()};
  if (!manifest->faces) return fail(ErrorCode::kNotFound, "the manifest names no face encoder");
  const ModelEntry& entry = *manifest->faces;
  const auto landmarks = locate(options, entry, "landmarks");
  if (!landmarks) return Unexpected{landmarks.error()};
  const auto embedder = locate(options, entry, "embedder");
  if (!embedder) return Unexpected{embedder.error()};
  return make_dlib_faces(
      {.landmarks = *landmarks, .embedder = *embedder, .embedder_sha256 = entry.file("embedder")->sha256});
}

}  // namespace rap
