// SPDX-License-Identifier: Apache-2.0
// The page and the description of our own API, which are part of the program.
#include <string>
#include <string_view>

#include "server/api/routes.h"
#include "server/embedded_files.h"

namespace rap::server {
namespace {

std::string_view type_of(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".json")) return "application/json";
  if (path.ends_with(".svg")) return "image/svg+xml";
  if (path.ends_with(".webmanifest")) return "application/manifest+json";
  return "application/octet-stream";
}

Result<void> send(const EmbeddedFile& file, Call& call) {
  call.response.set_header("Content-Security-Policy",
                           "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
                           "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
                           "frame-ancestors 'none'");
  call.response.set_header("X-Content-Type-Options", "nosniff");
  call.response.set_header("Referrer-Policy", "no-referrer");
  call.response.set_header("Cross-Origin-Opener-Policy", "same-origin");
  // Files change with the program: browsers ask again, and get 304 where nothing did.
  call.response.set_header("Cache-Control", "no-cache");
  const std::string tag = "\"" + std::string(file.tag) + "\"";
  call.response.set_header("ETag", tag);
  if (call.request.get_header_value("If-None-Match") == tag) {
    call.response.status = 304;
    return {};
  }
  call.response.set_content(file.content.data(), file.content.size(), std::string(type_of(file.path)));
  return {};
}

}  // namespace

void add_page(Router& router) {
  for (const EmbeddedFile& file : embedded_files()) {
    const auto add = [&](std::string path) {
      router.add({.method = "GET", .path = std::move(path), .scope = std::nullopt, .handler = [&file](Call& call) {
                    return send(file, call);
                  }});
    };
    add("/" + std::string(file.path));
    if (file.path == "index.html") add("/");
  }
}

}  // namespace rap::server
