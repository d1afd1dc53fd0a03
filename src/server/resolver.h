// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "server/ip_address.h"

namespace rap::server {

/// The addresses of a host name, best first; empty if it has none, or none was found within the time.
using Resolver = std::function<std::vector<IpAddress>(const std::string& host, std::chrono::milliseconds timeout)>;

/// The operating system's resolver (getaddrinfo(3)). That cannot be stopped, so each call has a thread
/// which may outlive it; while 16 of them run, nothing is found. Thread-safe.
[[nodiscard]] Resolver system_resolver();

}  // namespace rap::server
