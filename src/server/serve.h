// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/sinks/sink.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rap/result.h"
#include "server/models.h"
#include "server/options.h"

namespace rap::server {

/// What a server tells whoever started it.
struct Started {
  std::string address;    ///< "http://127.0.0.1:8095"
  std::string first_key;  ///< of the administrator, made because there was none; to be shown once. Else empty
};

/// Serves until `stop` is true, then ends the requests it has accepted. `on_started` is called once, when requests are
/// taken. The log goes to `log`. Fails with kInvalidArgument (options), kUnavailable (the address is taken), or as the
/// key file does.
[[nodiscard]] Result<void> serve(const Options& options, std::vector<NamedAssistant> assistants,
                                 const std::shared_ptr<spdlog::sinks::sink>& log,
                                 const std::function<void(const Started&)>& on_started, const std::atomic<bool>& stop);

}  // namespace rap::server
