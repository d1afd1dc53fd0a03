// SPDX-License-Identifier: Apache-2.0
#include "server/auth/sessions.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "core/files.h"
#include "tests/server/clock.h"
#include "tests/support/data.h"

namespace rap::testing {
namespace {

using namespace std::chrono_literals;
using server::Sessions;
using ::testing::MatchesRegex;

class SessionsTest : public ::testing::Test {
 protected:
  server::ApiKey key(std::optional<TimestampMs> expires = {}) {
    return keys.create({.name = "phone", .owner = {"anna"}, .scope = server::Scope::kWrite, .expires = expires})->key;
  }
  bool is_open(const std::string& token) {
    const auto session = sessions.find(token);
    return session && session->has_value();
  }

  HandClock clock;
  TemporaryDir folder;
  server::KeyStore keys{folder.path() / "keys.json", clock.wall()};
  Sessions sessions{keys, clock.steady()};
};

TEST_F(SessionsTest, ASessionIsFoundByItsToken) {
  const auto opened = sessions.open(key());
  ASSERT_TRUE(opened);
  EXPECT_THAT(opened->token, MatchesRegex("[A-Za-z0-9_-]{43}"));
  EXPECT_THAT(opened->session.csrf, MatchesRegex("[A-Za-z0-9_-]{43}"));
  EXPECT_NE(opened->session.csrf, opened->token);

  const auto found = sessions.find(opened->token);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->csrf, opened->session.csrf);
  EXPECT_EQ((*found)->key.owner, Owner{"anna"});
  EXPECT_FALSE(is_open(opened->session.csrf));
  EXPECT_FALSE(is_open(""));
}

TEST_F(SessionsTest, AClosedSessionIsGone) {
  const auto first = sessions.open(key());
  const auto second = sessions.open(key());
  sessions.close(first->token);
  EXPECT_FALSE(is_open(first->token));
  EXPECT_TRUE(is_open(second->token));
  sessions.close("never opened");
}

TEST_F(SessionsTest, AnIdleSessionEnds) {
  const auto opened = sessions.open(key());
  for (int i = 0; i < 3; ++i) {
    clock.advance(Sessions::kIdleTime - 1ms);
    EXPECT_TRUE(is_open(opened->token)) << "used in time";
  }
  clock.advance(Sessions::kIdleTime);
  EXPECT_FALSE(is_open(opened->token));
  EXPECT_EQ(sessions.size(), 0U);
}

TEST_F(SessionsTest, RevokingTheKeyEndsItsSessions) {
  const auto lost = key();
  const auto first = sessions.open(lost);
  const auto second = sessions.open(lost);
  const auto other = sessions.open(key());
  ASSERT_TRUE(server::KeyStore(folder.path() / "keys.json").revoke(lost.id)) << "by another process, say";
  EXPECT_FALSE(is_open(first->token));
  EXPECT_FALSE(is_open(second->token));
  EXPECT_TRUE(is_open(other->token));
  EXPECT_EQ(sessions.size(), 1U);
}

TEST_F(SessionsTest, ASessionEndsWithItsKey) {
  const auto opened = sessions.open(key(clock.now() + 1000));
  EXPECT_TRUE(is_open(opened->token));
  clock.advance(1s);
  EXPECT_FALSE(is_open(opened->token));
}

TEST_F(SessionsTest, ADamagedKeyFileIsAnErrorAndNoSession) {
  const auto opened = sessions.open(key());
  ASSERT_TRUE(write_file(folder.path() / "keys.json", as_bytes("{")));
  EXPECT_EQ(sessions.find(opened->token).error().code, ErrorCode::kCorrupt);
}

TEST_F(SessionsTest, OneKeyCannotEndTheSessionsOfOthers) {
  const auto other = sessions.open(key());
  const auto greedy = key();
  clock.advance(1s);
  const auto first = sessions.open(greedy);
  for (std::size_t i = 1; i < Sessions::kMaxSessionsOfKey; ++i) {
    clock.advance(1s);
    ASSERT_TRUE(sessions.open(greedy));
  }
  EXPECT_TRUE(is_open(first->token));
  clock.advance(1s);
  const auto second_last = sessions.open(greedy);
  clock.advance(1s);
  const auto last = sessions.open(greedy);
  EXPECT_EQ(sessions.size(), Sessions::kMaxSessionsOfKey + 1);
  EXPECT_TRUE(is_open(first->token)) << "it was used";
  EXPECT_TRUE(is_open(second_last->token) && is_open(last->token));
  EXPECT_TRUE(is_open(other->token)) << "idle for longest, but of another key";
}

TEST_F(SessionsTest, ThereIsALimit) {
  std::vector<server::ApiKey> many(Sessions::kMaxSessions / Sessions::kMaxSessionsOfKey);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].id = std::to_string(i);
  const auto oldest = sessions.open(key());
  for (std::size_t i = 0; i < Sessions::kMaxSessions; ++i) {
    clock.advance(1ms);
    ASSERT_TRUE(sessions.open(many[i % many.size()]));
  }
  EXPECT_EQ(sessions.size(), Sessions::kMaxSessions);
  EXPECT_TRUE(is_open(oldest->token)) << "the keys of the others made room themselves";
}

TEST_F(SessionsTest, ManyThreadsMayUseThem) {
  const auto of_all = key();
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto opened = sessions.open(of_all);
        EXPECT_TRUE(is_open(opened->token));
        sessions.close(opened->token);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(sessions.size(), 0U);
}

}  // namespace
}  // namespace rap::testing
