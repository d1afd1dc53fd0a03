// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "rap/assistant.h"
#include "retrieval/faces.h"
#include "retrieval/gallery.h"

namespace rap {

/// Recognises people by their faces, for owners who have switched that on. Their templates are
/// derived values of views: made once, kept in the memory, erased when faces are switched off.
/// Thread-safe.
class FaceFinder {
 public:
  /// `encoder` may be null: then faces cannot be switched on. Both must outlive this object.
  FaceFinder(Memory& memory, const FaceEncoder* encoder);

  /// Switches faces on or off; the owner's revision is raised. kNotFound without an encoder.
  [[nodiscard]] Result<void> use(const Owner& owner, bool on);

  /// Makes the templates that are missing, if faces are on. `gallery` is the owner's.
  [[nodiscard]] Result<FaceStatus> status(const Owner& owner, const Gallery& gallery);

  /// Adds what faces tell to what was found in `photo` by look; see merge_faces(). One pass of
  /// the face encoder if faces are on and somebody's face is known, none otherwise.
  [[nodiscard]] Result<void> refine(const Owner& owner, const Gallery& gallery, const Image& photo,
                                    const RecognizeOptions& options, Recognition& recognition);

 private:
  /// The people of a gallery.
  struct People {
    std::uint64_t revision = 0;
    FaceStatus status;
    std::vector<KnownFace> faces;
  };

  [[nodiscard]] Result<std::shared_ptr<const People>> people(const Owner& owner, const Gallery& gallery);
  [[nodiscard]] Result<std::shared_ptr<const People>> build(const Owner& owner, const Gallery& gallery) const;
  [[nodiscard]] Result<Bytes> make_template(const Owner& owner, const View& view, std::uint64_t revision) const;

  Memory& memory_;
  const FaceEncoder* encoder_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const People>> people_;  // by owner id; guarded by mutex_
};

}  // namespace rap
