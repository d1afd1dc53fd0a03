// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "fuzz/target.h"
#include "generation/openai/sse.h"

std::vector<std::vector<std::uint8_t>> rap::fuzz::seeds() {
  const std::string_view text = "data: {\"a\":1}\r\n\r\n: x\rdata: two\ndata:lines\n\ndata: [DONE]\n\n";
  return {{text.begin(), text.end()}};
}

/// The events must not depend on how the stream is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  const auto events = [&](std::size_t step) {
    rap::SseParser parser(4096);
    std::string all;
    const auto collect = [&](std::string_view event) {
      all.append(event).push_back('\0');
      return true;
    };
    for (std::size_t at = 0; at < stream.size(); at += step) parser.push(stream.substr(at, step), collect);
    parser.finish(collect);
    return all;
  };
  rap::fuzz::require(events(1) == events(stream.size() + 1));
  return 0;
}
