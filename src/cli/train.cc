// SPDX-License-Identifier: Apache-2.0
#include "cli/train.h"

#include <memory>

#include "cli/program.h"
#include "cli/verbs.h"

namespace rap::cli {

void add_train(Program& program) {
  const auto flags = std::make_shared<TrainFlags>();
  CLI::App* verb = program.add_verb(program.root(), "train", "Train a projector and an adapter (docs/training.md)",
                                    [flags](Context& context) { return context.services.train(context, *flags); });
  verb->add_option("recipe", flags->recipe, "Recipe, for example recipes/rap-smol-135m.toml")
      ->required()
      ->type_name("FILE");
  verb->add_option("--set", flags->set, "Data set that `rap dataset build` made")->required()->type_name("DIR");
  verb->add_option("--out,-o", flags->output,
                   "Folder for checkpoint, logs and weights; a run that was stopped goes on from it")
      ->required()
      ->type_name("DIR");
  verb->add_option("--limit", flags->limit, "Train on the first so many conversations only")->type_name("N");
}

}  // namespace rap::cli
