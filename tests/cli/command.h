// SPDX-License-Identifier: Apache-2.0
// Runs command lines of `rap` in this process, with fakes behind them.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run.h"
#include "tests/cli/fakes.h"
#include "tests/support/data.h"

namespace rap::testing {

struct Outcome {
  cli::ExitCode code = cli::ExitCode::kOk;
  std::string out;
  std::string err;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// Sets an environment variable for the life of the object.
class ScopedVariable {
 public:
  ScopedVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* old = ::getenv(name_.c_str())) old_ = old;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (old_)
      ::setenv(name_.c_str(), old_->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  std::string name_;
  std::optional<std::string> old_;
};

/// A fixture with a home folder of its own, fakes, and files.
class CommandTest : public ::testing::Test {
 protected:
  Outcome rap(const std::vector<std::string>& arguments) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    interrupted = false;
    cli::Console console{in, out, err, false, false, false, 0, interrupted};
    const cli::Services services{[this](const Options& options) -> Result<std::unique_ptr<Assistant>> {
                                   opened = options;
                                   if (open_failure) return Unexpected{*open_failure};
                                   return std::unique_ptr<Assistant>(std::make_unique<FakeAssistant>(script));
                                 },
                                 [this](const Options&) -> Result<std::vector<ModelEntry>> { return models; },
                                 [this](const Options&) -> Result<std::vector<ModelCheck>> { return checks; }, "1.2.3",
                                 open_encoder};
    Outcome outcome;
    outcome.code = cli::run_command(arguments, services, console);
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
  }

  /// Writes a file into the test's folder and returns its path.
  std::string file(const std::string& name, const std::string& content) {
    const auto path = folder.path() / name;
    std::filesystem::create_directories(path.parent_path());
    EXPECT_TRUE(write_file(path, as_bytes(content)).has_value());
    return path.string();
  }

  static std::string read(const std::filesystem::path& path) {
    const auto bytes = read_file(path, 10'000'000);
    EXPECT_TRUE(bytes.has_value()) << path;
    if (!bytes) return {};
    return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  }

  Concept remember(const std::string& name, const std::string& info = "") {
    ConceptDraft draft;
    draft.name = name;
    draft.info = info;
    auto stored = script.memory.put(Owner{}, draft, {});
    EXPECT_TRUE(stored.has_value());
    return *stored;
  }

  TemporaryDir folder;
  ScopedVariable home{"HOME", folder.path().string()};
  ScopedVariable config_home{"XDG_CONFIG_HOME", (folder.path() / "config").string()};
  FakeAssistant::Script script;
  std::string input;
  std::atomic<bool> interrupted{false};
  std::optional<Options> opened;
  std::optional<Error> open_failure;
  std::function<Result<std::unique_ptr<Encoder>>(const Options&)> open_encoder;
  std::vector<ModelEntry> models;
  std::vector<ModelCheck> checks;
};

}  // namespace rap::testing
