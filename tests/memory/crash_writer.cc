// SPDX-License-Identifier: Apache-2.0
// Writes concepts to a memory as fast as it can, until it has written COUNT or is killed. Prints
// one line "revision id" for each that the memory has acknowledged.
//
//   rap_crash_writer FILE PREFIX COUNT
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "image/photo.h"
#include "memory/sqlite/sqlite_memory.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  auto memory = rap::open_sqlite_memory(argv[1]);
  if (!memory) {
    std::fprintf(stderr, "%s\n", memory.error().message.c_str());
    return 1;
  }
  const int count = std::atoi(argv[3]);
  for (int i = 0; i < count; ++i) {
    rap::Image image{4, 4, std::vector<std::uint8_t>(48, static_cast<std::uint8_t>(i))};
    const auto photo = rap::encode_png(image);
    rap::ConceptDraft draft;
    draft.name = argv[2] + std::to_string(i);
    const rap::NewView view{*photo, std::nullopt, rap::Provenance::kConfirmed};
    const auto made = (*memory)->put({}, draft, {&view, 1});
    if (!made) {
      std::fprintf(stderr, "%s\n", made.error().message.c_str());
      return 1;
    }
    const std::string line = std::to_string(made->revision) + " " + made->id + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
  }
  return 0;
}
