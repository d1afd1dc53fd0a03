// SPDX-License-Identifier: Apache-2.0
// rap keys create | list | revoke
#include <fmt/format.h>

#include <charconv>
#include <ostream>

#include "cli/program.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/ids.h"
#include "core/iso_time.h"
#include "json/json.h"
#include "server/auth/key_json.h"
#include "server/auth/keys.h"

namespace rap::cli {
namespace {

using server::ApiKey;
using server::KeyStore;

struct KeysFlags {
  std::filesystem::path file = server::default_keys_file();
  std::string name;
  std::string owner = Owner{}.id;
  std::vector<std::string> scopes = {"read"};
  std::string expires_in;
  std::string id;
};

/// Milliseconds of "12h", "90d" or "52w".
Result<TimestampMs> parse_duration(std::string_view text) {
  constexpr TimestampMs kHour = 3'600'000;
  constexpr int kMost = 100'000;
  int count = 0;
  const auto [unit, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view rest(unit, text.data() + text.size());
  const TimestampMs length = rest == "h"   ? kHour
                             : rest == "d" ? 24 * kHour
                             : rest == "w" ? TimestampMs{7} * 24 * kHour
                                           : 0;
  if (error != std::errc() || count <= 0 || count > kMost || length == 0) {
    return fail(ErrorCode::kInvalidArgument, "--expires-in takes hours, days or weeks, such as 12h, 90d or 52w",
                "expires_in");
  }
  return count * length;
}

Result<server::KeyDraft> make_draft(const KeysFlags& flags) {
  const auto scope = server::widest_scope(flags.scopes);
  if (!scope) return Unexpected{scope.error()};
  server::KeyDraft draft{.name = flags.name, .owner = {flags.owner}, .scope = *scope};
  if (flags.expires_in.empty()) return draft;
  const auto duration = parse_duration(flags.expires_in);
  if (!duration) return Unexpected{duration.error()};
  draft.expires = now_ms() + *duration;
  return draft;
}

Result<ExitCode> run_create(Context& context, const KeysFlags& flags) {
  const auto draft = make_draft(flags);
  if (!draft) return Unexpected{draft.error()};
  const auto made = KeyStore(flags.file).create(*draft);
  if (!made) return Unexpected{made.error()};
  if (context.settings.json) {
    print_json(context.console.out, {{"created", server::new_key_json(*made)}});
    return ExitCode::kOk;
  }
  context.remark(fmt::format("key {} of {} ({}); it is shown this once, so keep it safe:", made->key.id,
                             made->key.owner.id, fmt::join(server::scope_words(made->key.scope), ", ")));
  context.console.out << made->secret << '\n';
  return ExitCode::kOk;
}

const char* state_of(const ApiKey& key) {
  if (key.revoked) return "revoked";
  return key.is_usable(now_ms()) ? "usable" : "expired";
}

std::string time_text(const std::optional<TimestampMs>& time) { return time ? to_iso_time(*time) : "never"; }

Result<ExitCode> run_list(Context& context, const KeysFlags& flags) {
  const auto keys = KeyStore(flags.file).list();
  if (!keys) return Unexpected{keys.error()};
  if (context.settings.json) {
    Json list = Json::array();
    for (const ApiKey& key : *keys) list.push_back(server::key_json(key));
    print_json(context.console.out, {{"keys", std::move(list)}});
    return ExitCode::kOk;
  }
  if (keys->empty()) {
    context.remark("there are no keys yet; `rap keys create --name NAME` makes one");
    return ExitCode::kOk;
  }
  Table table({"id", "owner", "scope", "state", "last used", "expires", "name"});
  for (const ApiKey& key : *keys) {
    table.add({key.id, key.owner.id, to_word(key.scope), state_of(key), time_text(key.last_used),
               time_text(key.expires), key.name});
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
  return ExitCode::kOk;
}

Result<ExitCode> run_revoke(Context& context, const KeysFlags& flags) {
  const auto revoked = KeyStore(flags.file).revoke(flags.id);
  if (!revoked) return Unexpected{revoked.error()};
  if (context.settings.json) {
    print_json(context.console.out, {{"revoked", server::key_json(*revoked)}});
  } else {
    context.remark(fmt::format("revoked '{}'; running servers refuse it from now on", revoked->name));
  }
  return ExitCode::kOk;
}

using RunKeys = Result<ExitCode> (*)(Context&, const KeysFlags&);

/// Adds one of the verbs with what they share; the result holds what the flags of its own write to.
std::pair<CLI::App*, std::shared_ptr<KeysFlags>> add_keys_verb(Program& program, CLI::App& group,
                                                               const std::string& name, const std::string& help,
                                                               RunKeys run) {
  auto flags = std::make_shared<KeysFlags>();
  CLI::App* verb = program.add_verb(group, name, help, [flags, run](Context& context) { return run(context, *flags); });
  verb->add_option("--keys", flags->file, "The file of keys")->type_name("FILE")->envname("RAP_KEYS");
  return {verb, flags};
}

void add_keys_create(Program& program, CLI::App& group) {
  const auto [verb, flags] = add_keys_verb(program, group, "create", "Make a key and print it, once", run_create);
  verb->add_option("--name", flags->name, "What you call it, e.g. \"kitchen tablet\"")->type_name("NAME")->required();
  verb->add_option("--owner", flags->owner, "Whose memory it reaches; default local")->type_name("OWNER");
  verb->add_option("--scope", flags->scopes, "read (default), write or admin; each has those before it")
      ->type_name("SCOPE")
      ->check(CLI::IsMember({"read", "write", "admin"}))
      ->allow_extra_args(false);
  verb->add_option("--expires-in", flags->expires_in, "When it ends, e.g. 12h, 90d or 52w; default never")
      ->type_name("TIME");
}

}  // namespace

void add_keys(Program& program) {
  CLI::App* group = program.add_group("keys", "Who may use a server of yours");
  add_keys_create(program, *group);
  add_keys_verb(program, *group, "list", "List the keys; the secrets are not kept", run_list);
  const auto [revoke, flags] = add_keys_verb(program, *group, "revoke", "Refuse a key from now on", run_revoke);
  revoke->add_option("id", flags->id, "Its id in `rap keys list`")->required();
}

}  // namespace rap::cli
