// SPDX-License-Identifier: Apache-2.0
#include "server/auth/keys.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "core/files.h"
#include "core/hash.h"
#include "tests/server/clock.h"
#include "tests/support/data.h"

namespace rap::testing {
namespace {

using namespace std::chrono_literals;
using server::KeyDraft;
using server::KeyStore;
using server::Refusal;
using server::Scope;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

class KeysTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "rap" / "keys.json"; }

  [[nodiscard]] std::string text() const {
    const auto bytes = read_file(file(), 1'000'000);
    EXPECT_TRUE(bytes);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "";
  }
  void write(const std::string& content) const {
    std::filesystem::create_directories(file().parent_path());
    ASSERT_TRUE(write_file(file(), as_bytes(content)));
  }

  server::NewKey make(const KeyDraft& draft) {
    auto made = store.create(draft);
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
  }

  static bool opens(KeyStore& keys, const std::string& secret) {
    const auto check = keys.find(secret);
    return check && std::holds_alternative<server::ApiKey>(*check);
  }
  static Refusal refusal(KeyStore& keys, const std::string& secret) {
    const auto check = keys.find(secret);
    EXPECT_TRUE(check && std::holds_alternative<Refusal>(*check));
    return std::get<Refusal>(*check);
  }

  HandClock clock;
  TemporaryDir folder_;
  KeyStore store{file(), clock.wall()};
};

TEST_F(KeysTest, AKeyIsFoundByItsTextAndOnlyByThat) {
  const auto made = make({.name = "kitchen tablet", .owner = {"anna"}, .scope = Scope::kWrite});
  EXPECT_THAT(made.secret, MatchesRegex("rap_[A-Za-z0-9_-]{43}"));
  EXPECT_THAT(made.key.id, MatchesRegex("[0-9a-f]{12}"));
  EXPECT_EQ(made.key.created, clock.now());

  const auto check = store.find(made.secret);
  ASSERT_TRUE(check);
  const auto& found = std::get<server::ApiKey>(*check);
  EXPECT_EQ(found.id, made.key.id);
  EXPECT_EQ(found.owner, Owner{"anna"});
  EXPECT_TRUE(found.allows(Scope::kRead) && found.allows(Scope::kWrite));
  EXPECT_FALSE(found.allows(Scope::kAdmin));

  for (std::size_t i = 0; i < made.secret.size(); ++i) {
    std::string wrong = made.secret;
    wrong[i] = wrong[i] == 'x' ? 'y' : 'x';
    EXPECT_EQ(refusal(store, wrong), Refusal::kUnknown) << i;
  }
  for (const std::string& wrong : {std::string(), made.secret + "x", made.secret.substr(0, 46), std::string("rap_"),
                                   made.key.id, sha256_hex(as_bytes(made.secret)), std::string(1'000'000, 'r')})
    EXPECT_EQ(refusal(store, wrong), Refusal::kUnknown);
}

TEST_F(KeysTest, TheFileHoldsNoSecretAndIsItsOwnersAlone) {
  const auto made = make({.name = "phone"});
  EXPECT_THAT(text(), Not(HasSubstr(made.secret)));
  EXPECT_THAT(text(), Not(HasSubstr(made.secret.substr(4))));
  EXPECT_THAT(text(), HasSubstr(sha256_hex(as_bytes(made.secret))));
  struct ::stat status {};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(KeysTest, AnotherStoreSeesChangesAtItsNextCall) {
  KeyStore running(file(), clock.wall());
  EXPECT_THAT(*running.list(), SizeIs(0));
  const auto made = make({.name = "phone"});
  EXPECT_TRUE(opens(running, made.secret));
  ASSERT_TRUE(store.revoke(made.key.id));
  EXPECT_EQ(refusal(running, made.secret), Refusal::kRevoked);
  std::filesystem::remove(file());
  EXPECT_EQ(refusal(running, made.secret), Refusal::kUnknown);
}

TEST_F(KeysTest, AKeyExpires) {
  const auto made = make({.name = "guest", .expires = clock.now() + 1000});
  clock.advance(999ms);
  EXPECT_TRUE(opens(store, made.secret));
  clock.advance(1ms);
  EXPECT_EQ(refusal(store, made.secret), Refusal::kExpired);
  EXPECT_EQ(std::get<Refusal>(*store.check(made.key.id)), Refusal::kExpired);
}

TEST_F(KeysTest, ARevokedKeyStaysRevokedAndListed) {
  const auto made = make({.name = "lost phone"});
  const auto revoked = store.revoke(made.key.id);
  ASSERT_TRUE(revoked);
  EXPECT_EQ(revoked->revoked, clock.now());
  clock.advance(1h);
  EXPECT_EQ(store.revoke(made.key.id)->revoked, revoked->revoked) << "the first time counts";
  EXPECT_EQ(refusal(store, made.secret), Refusal::kRevoked);
  EXPECT_THAT(*store.list(), ElementsAre(*revoked));
  EXPECT_EQ(store.revoke("000000000000").error().code, ErrorCode::kNotFound);
}

TEST_F(KeysTest, OwnersSeeAndRevokeOnlyTheirOwnKeys) {
  const auto annas = make({.name = "phone", .owner = {"anna"}});
  const auto bens = make({.name = "phone", .owner = {"ben"}});
  EXPECT_THAT(*store.list(Owner{"ben"}), ElementsAre(bens.key));
  EXPECT_EQ(store.revoke(annas.key.id, Owner{"ben"}).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(opens(store, annas.secret));
  EXPECT_TRUE(store.revoke(annas.key.id, Owner{"anna"}));
}

TEST_F(KeysTest, LastUseIsKeptToTheMinuteWithoutAWriteARequest) {
  const auto made = make({.name = "phone"});
  const auto last_used = [&] { return KeyStore(file(), clock.wall()).list()->front().last_used; };
  EXPECT_EQ(last_used(), std::nullopt);

  ASSERT_TRUE(opens(store, made.secret));
  const TimestampMs first = clock.now();
  EXPECT_EQ(last_used(), first);
  const auto inode = server::mark_of(file()).inode;
  for (int i = 0; i < 59; ++i) {
    clock.advance(1s);
    ASSERT_TRUE(opens(store, made.secret));
  }
  EXPECT_EQ(server::mark_of(file()).inode, inode) << "no request of that minute wrote";
  clock.advance(1s);
  ASSERT_TRUE(opens(store, made.secret));
  EXPECT_EQ(last_used(), first + 60'000);
}

TEST_F(KeysTest, TellsWhetherSomeoneCanAdministrate) {
  EXPECT_FALSE(*store.has_usable_admin());
  make({.name = "phone", .scope = Scope::kWrite});
  EXPECT_FALSE(*store.has_usable_admin());
  const auto admin = make({.name = "admin", .scope = Scope::kAdmin, .expires = clock.now() + 1000});
  EXPECT_TRUE(*store.has_usable_admin());
  clock.advance(1s);
  EXPECT_FALSE(*store.has_usable_admin()) << "it expired";
  const auto other = make({.name = "admin", .scope = Scope::kAdmin});
  EXPECT_TRUE(*store.has_usable_admin());
  ASSERT_TRUE(store.revoke(other.key.id));
  EXPECT_FALSE(*store.has_usable_admin());
}

TEST_F(KeysTest, DraftsAreChecked) {
  const auto field = [&](const KeyDraft& draft) { return store.create(draft).error().field; };
  EXPECT_EQ(field({.name = ""}), "name");
  EXPECT_EQ(field({.name = " \u00a0"}), "name");
  EXPECT_EQ(field({.name = std::string(101, 'n')}), "name");
  EXPECT_EQ(field({.name = "two\nlines"}), "name");
  EXPECT_EQ(field({.name = "\xff"}), "name");
  EXPECT_EQ(field({.name = "n", .owner = {""}}), "owner");
  EXPECT_EQ(field({.name = "n", .owner = {"a\tb"}}), "owner");
  EXPECT_EQ(field({.name = "n", .expires = clock.now()}), "expires");
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(KeysTest, ADamagedFileOpensNoDoorAndIsNotReplaced) {
  const auto made = make({.name = "phone", .scope = Scope::kAdmin});
  const std::string good = text();
  auto without_hash = nlohmann::json::parse(good);
  without_hash["keys"][0]["sha256"] = "";
  auto odd_scope = nlohmann::json::parse(good);
  odd_scope["keys"][0]["scopes"] = {"everything"};
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("[]"), good.substr(0, good.size() / 2),
                                 without_hash.dump(), odd_scope.dump(), std::string("{\"format\":\"rap-keys\"}")}) {
    write(bad);
    EXPECT_EQ(store.find(made.secret).error().code, ErrorCode::kCorrupt) << bad;
    EXPECT_EQ(store.check(made.key.id).error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(store.has_usable_admin().error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(store.create({.name = "new"}).error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(store.revoke(made.key.id).error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(text(), bad);
  }
  write(good);
  EXPECT_TRUE(opens(store, made.secret)) << "mended, it works again";
}

TEST_F(KeysTest, FilesOfTheFirstVersionAreRead) {
  const std::string secret = "rap_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  write(R"({"format": "rap-keys", "version": 1, "keys": [{"id": "0123456789ab", "name": "tablet", "owner": "local",
            "scopes": ["read", "write"], "sha256": ")" +
        sha256_hex(as_bytes(secret)) + R"(", "created": 1, "expires": null, "last_used": 2, "revoked": null}]})");
  const auto keys = store.list();
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_THAT(*keys, ElementsAre(server::ApiKey{"0123456789ab", "tablet", {}, Scope::kWrite, 1, {}, 2, {}}));
  EXPECT_TRUE(opens(store, secret));
}

TEST_F(KeysTest, FilesOfANewerVersionAreLeftAlone) {
  write(R"({"format": "rap-keys", "version": 2, "keys": {}})");
  EXPECT_EQ(store.list().error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(store.create({.name = "new"}).error().code, ErrorCode::kUnsupported);
}

TEST_F(KeysTest, AFullFileDropsWhatCannotBeUsed) {
  const auto made = make({.name = "phone"});
  auto json = nlohmann::json::parse(text());
  auto key = json["keys"][0];
  for (std::size_t i = 1; i < KeyStore::kMaxKeys; ++i) {
    key["id"] = "key-" + std::to_string(i);
    json["keys"].push_back(key);
  }
  write(json.dump());
  EXPECT_EQ(store.create({.name = "one more"}).error().code, ErrorCode::kTooLarge);
  ASSERT_TRUE(store.revoke("key-7"));
  EXPECT_TRUE(store.create({.name = "one more"}));
  EXPECT_THAT(*store.list(), SizeIs(KeyStore::kMaxKeys));
}

TEST_F(KeysTest, ScopesImplyThoseBefore) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(*server::widest_scope(Words{"read"}), Scope::kRead);
  EXPECT_EQ(*server::widest_scope(Words{"admin", "read"}), Scope::kAdmin);
  EXPECT_EQ(server::widest_scope(Words{}).error().field, "scopes");
  EXPECT_EQ(server::widest_scope(Words{"read", "root"}).error().field, "scopes");
  EXPECT_THAT(server::scope_words(Scope::kAdmin), ElementsAre("read", "write", "admin"));
}

TEST_F(KeysTest, ManyWritersLoseNothing) {
  constexpr int kWriters = 4;
  constexpr int kKeys = 8;
  std::vector<std::vector<std::string>> secrets(kWriters);
  std::atomic<bool> done{false};
  {
    std::vector<std::jthread> threads;
    for (auto& mine : secrets) {
      threads.emplace_back([this, &mine] {
        KeyStore keys(file());
        for (int i = 0; i < kKeys; ++i) mine.push_back(keys.create({.name = "phone"})->secret);
      });
    }
    std::jthread reader([&] {
      while (!done) EXPECT_TRUE(store.list());
    });
    threads.clear();
    done = true;
  }
  std::set<std::string> different;
  for (const auto& mine : secrets) {
    for (const std::string& secret : mine) {
      EXPECT_TRUE(opens(store, secret));
      different.insert(secret);
    }
  }
  EXPECT_THAT(different, SizeIs(kWriters * kKeys));
}

}  // namespace
}  // namespace rap::testing
