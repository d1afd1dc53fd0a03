// SPDX-License-Identifier: Apache-2.0
// API keys of the caller's owner, for administrators; and signing the page in with one.
#include <chrono>

#include "core/ids.h"
#include "server/api/routes.h"
#include "server/auth/key_json.h"
#include "server/form.h"
#include "server/object_reader.h"

namespace rap::server {
namespace {

Result<void> list_keys(const Services& services, Call& call) {
  const auto keys = services.keys.list(call.caller.owner);
  if (!keys) return Unexpected{keys.error()};
  Json list = Json::array();
  for (const ApiKey& key : *keys) list.push_back(key_json(key));
  call.reply({{"keys", std::move(list)}});
  return {};
}

Result<void> create_key(const Services& services, Call& call) {
  constexpr std::int64_t kMostDays = 36'500;
  const auto form = read_form(services, call);
  if (!form) return Unexpected{form.error()};
  ObjectReader reader(form->members);
  KeyDraft draft{.name = reader.text("name").value_or(""), .owner = call.caller.owner, .scope = {}, .expires = {}};
  const auto words = reader.texts("scopes");
  if (const auto days = reader.integer("expires_in_days", 1, kMostDays)) {
    draft.expires = now_ms() + std::chrono::milliseconds(std::chrono::days(*days)).count();
  }
  if (auto read = reader.result(); !read) return read;
  const auto scope = widest_scope(words);
  if (!scope) return fail(ErrorCode::kInvalidArgument, scope.error().message, "scopes");
  draft.scope = *scope;
  const auto made = services.keys.create(draft);
  if (!made) return Unexpected{made.error()};
  call.response.set_header("Cache-Control", "no-store");
  call.reply(new_key_json(*made), 201);
  return {};
}

Result<void> revoke_key(const Services& services, Call& call) {
  const auto revoked = services.keys.revoke(call.request.path_params.at("id"), call.caller.owner);
  if (!revoked) return Unexpected{revoked.error()};
  call.response.status = 204;
  return {};
}

Json session_json(const Caller& caller) {
  return {{"owner", caller.owner.id}, {"scopes", scope_words(caller.scope)}, {"csrf", caller.csrf}};
}

/// The cookie of a session. Only over TLS where the client came that way, as a proxy says.
std::string cookie_header(const httplib::Request& request, const std::string& token, std::chrono::seconds age) {
  std::string header = std::string(Authenticator::kCookie) + "=" + token +
                       "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(age.count());
  if (request.get_header_value("X-Forwarded-Proto") == "https") header += "; Secure";
  return header;
}

Result<void> sign_in(const Services& services, Call& call) {
  if (auto own = Authenticator::check_site(call); !own) return own;
  const auto body = read_json(services, call);
  if (!body) return Unexpected{body.error()};
  ObjectReader reader(*body);
  const auto secret = reader.text("key");
  if (!secret) reader.fail("key", "is missing");
  if (auto read = reader.result(); !read) return read;
  const auto key = services.authenticator.check_key(call, *secret);
  if (!key) return Unexpected{key.error()};
  const auto opened = services.sessions.open(*key);
  if (!opened) return Unexpected{opened.error()};
  call.caller = {.owner = key->owner, .scope = key->scope, .key_id = key->id, .csrf = opened->session.csrf};
  call.response.set_header("Set-Cookie", cookie_header(call.request, opened->token, Sessions::kIdleTime));
  call.response.set_header("Cache-Control", "no-store");
  call.reply(session_json(call.caller), 201);
  return {};
}

Result<void> show_session(Call& call) {
  call.response.set_header("Cache-Control", "no-store");
  call.reply(session_json(call.caller));
  return {};
}

Result<void> sign_out(const Services& services, Call& call) {
  services.sessions.close(cookie(call.request, Authenticator::kCookie));
  call.response.set_header("Set-Cookie", cookie_header(call.request, "", std::chrono::seconds(0)));
  call.response.status = 204;
  return {};
}

}  // namespace

void add_keys(Router& router, const Services& services) {
  const auto add = [&](const char* method, const char* path, std::optional<Scope> scope, Handler handler) {
    router.add({.method = method, .path = path, .scope = scope, .handler = std::move(handler)});
  };
  add("GET", "/rap/v1/keys", Scope::kAdmin, [&services](Call& call) { return list_keys(services, call); });
  add("POST", "/rap/v1/keys", Scope::kAdmin, [&services](Call& call) { return create_key(services, call); });
  add("DELETE", "/rap/v1/keys/:id", Scope::kAdmin, [&services](Call& call) { return revoke_key(services, call); });
  add("POST", "/rap/v1/session", std::nullopt, [&services](Call& call) { return sign_in(services, call); });
  add("GET", "/rap/v1/session", Scope::kRead, show_session);
  add("DELETE", "/rap/v1/session", Scope::kRead, [&services](Call& call) { return sign_out(services, call); });
}

}  // namespace rap::server
