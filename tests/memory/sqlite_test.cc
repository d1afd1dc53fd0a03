// SPDX-License-Identifier: Apache-2.0
// What is special to the SQLite file: its privacy, its schema, its damage.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <thread>

#include "core/files.h"
#include "memory/sqlite/schema.h"
#include "tests/memory/store.h"

namespace rap {
namespace {

using testing::draft_named;
using testing::expect_error;
using testing::must;
using testing::photo_file;

class SqliteFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "memory.rap"; }

  void run_sql(const char* sql) {
    sqlite::Database database(file());
    database.execute(sql);
  }

  testing::TemporaryDir folder_;
};

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777U;
}

/// Whether another process would find a lock on the file.
bool is_locked_for_others(const std::filesystem::path& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    const bool is_asked = descriptor >= 0 && ::fcntl(descriptor, F_GETLK, &lock) == 0;
    ::_exit(is_asked && lock.l_type == F_UNLCK ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WEXITSTATUS(status) != 0;
}

TEST_F(SqliteFile, IsReadableByItsUserOnly) {
  const auto file = folder_.path() / "new" / "folders" / "memory.rap";
  const auto memory = must(open_sqlite_memory(file));
  must(memory->put({}, draft_named("Bo"), {}));
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(mode_of(file.string() + "-wal"), 0600U);
  EXPECT_EQ(mode_of(file.parent_path()), 0700U);
  EXPECT_EQ(mode_of(file.parent_path().parent_path()), 0700U);
}

TEST_F(SqliteFile, IsDurableAndVersioned) {
  must(open_sqlite_memory(file()));
  sqlite::Database database(file());
  EXPECT_EQ(database.pragma("application_id"), 0x5241504D);
  EXPECT_EQ(database.pragma("user_version"), static_cast<std::int64_t>(sqlite::schema_migrations().size()));
  sqlite::Statement mode = database.prepare("PRAGMA journal_mode");
  ASSERT_TRUE(mode.step());
  EXPECT_EQ(mode.text(0), "wal");
}

TEST_F(SqliteFile, OfANewerRapIsRefused) {
  must(open_sqlite_memory(file()));
  run_sql("PRAGMA user_version = 99");
  const auto opened = open_sqlite_memory(file());
  expect_error(opened, ErrorCode::kUnsupported, "version");
  EXPECT_NE(opened.error().message.find("99"), std::string::npos);
}

TEST_F(SqliteFile, OfAnotherProgramIsRefusedAndLeftAlone) {
  {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE recipes (name TEXT)", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(other);
  }
  const Bytes before = must(read_file(file(), 1'000'000));
  expect_error(open_sqlite_memory(file()), ErrorCode::kCorrupt, "memory");
  EXPECT_EQ(must(read_file(file(), 1'000'000)), before);
}

TEST_F(SqliteFile, ThatIsNoDatabaseIsCorrupt) {
  must(write_file(file(), as_bytes("this is a letter, not a database, and long enough to be looked at as one")));
  expect_error(open_sqlite_memory(file()), ErrorCode::kCorrupt, "memory");
}

TEST_F(SqliteFile, ThatCannotBeMadeIsAnIoError) {
  must(write_file(folder_.path() / "plain", as_bytes("x")));
  expect_error(open_sqlite_memory(folder_.path() / "plain" / "memory.rap"), ErrorCode::kIo, "");
}

TEST_F(SqliteFile, DamageIsAnErrorNotACrash) {
  {
    const auto memory = must(open_sqlite_memory(file()));
    for (int i = 0; i < 50; ++i) {
      const Bytes photo = photo_file(i);
      const std::vector<NewView> views{testing::view_of(photo)};
      must(memory->put({}, draft_named("name " + std::to_string(i)), views));
    }
  }
  const Bytes intact = must(read_file(file(), 100'000'000));
  for (std::size_t at = 0; at < intact.size(); at += 4096) {
    Bytes damaged = intact;
    for (std::size_t i = at + 8; i < std::min(at + 600, damaged.size()); ++i) damaged[i] ^= std::byte{0xA5};
    must(write_file(file(), damaged));
    std::filesystem::remove(file().string() + "-wal");
    std::filesystem::remove(file().string() + "-shm");
    const auto memory = open_sqlite_memory(file());
    if (!memory) continue;
    (void)(*memory)->list({}, {});
    (void)(*memory)->search_text({}, "name", 10);
    (void)(*memory)->history({}, "", 100);
    (void)(*memory)->put({}, draft_named("new"), {});
    (void)(*memory)->undo({});
  }
}

TEST_F(SqliteFile, ConceptsThatAreNoJsonAreCorrupt) {
  const auto memory = must(open_sqlite_memory(file()));
  const Concept bo = must(memory->put({}, draft_named("Bo"), {}));
  run_sql("UPDATE concepts SET body = '{\"id\": 7}'");
  expect_error(memory->get({}, bo.id), ErrorCode::kCorrupt, "id");
  run_sql("UPDATE concepts SET body = '{'");
  expect_error(memory->get({}, bo.id), ErrorCode::kCorrupt, "");
}

TEST_F(SqliteFile, IsNoFolder) {
  expect_error(open_sqlite_memory(folder_.path()), ErrorCode::kInvalidArgument, "memory");
}

TEST_F(SqliteFile, ManyOpenANewFileAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto memory = must(open_sqlite_memory(file()));
      must(memory->put({}, draft_named("thread " + std::to_string(i)), {}));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(must(must(open_sqlite_memory(file()))->revision({})), 8U);
}

TEST_F(SqliteFile, OpeningItAgainLeavesTheLocksOfOthersAlone) {
  sqlite::Database writer(file());
  writer.execute("CREATE TABLE pets (name TEXT); BEGIN IMMEDIATE; INSERT INTO pets VALUES ('Bo')");
  { const sqlite::Database other(file()); }
  EXPECT_TRUE(is_locked_for_others(file()));
  writer.execute("COMMIT");
  EXPECT_FALSE(is_locked_for_others(file()));
}

TEST_F(SqliteFile, IsMigratedStepByStep) {
  constexpr std::array<const char*, 1> kOld{"CREATE TABLE pets (name TEXT)"};
  constexpr std::array<const char*, 3> kNew{kOld[0], "ALTER TABLE pets ADD COLUMN age INTEGER",
                                            "UPDATE pets SET age = 4"};
  sqlite::Database database(file());
  sqlite::migrate(database, kOld);
  database.execute("INSERT INTO pets VALUES ('Bo')");
  sqlite::migrate(database, kNew);
  EXPECT_EQ(database.pragma("user_version"), 3);
  sqlite::Statement age = database.prepare("SELECT age FROM pets");
  ASSERT_TRUE(age.step());
  EXPECT_EQ(age.integer(0), 4);
  sqlite::migrate(database, kNew);  // nothing left to do
  EXPECT_THROW(sqlite::migrate(database, kOld), sqlite::SqliteFailure);
}

TEST_F(SqliteFile, OfVersionOneIsRead) {
  {
    sqlite::Database database(file());
    sqlite::migrate(database, sqlite::schema_migrations().first(1));
    database.execute(R"sql(
INSERT INTO owners VALUES ('local', 1);
INSERT INTO concepts (owner, id, folded_name, body) VALUES ('local', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'bo',
'{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","name":"Bo","aliases":[],"category":"","info":"","attributes":{},
  "views":[{"id":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","photo":"00","provenance":"learnt","added":5}],
  "consent":"given","created":1,"updated":2,"revision":1}');
)sql");
  }
  const auto memory = must(open_sqlite_memory(file()));
  const Concept bo = *must(memory->get({}, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
  ASSERT_EQ(bo.views.size(), 1U);
  EXPECT_TRUE(bo.views[0].shows);
  EXPECT_EQ(sqlite::Database(file()).pragma("user_version"),
            static_cast<std::int64_t>(sqlite::schema_migrations().size()));
}

TEST_F(SqliteFile, OfBeforeSettingsHasNone) {
  {
    sqlite::Database database(file());
    sqlite::migrate(database, sqlite::schema_migrations().first(2));
    database.execute("INSERT INTO owners VALUES ('local', 1)");
  }
  const auto memory = must(open_sqlite_memory(file()));
  EXPECT_EQ(must(memory->revision({})), 1U);
  EXPECT_FALSE(must(memory->setting({}, "faces")));
  must(memory->set_setting({}, "faces", "on"));
  EXPECT_EQ(must(memory->setting({}, "faces")), "on");
}

TEST_F(SqliteFile, AFailedMigrationChangesNothing) {
  constexpr std::array<const char*, 2> kBroken{"CREATE TABLE pets (name TEXT)", "THIS IS NOT SQL"};
  sqlite::Database database(file());
  EXPECT_THROW(sqlite::migrate(database, kBroken), sqlite::SqliteFailure);
  EXPECT_EQ(database.pragma("user_version"), 0);
  EXPECT_FALSE(database.prepare("SELECT 1 FROM sqlite_schema").step());
}

TEST_F(SqliteFile, HoldsNoTraceOfAnErasedOwner) {
  const auto memory = must(open_sqlite_memory(file()));
  ConceptDraft draft = draft_named("Xylophania");
  draft.info = "lives in Quebrantahuesos";
  const Bytes photo = photo_file(3);
  const std::vector<NewView> views{testing::view_of(photo)};
  must(memory->put({"ada"}, draft, views));
  must(memory->put({"bob"}, draft_named("Rex"), {}));
  must(memory->erase({"ada"}));
  for (const std::string suffix : {"", "-wal"}) {
    const Bytes content = must(read_file(file().string() + suffix, 100'000'000));
    const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
    for (const char* secret : {"Xylophania", "xylophania", "Quebrantahuesos", "quebrantahuesos", "IDAT"}) {
      EXPECT_EQ(text.find(secret), std::string_view::npos) << secret << " in the file" << suffix;
    }
  }
}

TEST_F(SqliteFile, TenThousandConceptsAreReadAtOnce) {
  const auto memory = must(open_sqlite_memory(file()));
  const Bytes photo = photo_file(1);
  std::vector<Concept> concepts(10'000);
  char id[33];
  for (std::size_t i = 0; i < concepts.size(); ++i) {
    std::snprintf(id, sizeof id, "%032zx", i);
    concepts[i].id = id;
    concepts[i].name = "thing " + std::to_string(i);
    concepts[i].info = "number " + std::to_string(i) + " of many";
  }
  const PhotoSource none = [](std::string_view) -> Result<Bytes> { return fail(ErrorCode::kNotFound, "no photo"); };
  EXPECT_EQ(must(memory->restore({}, concepts, none, Merge::kFail)).concepts, 10'000U);
  ListOptions all;
  all.limit = 20'000;
  EXPECT_EQ(must(memory->list({}, all)).size(), 10'000U);
  EXPECT_EQ(must(memory->search_text({}, "number 4711", 1)).at(0).concept_id, concepts[4711].id);
}

}  // namespace
}  // namespace rap
