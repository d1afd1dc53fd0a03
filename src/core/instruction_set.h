// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace rap {

/// What loops are compiled for more than once.
enum class InstructionSet {
  kPortable,  ///< what every CPU of this architecture has
  kAvx2,      ///< with FMA
  kAvx512,    ///< AVX-512 F
};

/// The best of this CPU.
[[nodiscard]] inline InstructionSet best_instruction_set() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return InstructionSet::kAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return InstructionSet::kAvx2;
#endif
  return InstructionSet::kPortable;
}

}  // namespace rap
