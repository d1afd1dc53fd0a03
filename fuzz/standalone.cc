// SPDX-License-Identifier: Apache-2.0
// Drives a fuzz target without libFuzzer: its seeds, then random mutations of them.
//
//   fuzz_NAME [MUTATIONS [SEED]]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "fuzz/target.h"

namespace {

using Input = std::vector<std::uint8_t>;

void mutate(Input& input, std::mt19937& random) {
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random()) % bound; };
  const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  for (std::size_t count = 1 + below(8); count > 0; --count) {
    if (input.empty()) input.push_back(byte());
    // Headers are worth more than bodies.
    const std::size_t at = below(random() % 2 == 0 ? std::min<std::size_t>(input.size(), 64) : input.size());
    const auto position = input.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random() % 5) {
      case 0:
        *position = byte();
        break;
      case 1:
        *position ^= static_cast<std::uint8_t>(1U << (random() % 8));
        break;
      case 2:
        input.insert(position, 1 + below(8), byte());
        break;
      case 3:
        input.erase(position,
                    position + static_cast<std::ptrdiff_t>(1 + below(std::min<std::size_t>(input.size() - at, 16))));
        break;
      default:
        if (random() % 8 == 0) input.resize(at);
        break;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned long mutations = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000;
  const auto seed = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : std::random_device{}();
  std::printf("seed %u\n", seed);
  std::fflush(stdout);
  std::mt19937 random(seed);
  const std::vector<Input> seeds = rap::fuzz::seeds();
  for (const Input& input : seeds) LLVMFuzzerTestOneInput(input.data(), input.size());
  for (unsigned long i = 0; i < mutations; ++i) {
    Input input = seeds[random() % seeds.size()];
    mutate(input, random);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  return 0;
}
