// SPDX-License-Identifier: Apache-2.0
#include "server/resolver.h"

#include <netdb.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace rap::server {
namespace {

using Addresses = std::vector<IpAddress>;

constexpr int kMaxRunning = 16;

Addresses look_up(const std::string& host) {
  ::addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;  // else every address comes once a protocol
  ::addrinfo* list = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return {};
  const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
  Addresses addresses;
  for (const ::addrinfo* each = list; each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    const int failure =
        ::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    const auto address = failure == 0 ? IpAddress::parse(text.data()) : std::nullopt;
    if (address) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace

Resolver system_resolver() {
  const auto running = std::make_shared<std::atomic<int>>(0);
  return [running](const std::string& host, std::chrono::milliseconds timeout) -> Addresses {
    const bool is_full = running->fetch_add(1) >= kMaxRunning;
    const std::shared_ptr<void> slot(nullptr, [running](void*) { running->fetch_sub(1); });
    if (is_full) return {};
    std::packaged_task<Addresses()> task([host, slot] { return look_up(host); });
    auto answer = task.get_future();
    std::thread(std::move(task)).detach();
    return answer.wait_for(timeout) == std::future_status::ready ? answer.get() : Addresses{};
  };
}

}  // namespace rap::server
