// SPDX-License-Identifier: Apache-2.0
#include "server/services.h"

#include <utility>

namespace rap::server {

Result<Admission::Place> enter_looks(const Services& services, Call& call) {
  auto place = services.looks.enter(call.request.is_connection_closed);
  if (place) return std::move(*place);
  services.metrics.count_refusal("busy");
  return call.refuse_for_now(services.looks.wait(), "enough photos wait to be looked at");
}

}  // namespace rap::server
