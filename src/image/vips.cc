// SPDX-License-Identifier: Apache-2.0
#include "image/vips.h"

#include <cstring>
#include <mutex>

namespace rap {
namespace {

/// Photos are decoded on the thread of their request; more threads inside libvips only add
/// hand-overs at the sizes that rap reads.
constexpr int kThreads = 1;

void drop_log(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

bool start_once() {
  if (VIPS_INIT("rap") != 0) return false;
  vips_block_untrusted_set(TRUE);
  vips_cache_set_max(0);
  vips_concurrency_set(kThreads);
  g_log_set_handler("VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO), drop_log, nullptr);
  return true;
}

}  // namespace

Result<void> start_vips() {
  static std::once_flag once;
  static bool started = false;
  std::call_once(once, [] { started = start_once(); });
  if (!started) return vips_failure(ErrorCode::kUnavailable, "libvips cannot be started");
  return {};
}

Unexpected vips_failure(ErrorCode code, std::string message, std::string field) {
  vips_error_clear();
  return fail(code, std::move(message), std::move(field));
}

bool copy_pixels(VipsImage* from, Image& to) {
  std::size_t size = 0;
  const std::unique_ptr<void, decltype(&g_free)> pixels(vips_image_write_to_memory(from, &size), &g_free);
  if (!pixels) return false;
  to.width = vips_image_get_width(from);
  to.height = vips_image_get_height(from);
  const auto* bytes = static_cast<const std::uint8_t*>(pixels.get());
  to.rgb.assign(bytes, bytes + size);
  return true;
}

VipsPtr borrow_pixels(const Image& image) {
  if (image.width < 1 || image.height < 1) return nullptr;
  VipsPtr borrowed(
      vips_image_new_from_memory(image.rgb.data(), image.rgb.size(), image.width, image.height, 3, VIPS_FORMAT_UCHAR));
  if (borrowed) borrowed->Type = VIPS_INTERPRETATION_sRGB;
  return borrowed;
}

}  // namespace rap
