// SPDX-License-Identifier: Apache-2.0
// One function a verb; each is defined in the file of that verb's name.
#pragma once

namespace rap::cli {

class Program;

void add_remember(Program& program);
void add_concepts(Program& program);
void add_faces(Program& program);
void add_recognize(Program& program);
void add_feedback(Program& program);
void add_caption(Program& program);
void add_ask(Program& program);
void add_chat(Program& program);
void add_serve(Program& program);
void add_dataset(Program& program);
void add_eval(Program& program);
void add_keys(Program& program);
void add_models(Program& program);
void add_train(Program& program);
void add_version(Program& program);
void add_completion(Program& program);

}  // namespace rap::cli
