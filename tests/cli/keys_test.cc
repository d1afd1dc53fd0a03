// SPDX-License-Identifier: Apache-2.0
#include "server/auth/keys.h"

#include <gmock/gmock.h>

#include "core/ids.h"
#include "tests/cli/command.h"

namespace rap::testing {
namespace {

using cli::ExitCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

class KeysVerbTest : public CommandTest {
 protected:
  [[nodiscard]] std::vector<server::ApiKey> keys() const { return *server::KeyStore(file_).list(); }

  const std::string file_ = (folder.path() / "somewhere" / "keys.json").string();
  ScopedVariable variable_{"RAP_KEYS", file_};
};

TEST_F(KeysVerbTest, CreatePrintsTheKeyAndNothingElseToStandardOutput) {
  const auto made = rap({"keys", "create", "--name", "kitchen tablet"});
  EXPECT_EQ(made.code, ExitCode::kOk);
  EXPECT_THAT(made.out, MatchesRegex("rap_[A-Za-z0-9_-]{43}\n"));
  EXPECT_THAT(made.err, HasSubstr("shown this once"));
  ASSERT_THAT(keys(), SizeIs(1));
  EXPECT_EQ(keys()[0].name, "kitchen tablet");
  EXPECT_EQ(keys()[0].owner, Owner{});
  EXPECT_EQ(keys()[0].scope, server::Scope::kRead);
  EXPECT_EQ(keys()[0].expires, std::nullopt);

  const auto check = server::KeyStore(file_).find(made.out.substr(0, made.out.size() - 1));
  ASSERT_TRUE(check);
  EXPECT_TRUE(std::holds_alternative<server::ApiKey>(*check));
  EXPECT_FALSE(opened) << "no memory is opened for it";
}

TEST_F(KeysVerbTest, CreateTakesOwnerScopesAndAnEnd) {
  const TimestampMs before = now_ms();
  const auto json = rap({"keys", "create", "--name", "phone", "--owner", "anna", "--scope", "write", "--scope", "read",
                         "--expires-in", "90d", "--json"})
                        .json()
                        .at("created");
  EXPECT_THAT(json.at("key").get<std::string>(), MatchesRegex("rap_[A-Za-z0-9_-]{43}"));
  EXPECT_EQ(json.at("owner"), "anna");
  EXPECT_THAT(json.at("scopes"), ElementsAre("read", "write"));
  EXPECT_EQ(json.at("last_used"), nullptr);
  const TimestampMs lifetime = *keys()[0].expires - before;
  EXPECT_NEAR(static_cast<double>(lifetime), 90.0 * 24 * 3'600'000, 60'000.0);
}

TEST_F(KeysVerbTest, CreateRefusesWhatItCannotMean) {
  for (const char* time : {"90", "d", "0d", "-1d", "90 d", "1.5d", "90days", "9999999999d", "100001w"}) {
    const auto outcome = rap({"keys", "create", "--name", "phone", "--expires-in=" + std::string(time)});
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << time;
    EXPECT_THAT(outcome.err, HasSubstr("--expires-in"));
  }
  EXPECT_EQ(rap({"keys", "create"}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"keys", "create", "--name", ""}).code, ExitCode::kUsage);
  EXPECT_EQ(rap({"keys", "create", "--name", "phone", "--scope", "root"}).code, ExitCode::kUsage);
  EXPECT_THAT(keys(), SizeIs(0));
}

TEST_F(KeysVerbTest, ListShowsKeysWithoutSecrets) {
  EXPECT_THAT(rap({"keys", "list"}).err, HasSubstr("rap keys create"));
  const std::string secret = rap({"keys", "create", "--name", "tab\u202elet", "--scope", "admin"}).out;
  const auto listed = rap({"keys", "list"});
  EXPECT_THAT(listed.out, HasSubstr(keys()[0].id));
  EXPECT_THAT(listed.out, HasSubstr("usable"));
  EXPECT_THAT(listed.out, HasSubstr("admin"));
  EXPECT_THAT(listed.out, Not(HasSubstr("rap_")));
  EXPECT_THAT(listed.out, Not(HasSubstr("\u202e"))) << "a name cannot steer the terminal";
  const auto json = rap({"keys", "list", "--json"}).json();
  ASSERT_THAT(json.at("keys"), SizeIs(1));
  EXPECT_EQ(json["keys"][0]["id"], keys()[0].id);
  EXPECT_FALSE(json["keys"][0].contains("key"));
}

TEST_F(KeysVerbTest, RevokeEndsAKey) {
  rap({"keys", "create", "--name", "lost phone"});
  const std::string id = keys()[0].id;
  EXPECT_EQ(rap({"keys", "revoke", id}).code, ExitCode::kOk);
  EXPECT_THAT(rap({"keys", "list"}).out, HasSubstr("revoked"));
  EXPECT_NE(rap({"keys", "revoke", id, "--json"}).json().at("revoked").at("revoked"), nullptr);
  const auto missing = rap({"keys", "revoke", "000000000000"});
  EXPECT_EQ(missing.code, ExitCode::kNotFound);
  EXPECT_THAT(missing.err, HasSubstr("rap keys list"));
}

TEST_F(KeysVerbTest, TheFlagBeatsTheVariableAndADamagedFileIsReported) {
  const std::string damaged = file("damaged.json", "{");
  const auto outcome = rap({"keys", "list", "--keys", damaged});
  EXPECT_EQ(outcome.code, ExitCode::kFailure);
  EXPECT_THAT(outcome.err, HasSubstr("damaged"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("models verify")));
}

TEST_F(KeysVerbTest, WithoutAFlagKeysAreBesideTheMemory) {
  const ScopedVariable no_file("RAP_KEYS", "");
  const ScopedVariable data("XDG_DATA_HOME", (folder.path() / "data").string());
  rap({"keys", "create", "--name", "phone"});
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "data" / "rap" / "keys.json"));
}

}  // namespace
}  // namespace rap::testing
