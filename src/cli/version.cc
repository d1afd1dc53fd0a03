// SPDX-License-Identifier: Apache-2.0
// rap version
#include <ostream>

#include "cli/program.h"
#include "cli/verbs.h"
#include "json/json.h"

namespace rap::cli {

void add_version(Program& program) {
  program.add_verb(program.root(), "version", "Print the version", [](Context& context) -> Result<ExitCode> {
    if (context.settings.json)
      print_json(context.console.out, {{"name", "rap"}, {"version", context.services.version}});
    else
      context.console.out << "rap " << context.services.version << '\n';
    return ExitCode::kOk;
  });
}

}  // namespace rap::cli
