// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "app/encoder.h"
#include "assistant/local_assistant.h"
#include "memory/sqlite/sqlite_memory.h"
#include "tests/support/data.h"

namespace rap::testing {

/// The parts of an assistant over a memory file, with the encoder that serves and nothing else.
inline void open_parts(const std::filesystem::path& file, AssistantParts& parts) {
  auto memory = open_sqlite_memory(file);
  ASSERT_TRUE(memory) << memory.error().message;
  auto encoder = open_encoder(served_models());
  ASSERT_TRUE(encoder) << encoder.error().message;
  parts.memory = std::move(*memory);
  parts.encoder = std::move(*encoder);
}

}  // namespace rap::testing
