// SPDX-License-Identifier: Apache-2.0
#include "cli/eval_embed.h"

#include "cli/progress.h"

namespace rap::cli {

Result<evaluation::PhotoSet> embed(Context& context, const Encoder& encoder, const evaluation::PhotoFolder& folder,
                                   evaluation::Keep keep) {
  Progress progress(context.console, folder.name, folder.photos.size(), context.talkative());
  return evaluation::embed_photos(folder, encoder, keep, [&] {
    progress.advance();
    return !context.console.interrupted;
  });
}

void add_draw_flags(CLI::App& verb, std::size_t& draws, std::size_t& views, std::uint64_t& seed) {
  verb.add_option("--draws", draws, "Random memories that are asked")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb.add_option("--views", views, "Photos remembered of each subject")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb.add_option("--seed", seed, "First seed; draw i uses seed + i")->capture_default_str();
}

}  // namespace rap::cli
