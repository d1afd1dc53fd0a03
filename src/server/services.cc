// SPDX-License-Identifier: Apache-2.0
#include "server/services.h"

#include <utility>

namespace rap::server {

namespace {

Result<Admission::Place> enter(Admission& admission, const Services& services, Call& call, const char* why_not) {
  auto place = admission.enter(call.request.is_connection_closed);
  if (place) return std::move(*place);
  services.metrics.count_refusal("busy");
  return call.refuse_for_now(admission.wait(), why_not);
}

}  // namespace

Result<Admission::Place> enter_looks(const Services& services, Call& call) {
  return enter(services.looks, services, call, "enough photos wait to be looked at");
}

Result<Admission::Place> enter_embeddings(const Services& services, Call& call) {
  return enter(services.embeddings, services, call, "enough texts wait to be embedded");
}

}  // namespace rap::server
