// SPDX-License-Identifier: Apache-2.0
#include "generation/llama/encoded_picture.h"

#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace rap {
namespace {

constexpr std::array<char, 4> kMagic{'R', 'A', 'P', 'V'};
constexpr std::uint32_t kVersion = 1;

void write(Bytes& out, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  out.insert(out.end(), bytes, bytes + size);
}

void write(Bytes& out, std::size_t number) {
  const auto value = static_cast<std::uint32_t>(number);
  write(out, &value, sizeof(value));
}

/// Takes pieces from the front of bytes, never past their end.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  std::optional<std::span<const std::byte>> take(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(static_cast<std::size_t>(size));
    return taken;
  }
  std::optional<std::uint32_t> number() {
    const auto bytes = take(sizeof(std::uint32_t));
    if (!bytes) return std::nullopt;
    std::uint32_t value = 0;
    std::memcpy(&value, bytes->data(), sizeof(value));
    return value;
  }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

Unexpected corrupt(const char* what) {
  return fail(ErrorCode::kCorrupt, std::string("not an encoded picture of this model: ") + what);
}

Result<EncodedChunk> read_chunk(Reader& reader, int width) {
  const auto size = reader.number();
  const auto saved = size ? reader.take(*size) : std::nullopt;
  const auto count = saved ? reader.number() : std::nullopt;
  const auto values =
      count ? reader.take(std::uint64_t{*count} * static_cast<std::uint64_t>(width) * sizeof(float)) : std::nullopt;
  if (!values) return corrupt("it ends too early");
  EncodedChunk result;
  result.chunk.reset(mtmd_input_chunk_load(reinterpret_cast<const char*>(saved->data()), saved->size()));
  if (!result.chunk) return corrupt("a chunk cannot be read");
  const auto type = mtmd_input_chunk_get_type(result.chunk.get());
  if (type == MTMD_INPUT_CHUNK_TYPE_AUDIO) return corrupt("a chunk is sound");
  const std::size_t expected =
      type == MTMD_INPUT_CHUNK_TYPE_TEXT ? 0 : mtmd_input_chunk_get_n_tokens(result.chunk.get());
  if (*count != expected) return corrupt("a chunk has another number of embeddings than it says");
  result.embeddings.resize(values->size() / sizeof(float));
  if (!values->empty()) std::memcpy(result.embeddings.data(), values->data(), values->size());
  return result;
}

}  // namespace

Result<Bytes> write_encoded_picture(std::span<const EncodedChunk> chunks, int width) {
  Bytes out;
  write(out, kMagic.data(), kMagic.size());
  write(out, kVersion);
  write(out, static_cast<std::size_t>(width));
  write(out, chunks.size());
  for (const EncodedChunk& encoded : chunks) {
    std::size_t size = 0;
    if (mtmd_input_chunk_save(encoded.chunk.get(), nullptr, 0, &size) != 0) {
      return fail(ErrorCode::kInternal, "llama.cpp cannot save an encoded picture");
    }
    std::string saved(size, '\0');
    if (mtmd_input_chunk_save(encoded.chunk.get(), saved.data(), saved.size(), &size) != 0) {
      return fail(ErrorCode::kInternal, "llama.cpp cannot save an encoded picture");
    }
    write(out, saved.size());
    write(out, saved.data(), saved.size());
    write(out, encoded.embeddings.size() / static_cast<std::size_t>(width));
    write(out, encoded.embeddings.data(), encoded.embeddings.size() * sizeof(float));
  }
  return out;
}

Result<std::vector<EncodedChunk>> read_encoded_picture(std::span<const std::byte> bytes, int width) {
  Reader reader(bytes);
  const auto magic = reader.take(kMagic.size());
  if (!magic || std::memcmp(magic->data(), kMagic.data(), kMagic.size()) != 0)
    return corrupt("it does not start with RAPV");
  if (reader.number() != kVersion) return corrupt("its version is not 1");
  if (reader.number() != static_cast<std::uint32_t>(width)) return corrupt("its embeddings have another width");
  const auto count = reader.number();
  if (!count) return corrupt("it ends too early");
  std::vector<EncodedChunk> chunks;
  for (std::uint32_t i = 0; i < *count; ++i) {
    auto chunk = read_chunk(reader, width);
    if (!chunk) return Unexpected{chunk.error()};
    chunks.push_back(std::move(*chunk));
  }
  if (!reader.empty()) return corrupt("something follows its end");
  return chunks;
}

}  // namespace rap
