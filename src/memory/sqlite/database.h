// SPDX-License-Identifier: Apache-2.0
// A thin owner of SQLite's C objects. Inside this folder failures are thrown as SqliteFailure;
// SqliteMemory turns them into Result values, so none leaves it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "rap/result.h"
#include "rap/types.h"

namespace rap::sqlite {

/// Thrown inside this folder only.
struct SqliteFailure {
  Error error;
};

[[noreturn]] inline void throw_failure(ErrorCode code, std::string message, std::string field = {}) {
  throw SqliteFailure{{code, std::move(message), std::move(field)}};
}

/// The value, or its error thrown.
template <class T>
T unwrap(Result<T> result) {
  if (!result) throw SqliteFailure{std::move(result).error()};
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// A prepared statement. Texts are copied when bound; blobs must outlive the statement.
class Statement {
 public:
  Statement(sqlite3* connection, std::string_view sql);

  /// Binds all parameters in order.
  template <class... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (bind_value(++index, values), ...);
    return *this;
  }

  /// Moves to the next row; false after the last.
  bool step();

  /// Runs a statement that returns no rows.
  void run() {
    while (step()) {
    }
  }

  // Columns of the current row, counted from 0.
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_.get(), column); }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] Bytes blob(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  template <class Value>
  void bind_value(int index, const Value& value) {
    if constexpr (std::is_same_v<Value, std::optional<std::string>>) {
      if (value) bind_one(index, *value);  // else it stays NULL
    } else {
      bind_one(index, value);
    }
  }

  void bind_one(int index, std::int64_t value);
  void bind_one(int index, std::string_view text);
  void bind_one(int index, std::span<const std::byte> blob);
  void check(int code) const;

  sqlite3* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection to a database file. Not thread-safe.
class Database {
 public:
  /// Opens the file, or makes it (mode 0600, missing folders 0700), and sets how the connection
  /// behaves: waits for other processes, enforces foreign keys, overwrites what is deleted.
  explicit Database(const std::filesystem::path& file);

  [[nodiscard]] Statement prepare(std::string_view sql) { return {connection_.get(), sql}; }

  /// Runs one or more statements without parameters.
  void execute(const char* sql);

  /// Durable write-ahead logging: readers do not wait for writers, a commit survives power loss.
  void use_write_ahead_log();

  /// A pragma's integer value, e.g. "user_version".
  [[nodiscard]] std::int64_t pragma(const char* name);

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };

  std::unique_ptr<sqlite3, Close> connection_;
};

/// A write transaction: takes the write lock at once, so that it cannot fail half-way for another
/// writer. Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace rap::sqlite
