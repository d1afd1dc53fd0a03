// SPDX-License-Identifier: Apache-2.0
// Tables, safe text, progress.
#include <gmock/gmock.h>

#include <sstream>
#include <thread>

#include "cli/progress.h"
#include "cli/table.h"
#include "json/json.h"

namespace rap::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string print(const Table& table, std::size_t columns = 0, bool colour = false) {
  std::ostringstream out;
  table.print(out, columns, colour);
  return out.str();
}

TEST(Table, AlignsByDisplayWidth) {
  Table table({"name", "info"});
  table.add({"小明", "naps"});
  table.add({"Zoe\xCC\x88", "runs"});  // e and a combining diaeresis
  table.add({"Bo", "barks"});
  EXPECT_EQ(print(table), "name  info\n小明  naps\nZoe\xCC\x88   runs\nBo    barks\n");
}

TEST(Table, FitsTheTerminal) {
  Table table({"name", "info"});
  table.add({"Bo", "a very long description of a small dog"});
  table.add({std::string(40, 'x'), "short"});
  for (const std::size_t columns : {20U, 30U, 60U}) {
    std::istringstream lines(print(table, columns));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), columns) << line;
  }
  EXPECT_THAT(print(table, 30), HasSubstr("…"));
}

TEST(Table, ShortensWideCharactersWhole) {
  EXPECT_EQ(shorten("小明小明", 5), "小明…");
  EXPECT_EQ(shorten("小明小明", 4), "小…");
  EXPECT_EQ(shorten("abc", 3), "abc");
  EXPECT_EQ(shorten("abcd", 1), "…");
  EXPECT_EQ(shorten("abcd", 0), "");
}

TEST(Table, ColoursOnlyWhenAsked) {
  Table table({"name"});
  table.add({"Bo"}, Style::kDim);
  EXPECT_THAT(print(table, 0, true), HasSubstr("\x1B[2mBo\x1B[0m"));
  EXPECT_THAT(print(table, 0, false), Not(HasSubstr("\x1B")));
}

TEST(Printable, ReplacesControlCharactersAndBrokenBytes) {
  EXPECT_EQ(printable("a\x1B[31mb\n\tc"), "a\xEF\xBF\xBD[31mb\n\tc");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\xEF\xBF\xBD"
            "31m")
      << "CSI of the C1 set";
  EXPECT_EQ(printable("\xFF"), "\xEF\xBF\xBD");
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b"),
            "a\xEF\xBF\xBD"
            "b")
      << "right-to-left override";
  EXPECT_EQ(one_line("a\nb\tc"), "a b c");
  EXPECT_EQ(printable("小明 🐶 Zoë"), "小明 🐶 Zoë");
}

TEST(JsonOutput, BoxesAreWholePixelsAndNeighboursStayNeighbours) {
  EXPECT_EQ(box_json(Box{0.0F, 0.0F, 1.0F, 1.0F}, 451, 300), Json::array({0, 0, 451, 300}));
  const Json left = box_json(Box{0.0F, 0.0F, 1.0F / 3, 1.0F}, 100, 10);
  const Json right = box_json(Box{1.0F / 3, 0.0F, 2.0F / 3, 1.0F}, 100, 10);
  EXPECT_EQ(left[2], right[0]);
  EXPECT_EQ(box_json(std::nullopt, 100, 10), nullptr);
}

TEST(JsonOutput, SurvivesInvalidUtf8InPaths) {
  std::ostringstream out;
  print_json(out, {{"photo", "bad\xFF.jpg"}});
  EXPECT_THAT(out.str(), HasSubstr("bad\xEF\xBF\xBD.jpg"));
}

TEST(ProgressLine, ShowsABarOrTheTime) {
  using std::chrono::seconds;
  EXPECT_EQ(progress_line("thinking", 0, 0, seconds(75)), "thinking 1:15");
  EXPECT_EQ(progress_line("captions", 5, 10, seconds(30)), "captions [###############---------------] 5/10  0:30 left");
  EXPECT_EQ(progress_line("captions", 0, 10, seconds(3)), "captions [------------------------------] 0/10");
  EXPECT_THAT(progress_line("captions", 10, 10, seconds(3)), HasSubstr("10/10"));
}

class ProgressTest : public ::testing::Test {
 protected:
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  std::atomic<bool> interrupted{false};
  Console console{in, out, err, false, false, true, 0, interrupted};
};

TEST_F(ProgressTest, ShortWorkAndOtherFilesShowNothing) {
  { Progress progress(console, "x", 0, true); }
  console.err_is_terminal = false;
  {
    Progress progress(console, "x", 0, true);
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  }
  EXPECT_EQ(err.str(), "");
}

TEST_F(ProgressTest, LongWorkShowsALineAndRemovesIt) {
  {
    Progress progress(console, "captions", 4, true);
    progress.advance();
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
    progress.write(out, "result\n");
  }
  EXPECT_THAT(err.str(), HasSubstr("1/4"));
  EXPECT_THAT(err.str(), ::testing::EndsWith("\r\x1B[K"));
  EXPECT_EQ(out.str(), "result\n");
}

}  // namespace
}  // namespace rap::cli
