// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <ostream>
#include <utility>

#include "cli/similar.h"
#include "json/json.h"

namespace rap::cli {
namespace {

/// The innermost verb that was reached.
CLI::App& reached(CLI::App& app) {
  const auto verbs = app.get_subcommands();
  return verbs.empty() ? app : reached(*verbs.back());
}

/// "rap concepts edit"
std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : full_name(*app.get_parent()) + " " + app.get_name();
}

std::string help_of(const CLI::App& app) {
  return app.help(app.get_parent() == nullptr ? "" : full_name(*app.get_parent()));
}

bool wants_json(const std::vector<std::string>& arguments) {
  const char* variable = std::getenv("RAP_JSON");
  const bool by_environment = variable != nullptr && std::string_view(variable) == "1";
  return by_environment || std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
}

/// The message of a parse error, with a hint where a verb was misspelt.
std::string message_of(const CLI::ParseError& error, const CLI::App& root, const CLI::App& app) {
  if (dynamic_cast<const CLI::ConfigError*>(&error) != nullptr) {
    return fmt::format(
        "the configuration file {} has a line that is no setting ({}); settings have the names of the "
        "flags that `rap --help` lists, without the dashes",
        root.get_config_ptr()->as<std::string>(), error.what());
  }
  const auto verbs = app.get_subcommands([](const CLI::App*) { return true; });
  const auto rest = root.remaining(true);
  if (verbs.empty() || rest.empty() || rest.front().starts_with('-')) return error.what();
  std::vector<std::string> names;
  names.reserve(verbs.size());
  for (const CLI::App* verb : verbs) names.push_back(verb->get_name());
  std::string message = fmt::format("`{}` has no verb `{}`", full_name(app), rest.front());
  if (const auto similar = most_similar(rest.front(), names); !similar.empty())
    message += fmt::format("; did you mean `{}`?", similar.front());
  return message;
}

std::string without_full_stop(std::string sentence) {
  while (!sentence.empty() && (sentence.back() == '.' || sentence.back() == '\n')) sentence.pop_back();
  return sentence;
}

/// Whether a message already says which command or flag helps.
bool names_a_way_out(const std::string& message) {
  return message.find("`rap ") != std::string::npos || message.find("--") != std::string::npos;
}

void report_error(const Context& context, const Error& error) {
  if (context.settings.json) {
    print_json(context.console.out, error_json(error, context.did_you_mean));
    return;
  }
  std::string sentence = without_full_stop(error.message);
  if (!context.did_you_mean.empty())
    sentence += fmt::format("; did you mean {}?", fmt::join(context.did_you_mean, " or "));
  else if (const std::string step = next_step(error); !step.empty() && !names_a_way_out(sentence))
    sentence += "; " + step;
  context.console.err << styled(Style::kRed, "rap:", context.colour_err()) << ' ' << one_line(sentence) << std::endl;
}

/// CLI11 and the standard library throw; nothing leaves the command as an exception.
Result<ExitCode> run_guarded(const RunVerb& run, Context& context) {
  try {
    return run(context);
  } catch (const std::exception& exception) {
    return fail(ErrorCode::kInternal, fmt::format("unexpected failure: {}", exception.what()));
  }
}

}  // namespace

Program::Program() : app_("Gives any multimodal LLM a personal memory: remember, retrieve, generate.", "rap") {
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.footer("`rap VERB --help` explains a verb. More: docs/cli.md");
  add_settings(app_, settings_);
}

CLI::App* Program::add_verb(CLI::App& parent, const std::string& name, const std::string& help, RunVerb run) {
  CLI::App* verb = parent.add_subcommand(name, help);
  verb->footer("Flags of every verb (--memory, --model, --json, ...): `rap --help`");
  verbs_.push_back({verb, std::move(run)});
  return verb;
}

CLI::App* Program::add_group(const std::string& name, const std::string& help) {
  CLI::App* group = app_.add_subcommand(name, help);
  group->require_subcommand(1);
  return group;
}

ExitCode Program::run(const std::vector<std::string>& arguments, const Services& services, Console& console) {
  try {
    // CLI11 takes the arguments from the back.
    app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return report_parse_error(error, arguments, services, console);
  }
  const CLI::App* wanted = &reached(app_);
  const auto verb =
      std::find_if(verbs_.begin(), verbs_.end(), [&](const Verb& candidate) { return candidate.app == wanted; });
  Context context{services, console, settings_, Owner{}, {}};
  const auto outcome = run_guarded(verb->run, context);
  if (outcome) return *outcome;
  report_error(context, outcome.error());
  return exit_code_of(outcome.error());
}

ExitCode Program::report_parse_error(const CLI::ParseError& error, const std::vector<std::string>& arguments,
                                     const Services& services, Console& console) {
  CLI::App& app = reached(app_);
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {  // --help
    console.out << help_of(app) << std::flush;
    return ExitCode::kOk;
  }
  const bool missing_file = dynamic_cast<const CLI::FileError*>(&error) != nullptr;
  const bool is_about_config = missing_file || dynamic_cast<const CLI::ConfigError*>(&error) != nullptr;
  const Error failure{missing_file ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument, message_of(error, app_, app),
                      is_about_config ? "config" : "arguments"};
  Context context{services, console, settings_, Owner{}, {}};
  context.settings.json = wants_json(arguments);
  report_error(context, failure);
  if (!context.settings.json && !is_about_config) console.err << '\n' << help_of(app) << std::flush;
  return exit_code_of(failure);
}

}  // namespace rap::cli
