// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/admission.h"
#include "server/auth/authenticator.h"
#include "server/call.h"
#include "server/jobs.h"
#include "server/metrics.h"
#include "server/models.h"
#include "server/options.h"
#include "server/photo_reader.h"

namespace rap::server {

/// What handlers work with. All of it is thread-safe and outlives them.
struct Services {
  const Options& options;
  const Models& models;
  KeyStore& keys;
  Sessions& sessions;
  Authenticator& authenticator;
  const PhotoReader& photos;
  Admission& looks;       ///< in front of the encoder
  Admission& embeddings;  ///< in front of the text encoder
  Admission& answers;     ///< in front of the model
  Jobs& jobs;
  Metrics& metrics;

  [[nodiscard]] Assistant& assistant() const { return models.any(); }
  [[nodiscard]] Memory& memory() const { return assistant().memory(); }
};

/// A place in front of the encoder, as long as it lives; refuses the call (429) when too many wait.
[[nodiscard]] Result<Admission::Place> enter_looks(const Services& services, Call& call);

/// The same in front of the text encoder.
[[nodiscard]] Result<Admission::Place> enter_embeddings(const Services& services, Call& call);

}  // namespace rap::server
