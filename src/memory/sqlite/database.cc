// SPDX-License-Identifier: Apache-2.0
#include "memory/sqlite/database.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace rap::sqlite {
namespace {

/// How long a call waits for another process that is writing.
constexpr std::chrono::milliseconds kBusyTimeout{10'000};

ErrorCode code_of(int sqlite_code) {
  switch (sqlite_code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return ErrorCode::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    case SQLITE_TOOBIG:
      return ErrorCode::kTooLarge;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return ErrorCode::kInternal;
    default:
      return ErrorCode::kIo;
  }
}

/// SQLite's word for the code. Its longer message is left out: it can quote stored text.
[[noreturn]] void throw_code(int sqlite_code) {
  const ErrorCode code = code_of(sqlite_code);
  throw_failure(code,
                std::string("the memory file cannot be used: ") + sqlite3_errstr(sqlite_code) + " (SQLite code " +
                    std::to_string(sqlite_code) + ")",
                code == ErrorCode::kCorrupt ? "memory" : "");
}

[[noreturn]] void throw_errno(const char* what, const std::filesystem::path& path) {
  throw_failure(ErrorCode::kIo, std::string(what) + " '" + path.string() + "': " + std::strerror(errno));
}

void make_private_folders(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (folder.empty() || std::filesystem::exists(folder, ignored)) return;
  make_private_folders(folder.parent_path());
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) throw_errno("cannot make the folder", folder);
}

/// SQLite gives its -wal and -shm files the mode of the database file. The file is made and looked at without a
/// descriptor of our own: closing one would drop every lock that other connections of this process hold on the file.
void make_private_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw_failure(ErrorCode::kInvalidArgument,
                  "'" + file.string() + "' is a folder; a memory is a file, so name one in it", "memory");
  }
  const bool is_there = ::mknod(file.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0) == 0 || errno == EEXIST;
  if (!is_there || ::access(file.c_str(), R_OK | W_OK) != 0) throw_errno("cannot open", file);
}

}  // namespace

Statement::Statement(sqlite3* connection, std::string_view sql) : connection_(connection) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(connection, sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
  statement_.reset(statement);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) throw_code(sqlite3_extended_errcode(connection_));
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) throw_code(sqlite3_extended_errcode(connection_));
  return false;
}

void Statement::bind_one(int index, std::int64_t value) { check(sqlite3_bind_int64(statement_.get(), index, value)); }

void Statement::bind_one(int index, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();  // a null pointer would bind NULL
  check(sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_one(int index, std::span<const std::byte> blob) {
  if (blob.empty()) {
    check(sqlite3_bind_zeroblob(statement_.get(), index, 0));
    return;
  }
  check(sqlite3_bind_blob64(statement_.get(), index, blob.data(), blob.size(), SQLITE_STATIC));
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data == nullptr ? std::string() : std::string(data, size);
}

std::optional<std::string> Statement::optional_text(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return text(column);
}

Bytes Statement::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

Database::Database(const std::filesystem::path& file) {
  const std::filesystem::path absolute = std::filesystem::absolute(file);
  make_private_folders(absolute.parent_path());
  make_private_file(absolute);
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(absolute.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK) throw_code(code);
  sqlite3_busy_timeout(connection, static_cast<int>(kBusyTimeout.count()));
  execute("PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw_code(sqlite3_extended_errcode(connection_.get()));
  }
}

void Database::use_write_ahead_log() {
  // Changing the journal mode does not wait for other processes by itself.
  const auto deadline = std::chrono::steady_clock::now() + kBusyTimeout;
  while (sqlite3_exec(connection_.get(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr) != SQLITE_OK) {
    const int code = sqlite3_extended_errcode(connection_.get());
    if ((code & 0xFF) != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) throw_code(code);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  execute("PRAGMA synchronous = FULL");
}

std::int64_t Database::pragma(const char* name) {
  Statement statement = prepare(std::string("PRAGMA ") + name);
  return statement.step() ? statement.integer(0) : 0;
}

Transaction::Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const SqliteFailure&) {
    // SQLite has rolled back already, on its own, because of the failure being reported.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace rap::sqlite
