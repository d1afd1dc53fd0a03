// SPDX-License-Identifier: Apache-2.0
// What whoever runs a server asks it.
#include "server/api/routes.h"

namespace rap::server {
namespace {

Result<void> show_health(Call& call) {
  call.reply({{"status", "ok"}});
  return {};
}

/// Ready = the memory answers. Weights are read at the first question, so they say nothing.
Result<void> show_readiness(const Services& services, Call& call) {
  const auto revision = services.memory().revision(Owner{});
  if (!revision) return call.refuse(503, ErrorCode::kUnavailable, "the memory does not answer");
  call.reply({{"status", "ready"}});
  return {};
}

Result<void> show_metrics(const Services& services, Call& call) {
  services.metrics.waiting().Set(static_cast<double>(services.answers.inside()));
  services.metrics.looking().Set(static_cast<double>(services.looks.inside()));
  call.response.set_content(services.metrics.text(), "text/plain; version=0.0.4");
  return {};
}

}  // namespace

void add_health(Router& router, const Services& services) {
  router.add({.method = "GET", .path = "/healthz", .scope = std::nullopt, .handler = show_health});
  router.add({.method = "GET", .path = "/readyz", .scope = std::nullopt, .handler = [&services](Call& call) {
                return show_readiness(services, call);
              }});
  router.add({.method = "GET", .path = "/metrics", .scope = Scope::kRead, .handler = [&services](Call& call) {
                return show_metrics(services, call);
              }});
}

}  // namespace rap::server
