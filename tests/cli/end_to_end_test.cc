// SPDX-License-Identifier: Apache-2.0
// The real `rap` binary with real photos and weights, verb after verb, in a home of its own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/files.h"
#include "tests/support/data.h"

namespace rap::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using Arguments = std::vector<std::string>;

struct Finished {
  int code = -1;
  std::string out;
  std::string err;

  [[nodiscard]] json parsed() const {
    json value = json::parse(out, nullptr, false);
    EXPECT_FALSE(value.is_discarded()) << out << err;
    return value;
  }
};

class EndToEnd : public ::testing::Test {
 protected:
  EndToEnd() {
    ::setenv("HOME", home_.path().c_str(), 1);
    for (const char* variable : {"XDG_DATA_HOME", "XDG_CONFIG_HOME"}) ::unsetenv(variable);
    // Compiled encoders are kept between tests; everything else is new each time.
    ::setenv("RAP_CACHE_DIR", (std::filesystem::temp_directory_path() / "rap-test-cache").c_str(), 1);
  }

  /// Starts the binary; its streams are files in the home.
  pid_t start(const Arguments& arguments, const std::string& input) {
    write("stdin", input);
    const pid_t child = ::fork();
    if (child != 0) return child;
    redirect(0, path("stdin"), O_RDONLY);
    redirect(1, path("stdout"), O_WRONLY | O_CREAT | O_TRUNC);
    redirect(2, path("stderr"), O_WRONLY | O_CREAT | O_TRUNC);
    std::vector<char*> argv{const_cast<char*>(RAP_BINARY)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(RAP_BINARY, argv.data());
    ::_exit(127);
  }

  Finished finish(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    Finished run;
    run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    run.out = read("stdout");
    run.err = read("stderr");
    return run;
  }

  Finished rap(const Arguments& arguments, const std::string& input = "") { return finish(start(arguments, input)); }

  Finished rap_ok(const Arguments& arguments, const std::string& input = "") {
    Finished run = rap(arguments, input);
    EXPECT_EQ(run.code, 0) << ::testing::PrintToString(arguments) << "\n" << run.out << run.err;
    return run;
  }

  void remember_chelsea() {
    rap_ok({"remember", "Chelsea", "--photo", photo("chelsea.jpg"), "--category", "cat", "--info",
            "sleeps in the laundry basket", "--alias", "Chels", "--attr", "eyes=green"});
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (home_.path() / name).string(); }
  static std::string photo(const char* name) { return example_photo(name).string(); }

  void write(const std::string& name, const std::string& content) const {
    ASSERT_TRUE(write_file(path(name), as_bytes(content)).has_value());
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    const auto bytes = read_file(path(name), 50'000'000);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : std::string();
  }

 private:
  static void redirect(int descriptor, const std::string& file, int flags) {
    const int opened = ::open(file.c_str(), flags, 0600);
    ::dup2(opened, descriptor);
    ::close(opened);
  }

  TemporaryDir home_;
};

TEST_F(EndToEnd, VersionHelpAndCompletion) {
  EXPECT_THAT(rap_ok({"version"}).out, ::testing::MatchesRegex("rap [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_THAT(rap_ok({"--help"}).out, HasSubstr("recognize"));
  for (const char* shell : {"bash", "zsh", "fish"}) EXPECT_FALSE(rap_ok({"completion", shell}).out.empty());
}

TEST_F(EndToEnd, AnAnswerThatDoesNotArriveIsAFailure) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  const std::string command = std::string(RAP_BINARY) + " version >/dev/full 2>" + path("said");
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(read("said"), HasSubstr("standard output cannot be written"));
}

TEST_F(EndToEnd, ModelsAreListedAndIntact) {
  EXPECT_FALSE(rap_ok({"models", "list", "--json"}).parsed()["models"].empty());
  const json files = rap_ok({"models", "verify", "--json"}).parsed()["files"];
  ASSERT_FALSE(files.empty());
  for (const json& file : files) {
    const bool may_be_missing = !file["fetched_by"].get<std::string>().empty();
    EXPECT_TRUE(file["intact"] == true || (file["present"] == false && may_be_missing)) << file;
  }
}

TEST_F(EndToEnd, RememberListShowEditHistoryUndoForget) {
  remember_chelsea();
  EXPECT_TRUE(std::filesystem::exists(path(".local/share/rap"))) << "the memory lies in the XDG data folder";
  EXPECT_EQ(rap_ok({"concepts", "list", "--json"}).parsed()["concepts"][0]["name"], "Chelsea");
  const json shown = rap_ok({"concepts", "show", "chels", "--json"}).parsed()["concept"];
  EXPECT_EQ(shown["attributes"]["eyes"], "green");
  EXPECT_EQ(shown["views"].size(), 1U);

  const json edited = rap_ok({"concepts", "edit", "Chelsea", "--info", "hates Mondays", "--remove-attr", "eyes",
                              "--add-photo", photo("composed-chelsea.jpg"), "--json"})
                          .parsed()["concept"];
  EXPECT_EQ(edited["info"], "hates Mondays");
  EXPECT_EQ(edited["view_count"], 2);
  EXPECT_TRUE(edited["attributes"].empty());
  EXPECT_EQ(rap({"concepts", "edit", "Chelsea", "--info", "x", "--if-revision", "1"}).code, 4);
  EXPECT_EQ(rap_ok({"concepts", "history", "Chelsea", "--json"}).parsed()["history"].size(), 2U);

  rap_ok({"concepts", "undo"});
  EXPECT_EQ(rap_ok({"concepts", "show", "Chelsea", "--json"}).parsed()["concept"]["info"],
            "sleeps in the laundry basket");
  rap_ok({"concepts", "forget", "Chelsea"});
  EXPECT_EQ(rap({"concepts", "show", "Chelsea"}).code, 3);
  rap_ok({"concepts", "undo"});
  rap_ok({"concepts", "show", "Chelsea"});
}

TEST_F(EndToEnd, FeedbackIsInForceForTheNextProcessUntilItIsTakenBack) {
  rap_ok({"remember", "Box", "--photo", photo("cookie-box.jpg")});
  const std::string bag = photo("cookie-box-in-bag.jpg");
  const auto names = [&] {
    std::vector<std::string> found;
    const json recognition = rap_ok({"recognize", bag, "--json"}).parsed();
    for (const json& match : recognition["photos"][0]["matches"]) found.push_back(match["name"]);
    return found;
  };
  EXPECT_EQ(names(), std::vector<std::string>{"Box"});
  const json taught = rap_ok({"feedback", bag, "--not", "box", "--json"}).parsed()["feedback"];
  ASSERT_EQ(taught.size(), 1U);
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(rap_ok({"concepts", "show", "Box", "--json"}).parsed()["concept"]["views"][1]["id"], taught[0]["view"]);
  rap_ok({"concepts", "edit", "Box", "--remove-view", taught[0]["view"]});
  EXPECT_EQ(names(), std::vector<std::string>{"Box"});
  EXPECT_EQ(rap({"feedback", photo("cookie-box.jpg"), "--not", "Box"}).code, 4) << "that was shown as the box";
}

TEST_F(EndToEnd, ExportAndImportIntoAnotherMemory) {
  remember_chelsea();
  rap_ok({"concepts", "export", path("all.rap")});
  const Arguments other{"--memory", path("other.sqlite")};
  const auto with_other = [&](Arguments arguments) {
    arguments.insert(arguments.end(), other.begin(), other.end());
    return arguments;
  };
  rap_ok(with_other({"concepts", "import", path("all.rap")}));
  json here = rap_ok({"concepts", "list", "--json"}).parsed();
  json there = rap_ok(with_other({"concepts", "list", "--json"})).parsed();
  for (json* list : {&here, &there}) (*list)["concepts"][0].erase("revision");
  EXPECT_EQ(here, there);
  EXPECT_EQ(rap(with_other({"concepts", "import", path("all.rap")})).code, 4);
  rap_ok(with_other({"concepts", "import", path("all.rap"), "--skip-existing"}));
}

TEST_F(EndToEnd, ImportsADatabaseOfTheReference) {
  std::filesystem::copy_file(photo("chelsea.jpg"), path("cat.jpg"));
  write("database.json",
        R"({"concept_dict": {"<cat>": {"name": "Chelsea", "image": "cat.jpg", "info": "naps", "category": "cat"}}})");
  rap_ok({"concepts", "import", path("database.json")});
  EXPECT_EQ(rap_ok({"concepts", "show", "Chelsea", "--json"}).parsed()["concept"]["info"], "naps");
}

TEST_F(EndToEnd, KnowsPeopleByFaceOnceItIsSwitchedOn) {
  rap_ok({"remember", "Eileen", "--photo", photo("collins.jpg"), "--category", "woman"});
  const auto evidence = [&] {
    const json found = rap_ok({"recognize", photo("composed-collins.jpg"), "--json"}).parsed();
    return found["photos"][0]["matches"][0]["evidence"];
  };
  EXPECT_TRUE(evidence()["face"].is_null());
  EXPECT_EQ(rap_ok({"faces", "on"}).out, "faces are on: 1 of 1 people have a known face\n");
  EXPECT_GT(evidence()["face"].get<double>(), 0.6);
  EXPECT_EQ(rap_ok({"faces", "off", "--json"}).parsed()["faces"]["on"], false);
  EXPECT_TRUE(evidence()["face"].is_null());
}

TEST_F(EndToEnd, RecognizesAndAnnotatesWithoutAnLlm) {
  remember_chelsea();
  const json found =
      rap_ok({"recognize", photo("composed-chelsea.jpg"), "--model", "none", "--annotate", path("out.png"), "--json"})
          .parsed()["photos"][0];
  ASSERT_EQ(found["matches"].size(), 1U) << found;
  EXPECT_EQ(found["matches"][0]["name"], "Chelsea");
  const json box = found["matches"][0]["box"];
  ASSERT_EQ(box.size(), 4U);
  EXPECT_LE(box[0].get<int>() + box[2].get<int>(), found["width"].get<int>());
  EXPECT_EQ(read("out.png").substr(1, 3), "PNG");
  EXPECT_TRUE(rap_ok({"recognize", photo("rocket.jpg"), "--json"}).parsed()["photos"][0]["matches"].empty());
}

TEST_F(EndToEnd, CaptionsAFolderAndGoesOn) {
  remember_chelsea();
  std::filesystem::create_directory(path("photos"));
  std::filesystem::copy_file(photo("composed-chelsea.jpg"), path("photos/a.jpg"));
  write("photos/b.jpg", "not a photo");
  const Arguments caption{"caption", path("photos"), "--jsonl", path("out.jsonl"), "--json"};
  const Finished first = rap(caption);
  EXPECT_EQ(first.code, 5) << first.err;
  EXPECT_EQ(first.parsed()["written"], 1);
  EXPECT_EQ(first.parsed()["failed"].size(), 1U);
  const json line = json::parse(read("out.jsonl"));
  EXPECT_THAT(line["text"].get<std::string>(), HasSubstr("Chelsea"));
  EXPECT_EQ(rap(caption).parsed()["already_there"], 1);
}

TEST_F(EndToEnd, AnswersAndUsesAnEditAtOnce) {
  remember_chelsea();
  const Arguments ask{"ask", "Where does Chelsea sleep?", "--json"};
  EXPECT_EQ(rap_ok(ask).parsed()["concepts"][0]["name"], "Chelsea");
  const json with_photo =
      rap_ok({"ask", "Who is this?", "--photo", photo("composed-chelsea.jpg"), "--annotate", path("who.png"), "--json"})
          .parsed();
  EXPECT_EQ(with_photo["concepts"][0]["name"], "Chelsea");
  EXPECT_EQ(with_photo["matches"][0]["name"], "Chelsea");
  EXPECT_FALSE(read("who.png").empty());
  EXPECT_TRUE(rap_ok({"ask", "Where does Chelsea sleep?", "--without-memory", "--json"}).parsed()["concepts"].empty());
  rap_ok({"concepts", "edit", "Chelsea", "--name", "Mimi", "--remove-alias", "Chels"});
  EXPECT_EQ(rap_ok({"ask", "Where does Mimi sleep?", "--json"}).parsed()["concepts"][0]["name"], "Mimi");
  EXPECT_FALSE(rap_ok({"ask", "Where does Mimi sleep?"}).out.empty());
}

TEST_F(EndToEnd, ChatsOverSeveralTurns) {
  remember_chelsea();
  const Finished run =
      rap_ok({"chat", "--json"}, "/photo " + photo("composed-chelsea.jpg") +
                                     "\nWho is this?\n/photo\nWhere does she sleep?\n/quit\nunheard\n");
  std::istringstream lines(run.out);
  std::vector<json> turns;
  for (std::string line; std::getline(lines, line);) turns.push_back(json::parse(line));
  ASSERT_EQ(turns.size(), 2U) << run.out << run.err;
  EXPECT_EQ(turns[0]["concepts"][0]["name"], "Chelsea");
  EXPECT_EQ(turns[1]["concepts"][0]["name"], "Chelsea") << "a follow-up keeps the concepts of the turns before";
}

TEST_F(EndToEnd, ExitCodesAreTheDocumentedOnes) {
  remember_chelsea();
  write("text.jpg", "this is no photo");
  EXPECT_EQ(rap({"ask", "?", "--bogus"}).code, 2);
  EXPECT_EQ(rap({"concepts", "show", "Nobody"}).code, 3);
  EXPECT_EQ(rap({"recognize", path("missing.jpg")}).code, 3);
  EXPECT_EQ(rap({"remember", "CHELSEA"}).code, 4);
  EXPECT_EQ(rap({"recognize", path("text.jpg")}).code, 5);
  EXPECT_EQ(rap({"remember", std::string(101, 'x')}).code, 5);
  EXPECT_EQ(rap({"ask", "?", "--model", "none"}).code, 6);
  EXPECT_EQ(rap({"ask", "?", "--llm", "http://127.0.0.1:9/v1", "--llm-model", "x"}).code, 6);
  write("broken.sqlite", std::string(4096, 'x'));
  const Finished broken = rap({"concepts", "list", "--memory", path("broken.sqlite"), "--json"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_TRUE(broken.parsed()["error"].contains("message"));
}

TEST_F(EndToEnd, CtrlCEndsAWaitingChatWith130) {
  // Standard input is a pipe that stays open, so that the chat waits.
  std::array<int, 2> to_chat{};
  std::array<int, 2> from_chat{};
  ASSERT_EQ(::pipe(to_chat.data()), 0);
  ASSERT_EQ(::pipe(from_chat.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(to_chat[0], 0);
    ::dup2(from_chat[1], 2);
    ::close(to_chat[1]);
    ::close(from_chat[0]);
    ::execl(RAP_BINARY, RAP_BINARY, "chat", "-q", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(to_chat[0]);
  ::close(from_chat[1]);
  // The complaint about an unknown command tells that the chat is up and back at its prompt.
  ASSERT_EQ(::write(to_chat[1], "/dance\n", 7), 7);
  char piece = 0;
  while (::read(from_chat[0], &piece, 1) == 1 && piece != '\n') continue;
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ::kill(child, SIGINT);
  int status = 0;
  pid_t ended = 0;
  for (int i = 0; i < 200 && ended == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ended = ::waitpid(child, &status, WNOHANG);
  }
  ::close(to_chat[1]);
  ::close(from_chat[0]);
  ASSERT_EQ(ended, child) << "it goes on waiting";
  ASSERT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 130);
}

}  // namespace
}  // namespace rap::testing
