// SPDX-License-Identifier: Apache-2.0
// rap faces on | off | status
#include <fmt/format.h>

#include <ostream>

#include "cli/program.h"
#include "cli/verbs.h"
#include "json/json.h"

namespace rap::cli {
namespace {

Result<ExitCode> report(Context& context, const Result<FaceStatus>& status) {
  if (!status) return Unexpected{status.error()};
  if (context.settings.json) {
    print_json(context.console.out, {{"faces", face_status_json(*status)}});
  } else if (status->on && !status->available) {
    context.console.out
        << "faces are on, but their weights are missing: run scripts/bootstrap.sh, or `rap faces off`\n";
  } else if (status->on) {
    context.console.out << fmt::format("faces are on: {} of {} people have a known face\n", status->with_template,
                                       status->people);
  } else {
    context.console.out << fmt::format("faces are off: people ({}) are known by their look only\n", status->people);
  }
  return ExitCode::kOk;
}

Result<ExitCode> run_status(Context& context) {
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  return report(context, (*assistant)->face_status(context.owner));
}

Result<ExitCode> run_use(Context& context, bool on) {
  const auto assistant = open_without_generator(context);
  if (!assistant) return Unexpected{assistant.error()};
  return report(context, (*assistant)->use_faces(context.owner, on));
}

}  // namespace

void add_faces(Program& program) {
  CLI::App* group = program.add_group("faces", "Know people by their faces: off until you switch it on");
  program.add_verb(*group, "on", "Use faces, and learn those of the people in memory",
                   [](Context& context) { return run_use(context, true); });
  program.add_verb(*group, "off", "Use no faces, and erase what was learnt of them",
                   [](Context& context) { return run_use(context, false); });
  program.add_verb(*group, "status", "Whether faces are used, and how many people have a known one", run_status);
}

}  // namespace rap::cli
