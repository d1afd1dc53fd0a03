// SPDX-License-Identifier: Apache-2.0
// What the files of this room share of libvips: set-up, ownership, errors.
#pragma once

#include <glib-object.h>
#include <vips/vips.h>

#include <memory>
#include <string>

#include "rap/image.h"
#include "rap/result.h"

namespace rap {

struct ObjectUnref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};

/// Owns one reference to a picture of libvips.
using VipsPtr = std::unique_ptr<VipsImage, ObjectUnref>;

/// Starts libvips once per process: loaders that its authors call untrusted are blocked, nothing
/// is cached between calls, warnings are not printed. Thread-safe. Fails with kUnavailable.
[[nodiscard]] Result<void> start_vips();

/// A failure of libvips. Empties libvips' error buffer, which all threads share: its text may be
/// another thread's, so it is not used.
[[nodiscard]] Unexpected vips_failure(ErrorCode code, std::string message, std::string field = {});

/// Copies evaluated pixels (8 bit, three bands). False if the evaluation failed.
[[nodiscard]] bool copy_pixels(VipsImage* from, Image& to);

/// A picture of libvips over the pixels of `image`, which must outlive it; null on failure.
[[nodiscard]] VipsPtr borrow_pixels(const Image& image);

}  // namespace rap
