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

}  // namespace rap::cli
