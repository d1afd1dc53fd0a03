// SPDX-License-Identifier: Apache-2.0
#include "cli/context.h"

#include <cstdlib>
#include <ostream>
#include <utility>

namespace rap::cli {
namespace {

bool colour_wanted(const Settings& settings) {
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  return !settings.no_color && (no_color == nullptr || *no_color == '\0') && !dumb;
}

}  // namespace

bool Context::colour_out() const { return console.out_is_terminal && colour_wanted(settings); }
bool Context::colour_err() const { return console.err_is_terminal && colour_wanted(settings); }

void Context::remark(std::string_view text) const {
  if (talkative()) console.err << styled(Style::kDim, printable(text), colour_err()) << std::endl;
}

RecognizeOptions Context::recognize_options() const {
  RecognizeOptions options;
  options.threshold = settings.threshold;
  options.quick = settings.quick;
  options.second_look = settings.second_look;
  options.max_false_rate = settings.max_false_rate;
  return options;
}

Result<std::unique_ptr<Assistant>> open_assistant(const Context& context) {
  auto options = assistant_options(context.settings);
  if (!options) return Unexpected{std::move(options).error()};
  return context.services.open(*options);
}

Result<std::unique_ptr<Assistant>> open_without_generator(const Context& context) {
  Options options = context.settings.options;
  options.model = "none";
  options.gguf.clear();
  options.mmproj.clear();
  options.llm_url.clear();
  return context.services.open(options);
}

}  // namespace rap::cli
