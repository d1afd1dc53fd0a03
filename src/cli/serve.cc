// SPDX-License-Identifier: Apache-2.0
// rap serve
#include "server/serve.h"

#include <fmt/format.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "cli/numbers.h"
#include "cli/program.h"
#include "cli/verbs.h"

namespace rap::cli {
namespace {

struct ServeFlags {
  server::Options options;
  std::vector<std::string> further_models;
};

void add_flags(CLI::App& verb, ServeFlags& flags) {
  server::Options& options = flags.options;
  verb.add_option("--host", options.host, "Address to listen on; 0.0.0.0 = all of this machine")
      ->envname("RAP_HOST")
      ->type_name("ADDRESS")
      ->capture_default_str();
  verb.add_option("--port", options.port, "Port to listen on, 0 = any that is free")
      ->envname("RAP_PORT")
      ->type_name("PORT")
      ->check(number_from(0, 65535))
      ->capture_default_str();
  verb.add_option("--keys", options.keys_file, "The file of API keys (see `rap keys`), made if missing")
      ->envname("RAP_KEYS")
      ->type_name("FILE");
  verb.add_flag("--allow-loopback-without-key", options.loopback_without_key,
                "Programs of this machine need no key: every user of it can use, and erase, the memory");
  verb.add_option("--also", flags.further_models, "Further models of the manifest that requests may choose")
      ->type_name("NAME...");
  verb.add_option("--import-root", options.import_folder, "Folders below it may be imported by an administrator")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
  verb.add_option("--allow-image-host", options.image_hosts,
                  "Hosts that photos may be fetched from: example.org, *.example.org, example.org:8080")
      ->type_name("HOST...");
  verb.add_option("--allow-image-network", options.image_networks,
                  "Private networks that those hosts may lie in, e.g. 192.168.1.0/24")
      ->type_name("CIDR...");
  verb.add_option("--queue", options.limits.waiting_answers, "Questions that may wait for the model; more get 429")
      ->type_name("N")
      ->check(number_from(1, 15))
      ->capture_default_str();
  verb.add_option("--rate", options.limits.requests_per_minute, "Requests of one key a minute")
      ->type_name("N")
      ->check(number_from(1, 1'000'000))
      ->capture_default_str();
}

void tell(const Context& context, const server::Started& started) {
  if (!started.first_key.empty()) {
    context.console.err << fmt::format(
        "rap: a first API key was made; it is shown this once and cannot be had again:\n{}\n", started.first_key);
  }
  context.console.err << "rap: serving on " << started.address << std::endl;
}

Result<ExitCode> run_serve(Context& context, const ServeFlags& flags) {
  auto options = assistant_options(context.settings);
  if (!options) return Unexpected{options.error()};
  auto assistants = context.services.open_all(*options, flags.further_models);
  if (!assistants) return Unexpected{assistants.error()};
  server::Options serving = flags.options;
  serving.recognize = context.recognize_options();
  serving.remote = !options->llm_url.empty();
  serving.egress = options->egress;
  serving.quiet = context.settings.quiet;
  const auto log = std::make_shared<spdlog::sinks::ostream_sink_mt>(context.console.err);
  const auto served = server::serve(
      serving, std::move(*assistants), log, [&](const server::Started& started) { tell(context, started); },
      context.console.interrupted);
  if (!served) return Unexpected{served.error()};
  return ExitCode::kOk;
}

}  // namespace

void add_serve(Program& program) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* verb = program.add_verb(program.root(), "serve",
                                    "Answer over HTTP, as OpenAI's and Ollama's servers do, with a web page",
                                    [flags](Context& context) { return run_serve(context, *flags); });
  add_flags(*verb, *flags);
}

}  // namespace rap::cli
