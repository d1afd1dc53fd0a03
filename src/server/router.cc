// SPDX-License-Identifier: Apache-2.0
#include "server/router.h"

#include <algorithm>
#include <exception>
#include <memory>

namespace rap::server {
namespace {

constexpr std::size_t kMaxParts = 512;  ///< of a multipart body
constexpr const char* kUnknownRoute = "none";

/// The announced length of a body; none if it comes in chunks or not at all.
std::optional<std::size_t> announced_bytes(const httplib::Request& request) {
  if (!request.has_header("Content-Length")) return std::nullopt;
  return request.get_header_value_u64("Content-Length");
}

bool has_body(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding") || announced_bytes(request).value_or(0) > 0;
}

/// Whether a path fits a route's pattern: ":id" stands for one part, a last "(.+)" for all that follows.
bool fits(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const std::size_t pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const std::size_t path_end = std::min(path.find('/', 1), path.size());
    const std::string_view wanted = pattern.substr(0, pattern_end);
    if (wanted == "/(.+)") return path.size() > 1;
    const bool is_any = wanted.starts_with("/:") && path_end > 1;
    if (!is_any && wanted != path.substr(0, path_end)) return false;
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
  return pattern.empty() && path.empty();
}

/// The path that is asked for. cpp-httplib takes it out of the target only where it knows the method.
std::string_view path_of(const httplib::Request& request) {
  const std::string_view target = request.target;
  return request.path.empty() ? target.substr(0, target.find('?')) : request.path;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string too_large(std::size_t limit) { return "the request is larger than " + std::to_string(limit) + " bytes"; }

}  // namespace

/// Lives as long as the request. What its body takes is given back at its end.
struct Router::Admitted {
  explicit Admitted(std::atomic<std::size_t>& all_bytes) : all(all_bytes) {}
  Admitted(const Admitted&) = delete;
  Admitted& operator=(const Admitted&) = delete;
  ~Admitted() { all -= bytes; }

  std::atomic<std::size_t>& all;
  std::size_t bytes = 0;  ///< reserved of `all`
  Caller caller;
};

Router::Router(HttpServer& server, Authenticator& authenticator, Metrics& metrics, RequestLog& log,
               const ServerLimits& limits)
    : server_(server), authenticator_(authenticator), metrics_(metrics), log_(log), limits_(limits) {
  server_.set_payload_max_length(limits.upload_bytes);
  server_.set_pre_request_handler(
      [this](const httplib::Request& request, httplib::Response& response) { return admit(request, response); });
  server_.set_error_handler(
      [this](const httplib::Request& request, httplib::Response& response) { fill_in_error(request, response); });
  server_.set_logger(
      [this](const httplib::Request& request, const httplib::Response& response) { note(request, response); });
}

void Router::add_protocol(std::string prefix, Protocol protocol) { protocols_.emplace(std::move(prefix), protocol); }

void Router::add(Route route) {
  if (route.body_bytes == 0) route.body_bytes = limits_.body_bytes;
  const std::pair key(route.method, route.path);
  const Route& added = routes_.emplace(key, std::move(route)).first->second;
  const auto plain = [this, &added](const httplib::Request& request, httplib::Response& response) {
    run(added, request, response, nullptr);
  };
  const auto reading = [this, &added](const httplib::Request& request, httplib::Response& response,
                                      const httplib::ContentReader& reader) { run(added, request, response, &reader); };
  if (added.method == "GET") server_.Get(added.path, plain);
  if (added.method == "POST") server_.Post(added.path, reading);
  if (added.method == "PATCH") server_.Patch(added.path, reading);
  if (added.method == "DELETE") server_.Delete(added.path, reading);
}

Router::Response Router::admit(const httplib::Request& request, httplib::Response& response) {
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  const auto route = routes_.find({method, request.matched_route});
  if (route == routes_.end()) return Response::Unhandled;
  auto admitted = std::make_shared<Admitted>(body_bytes_);
  Call call{.request = request, .response = response};
  const auto allowed = admit(call, route->second, *admitted);
  if (!allowed) {
    reply_error(call, route->second.protocol, allowed.error());
    return Response::Handled;
  }
  admitted->caller = std::move(call.caller);
  Connection::current()->of_request = admitted;
  return Response::Unhandled;
}

Result<void> Router::admit(Call& call, const Route& route, Admitted& admitted) {
  if (call.request.get_header_value_count("Host") > 1) {
    return call.refuse(400, ErrorCode::kInvalidArgument, "the request names more than one Host");
  }
  if (server_.is_stopping()) {
    call.retry_after = std::chrono::seconds(5);
    return call.refuse(503, ErrorCode::kUnavailable, "the server is shutting down");
  }
  if (route.scope) {
    if (auto known = authenticator_.authenticate(call); !known) {
      metrics_.count_refusal("not_authenticated");
      return known;
    }
    if (call.caller.scope < *route.scope) {
      metrics_.count_refusal("not_allowed");
      return call.refuse(403, ErrorCode::kInvalidArgument,
                         std::string("this needs a key with the scope \"") + to_word(*route.scope) + "\"");
    }
  }
  return reserve_body(call, route.body_bytes, admitted);
}

/// Uploads go to files, so only bodies that are read whole count.
Result<void> Router::reserve_body(Call& call, std::size_t limit, Admitted& admitted) {
  if (!has_body(call.request)) return {};
  const std::size_t bytes = announced_bytes(call.request).value_or(limit);
  if (bytes > limit) return call.refuse(413, ErrorCode::kTooLarge, too_large(limit));
  Connection::current()->expect_body(bytes);
  if (limit > limits_.body_bytes) return {};
  if (body_bytes_.fetch_add(bytes) + bytes > limits_.bodies_bytes) {
    body_bytes_ -= bytes;
    metrics_.count_refusal("too_many_bodies");
    return call.refuse_for_now(std::chrono::seconds(2), "the server has too many large requests at once");
  }
  admitted.bytes = bytes;
  return {};
}

void Router::run(const Route& route, const httplib::Request& request, httplib::Response& response,
                 const httplib::ContentReader* reader) {
  const auto* admitted = std::any_cast<std::shared_ptr<Admitted>>(&Connection::current()->of_request);
  Call call{.request = request, .response = response};
  call.caller = (*admitted)->caller;
  const auto handled = [&]() -> Result<void> {
    // Nothing leaves a handler as an exception; libraries may throw, most likely for want of memory.
    try {
      if (route.body_bytes > limits_.body_bytes) {
        call.upload = reader;
      } else if (reader != nullptr && has_body(request)) {
        if (auto read = read_body(call, route.body_bytes, *reader); !read) return read;
      }
      return route.handler(call);
    } catch (const std::exception& exception) {
      return Unexpected{unexpected(exception)};
    }
  }();
  if (!handled) reply_error(call, route.protocol, handled.error());
}

Result<void> Router::read_body(Call& call, std::size_t limit, const httplib::ContentReader& reader) const {
  const bool is_form = call.request.is_multipart_form_data();
  std::size_t bytes = 0;
  std::string* part = is_form ? nullptr : &call.body;  // what is being read
  const auto begin = [&](const httplib::FormData& header) {
    if (call.files.size() + call.fields.size() >= kMaxParts) return false;
    if (header.filename.empty()) {
      part = &call.fields.emplace(header.name, httplib::FormField{header.name, {}, header.headers})->second.content;
    } else {
      part = &call.files.emplace(header.name, header)->second.content;
    }
    return true;
  };
  const auto append = [&](const char* data, std::size_t size) {
    bytes += size;
    if (bytes > limit || part == nullptr) return false;
    part->append(data, size);
    return true;
  };
  const bool is_whole = is_form ? reader(begin, append) : reader(append);
  if (is_whole) return {};
  if (bytes > limit) return fail(ErrorCode::kTooLarge, too_large(limit));
  return fail(ErrorCode::kInvalidArgument, "the body of the request is not whole, or not what its headers say", "body");
}

void Router::reply_error(Call& call, Protocol protocol, const Error& error) {
  const int status = call.status.value_or(status_of(error));
  Error shown = error;
  if (status >= 500 && error.code != ErrorCode::kUnavailable) {
    log_.failure(call.request.matched_route, error);
    shown.message = "the server failed; its log says more";
  }
  if (status == 503 && !call.retry_after) call.retry_after = std::chrono::seconds(5);
  if (call.retry_after) call.response.set_header("Retry-After", std::to_string(call.retry_after->count()));
  if (status == 401) call.response.set_header("WWW-Authenticate", "Bearer realm=\"rap\"");
  call.reply(error_body(protocol, shown, status), status);
}

/// What cpp-httplib refuses by itself gets a body like everything else.
void Router::fill_in_error(const httplib::Request& request, httplib::Response& response) const {
  if (!response.body.empty() || response.status < 400) return;
  Error error{ErrorCode::kInvalidArgument, "the request is not valid HTTP", ""};
  // cpp-httplib says 404 to a method that a path does not have, and 400 to one that it does not know.
  const std::string_view path = path_of(request);
  const std::vector<std::string> methods = methods_of(path);
  const bool is_other_method = !methods.empty() && std::ranges::find(methods, request.method) == methods.end();
  if (is_other_method && (response.status == 404 || response.status == 400)) {
    response.status = 405;
    response.set_header("Allow", joined(methods));
    error.message = "this can only be asked for with " + joined(methods);
  }
  if (response.status == 404) error = {ErrorCode::kNotFound, "there is nothing here; see /openapi.json", ""};
  if (response.status == 413) error = {ErrorCode::kTooLarge, too_large(limits_.upload_bytes), ""};
  if (response.status == 414) error = {ErrorCode::kTooLarge, "the address of the request is too long", ""};
  if (response.status >= 500) error = {ErrorCode::kInternal, "the server failed; its log says more", ""};
  response.set_content(to_line(error_body(protocol_of(path), error, response.status)), "application/json");
}

std::vector<std::string> Router::methods_of(std::string_view path) const {
  std::vector<std::string> methods;
  for (const auto& [key, route] : routes_) {
    if (fits(route.path, path)) methods.push_back(key.first);
  }
  return methods;
}

Protocol Router::protocol_of(std::string_view path) const {
  for (const auto& [prefix, protocol] : protocols_) {
    if (path.starts_with(prefix)) return protocol;
  }
  return Protocol::kRap;
}

void Router::note(const httplib::Request& request, const httplib::Response& response) {
  const auto time =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - request.start_time_);
  const std::string route = request.matched_route.empty() ? kUnknownRoute : request.matched_route;
  const std::string method = routes_.contains({request.method, request.matched_route}) ? request.method : "other";
  metrics_.count_request(method, route, response.status, time);
  metrics_.connections().Set(static_cast<double>(server_.connections()));
  RequestEntry entry{method, route, response.status, time, announced_bytes(request).value_or(0), {}};
  if (const auto* admitted = std::any_cast<std::shared_ptr<Admitted>>(&Connection::current()->of_request)) {
    entry.key_id = (*admitted)->caller.key_id;
  }
  log_.request(entry);
}

}  // namespace rap::server
