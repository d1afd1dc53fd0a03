// SPDX-License-Identifier: Apache-2.0
#include "server/serve.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "server/api/routes.h"
#include "server/temporary_folder.h"

namespace rap::server {
namespace {

constexpr std::chrono::seconds kPatience{60};  ///< with requests that are still being answered at the end
constexpr std::chrono::milliseconds kBetweenLooks{100};

/// The key of whoever sets the server up; empty if there is one already, or none is needed.
Result<std::string> first_key(KeyStore& keys, const Options& options) {
  const auto has_admin = keys.has_usable_admin();
  if (!has_admin) return Unexpected{has_admin.error()};
  if (*has_admin || options.loopback_without_key) return std::string();
  auto made = keys.create({.name = "first key", .owner = Owner{}, .scope = Scope::kAdmin, .expires = {}});
  if (!made) return Unexpected{made.error()};
  return made->secret;
}

std::string address_of(const std::string& host, int port) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

/// The port, or an error if the address cannot be had.
Result<int> bind(HttpServer& server, const Options& options) {
  const bool any = options.port == 0;
  errno = 0;
  const int port = any ? server.bind_to_any_port(options.host) : options.port;
  const bool bound = any ? port > 0 : server.bind_to_port(options.host, options.port);
  if (bound) return port;
  const bool says_why = errno == EADDRINUSE || errno == EADDRNOTAVAIL || errno == EACCES;
  const std::string reason = says_why ? std::strerror(errno) : "there is no such address";
  return fail(ErrorCode::kUnavailable,
              "cannot listen on " + address_of(options.host, options.port) + ": " + reason +
                  "; --port and --host choose another address",
              "port");
}

void add_routes(Router& router, const Services& services) {
  router.add_protocol("/v1/", Protocol::kOpenAi);
  add_chat_completions(router, services);
  add_responses(router, services);
  add_models(router, services);
  add_embeddings(router, services);
  add_ollama(router, services);
  add_concepts(router, services);
  add_history(router, services);
  add_recognition(router, services);
  add_transfer(router, services);
  add_jobs(router, services);
  add_settings(router, services);
  add_keys(router, services);
  add_health(router, services);
  add_page(router);
}

}  // namespace

Result<void> serve(const Options& options, std::vector<NamedAssistant> assistants,
                   const std::shared_ptr<spdlog::sinks::sink>& log,
                   const std::function<void(const Started&)>& on_started, const std::atomic<bool>& stop) {
  const Models models(std::move(assistants));
  KeyStore keys(options.keys_file.empty() ? default_keys_file() : options.keys_file);
  Sessions sessions(keys);
  Authenticator authenticator(keys, sessions, options);
  auto fetcher = PhotoFetcher::make({.hosts = options.image_hosts, .networks = options.image_networks});
  if (!fetcher) return Unexpected{fetcher.error()};
  const PhotoReader photos(std::move(*fetcher));
  Admission looks(options.limits.looks_at_once, options.limits.waiting_looks);
  Admission embeddings(options.limits.embeddings_at_once, options.limits.waiting_embeddings);
  Admission answers(1 + options.limits.waiting_answers, 0);
  TemporaryFolder::remove_abandoned();
  Jobs jobs(models.any());
  Metrics metrics;
  RequestLog request_log(log, options.quiet);
  const Services services{options, models,     keys,    sessions, authenticator, photos,
                          looks,   embeddings, answers, jobs,     metrics};

  HttpServer server(options.limits);
  Router router(server, authenticator, metrics, request_log, options.limits);
  add_routes(router, services);
  const auto port = bind(server, options);
  if (!port) return Unexpected{port.error()};
  const auto key = first_key(keys, options);  // not before it is sure that it will be shown
  if (!key) return Unexpected{key.error()};
  on_started({address_of(options.host, *port), *key});
  request_log.event("started");

  std::atomic<bool> ended{false};
  std::jthread watcher([&] {
    while (!stop && !ended) std::this_thread::sleep_for(kBetweenLooks);
    if (!ended) server.shut_down(kPatience);
  });
  const bool served = server.listen_after_bind();
  ended = true;
  request_log.event("stopped");
  if (!served && !stop) return fail(ErrorCode::kIo, "the server's socket failed");
  return {};
}

}  // namespace rap::server
