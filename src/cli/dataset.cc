// SPDX-License-Identifier: Apache-2.0
#include "cli/dataset.h"

#include "cli/program.h"
#include "cli/verbs.h"

namespace rap::cli {

void add_dataset(Program& program) {
  CLI::App* group = program.add_group("dataset", "Make training data from photos (docs/dataset.md)");
  add_dataset_collect(program, *group);
  add_dataset_crop(program, *group);
  add_dataset_describe(program, *group);
  add_dataset_make(program, *group);
  add_dataset_transfer(program, *group);
}

}  // namespace rap::cli
