// SPDX-License-Identifier: Apache-2.0
#include "cli/eval_exam.h"

#include <fmt/format.h>

#include <ostream>
#include <system_error>
#include <utility>

#include "cli/console.h"
#include "cli/numbers.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "core/ids.h"
#include "evaluation/gallery_page.h"

namespace rap::cli {
namespace {

using namespace evaluation;

/// A folder of this run that goes away with the object.
class ScratchFolder {
 public:
  static Result<ScratchFolder> make() {
    std::error_code error;
    const auto base = std::filesystem::temp_directory_path(error);
    ScratchFolder folder(base / ("rap-eval-" + random_id()));
    if (!error) std::filesystem::create_directory(folder.path_, error);
    if (error) return fail(ErrorCode::kIo, fmt::format("cannot make a temporary folder: {}", error.message()));
    return folder;
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

std::string cell(const std::optional<Estimate>& value) { return value ? text(*value) : "-"; }

void print(const Context& context, const std::vector<FigureRow>& rows) {
  Table table({"figure", "questions", "without memory", "before the check", "after the check"});
  for (const FigureRow& row : rows) {
    std::vector<std::string> cells{row.label, fmt::format("{}", row.questions)};
    for (const auto& value : row.values) cells.push_back(cell(value));
    table.add(std::move(cells));
  }
  table.print(context.console.out, context.console.columns, context.colour_out());
}

Json figures_json(const std::vector<FigureRow>& rows) {
  Json figures = Json::array();
  for (const FigureRow& row : rows) {
    Json figure = {{"group", row.group}, {"figure", row.figure}, {"label", row.label}, {"questions", row.questions}};
    for (std::size_t i = 0; i < kSittings; ++i) {
      figure[to_word(static_cast<Sitting>(i))] = row.values[i] ? json(*row.values[i]) : Json(nullptr);
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace

void add_exam_flags(CLI::App& verb, ExamFlags& flags) {
  verb.add_option("--gallery", flags.gallery, "Write a page of wrong answers, to be looked at in a browser")
      ->type_name("FILE.html");
  verb.add_option("--gallery-size", flags.gallery_size, "Most answers on that page")->capture_default_str();
  verb.add_option("--max-tokens", flags.generate.max_tokens, "Longest answer, in tokens")
      ->type_name("N")
      ->check(number_from(1))
      ->capture_default_str();
}

void add_control_flag(CLI::App& verb, ExamFlags& flags) {
  verb.add_flag("--without-control", flags.without_control, "Do not ask the bare model for comparison");
}

void add_data_flag(CLI::App& verb, std::filesystem::path& data, const std::string& help) {
  verb.add_option("--data", data, help)->required()->envname("RAP_DATA_DIR")->type_name("DIR");
}

std::string text(const Estimate& value) {
  return fmt::format("{:.3f}  [{:.3f}, {:.3f}]", value.mean, value.low, value.high);
}

Json json(const Estimate& value) { return {{"mean", value.mean}, {"low", value.low}, {"high", value.high}}; }

Result<ExamResult> sit_exam(Context& context, const Exam& exam, const ExamFlags& flags,
                            const std::vector<Sitting>& sittings) {
  const auto scratch = ScratchFolder::make();
  if (!scratch) return Unexpected{scratch.error()};
  Context isolated = context;
  isolated.settings.options.memory_file = scratch->path() / "memory.db";
  const auto assistant = open_assistant(isolated);
  if (!assistant) return Unexpected{assistant.error()};

  ExamOptions options{.sittings = sittings, .recognize = context.recognize_options(), .generate = flags.generate};
  Progress progress(context.console, "questions", exam.questions.size(), context.talkative());
  return sit(**assistant, exam, options, [&] {
    progress.advance();
    return !context.console.interrupted;
  });
}

Result<ExitCode> run_exam(Context& context, const Exam& exam, const ExamFlags& flags, Json about) {
  std::vector<Sitting> sittings{Sitting::kUnchecked, Sitting::kChecked};
  if (!flags.without_control) sittings.insert(sittings.begin(), Sitting::kWithoutMemory);
  const auto result = sit_exam(context, exam, flags, sittings);
  if (!result) return Unexpected{result.error()};

  const auto rows = report(exam, *result);
  if (!flags.gallery.empty()) {
    const auto written = write_gallery_page(exam, *result, {.size = flags.gallery_size}, flags.gallery);
    if (!written) return Unexpected{written.error()};
  }
  if (context.settings.json) {
    about.update(exam_json(*result));
    about["figures"] = figures_json(rows);
    if (!flags.gallery.empty()) about["gallery"] = flags.gallery.string();
    print_json(context.console.out, about);
  } else {
    print(context, rows);
    remark_on(context, exam, *result);
  }
  return result->is_complete ? ExitCode::kOk : ExitCode::kInterrupted;
}

Json exam_json(const ExamResult& result) {
  return {{"questions", result.answers.size()},
          {"answers", result.asked},
          {"seconds_per_answer", result.asked == 0 ? 0.0 : result.seconds / static_cast<double>(result.asked)},
          {"complete", result.is_complete}};
}

void remark_on(const Context& context, const Exam& exam, const ExamResult& result) {
  const double each = result.asked == 0 ? 0.0 : result.seconds / static_cast<double>(result.asked);
  context.remark(
      fmt::format("({} answers, {:.2f} s each; 95 % intervals by resampling questions)", result.asked, each));
  if (!result.is_complete) {
    context.remark(
        fmt::format("(interrupted: {} of {} questions were asked)", result.answers.size(), exam.questions.size()));
  }
}

}  // namespace rap::cli
