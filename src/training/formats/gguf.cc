// SPDX-License-Identifier: Apache-2.0
#include "training/formats/gguf.h"

#include <optional>
#include <utility>

#include "training/formats/ggml_values.h"
#include "training/formats/gguf_source.h"
#include "training/formats/gguf_writer.h"

namespace rap::training {
namespace {

/// All numbers of an array whose elements are T.
template <class T, class Wide>
std::vector<Wide> widened(const void* data, std::size_t count) {
  const auto* values = static_cast<const T*>(data);
  std::vector<Wide> wide;
  wide.reserve(count);
  for (std::size_t i = 0; i < count; ++i) wide.push_back(static_cast<Wide>(values[i]));
  return wide;
}

std::vector<std::string> texts_of(const gguf_context& header, std::int64_t id) {
  std::vector<std::string> texts(gguf_get_arr_n(&header, id));
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = gguf_get_arr_str(&header, id, i);
  return texts;
}

GgufValue array_of(const gguf_context& header, std::int64_t id) {
  const gguf_type type = gguf_get_arr_type(&header, id);
  if (type == GGUF_TYPE_STRING) return texts_of(header, id);
  const std::size_t count = gguf_get_arr_n(&header, id);
  const void* data = gguf_get_arr_data(&header, id);
  switch (type) {
    case GGUF_TYPE_UINT8:
      return widened<std::uint8_t, std::int64_t>(data, count);
    case GGUF_TYPE_INT8:
    case GGUF_TYPE_BOOL:
      return widened<std::int8_t, std::int64_t>(data, count);
    case GGUF_TYPE_UINT16:
      return widened<std::uint16_t, std::int64_t>(data, count);
    case GGUF_TYPE_INT16:
      return widened<std::int16_t, std::int64_t>(data, count);
    case GGUF_TYPE_UINT32:
      return widened<std::uint32_t, std::int64_t>(data, count);
    case GGUF_TYPE_INT32:
      return widened<std::int32_t, std::int64_t>(data, count);
    case GGUF_TYPE_UINT64:
      return widened<std::uint64_t, std::int64_t>(data, count);
    case GGUF_TYPE_INT64:
      return widened<std::int64_t, std::int64_t>(data, count);
    case GGUF_TYPE_FLOAT64:
      return widened<double, double>(data, count);
    default:
      return widened<float, double>(data, count);
  }
}

GgufValue value_of(const gguf_context& header, std::int64_t id) {
  switch (gguf_get_kv_type(&header, id)) {
    case GGUF_TYPE_UINT8:
      return static_cast<std::int64_t>(gguf_get_val_u8(&header, id));
    case GGUF_TYPE_INT8:
      return static_cast<std::int64_t>(gguf_get_val_i8(&header, id));
    case GGUF_TYPE_UINT16:
      return static_cast<std::int64_t>(gguf_get_val_u16(&header, id));
    case GGUF_TYPE_INT16:
      return static_cast<std::int64_t>(gguf_get_val_i16(&header, id));
    case GGUF_TYPE_UINT32:
      return static_cast<std::int64_t>(gguf_get_val_u32(&header, id));
    case GGUF_TYPE_INT32:
      return static_cast<std::int64_t>(gguf_get_val_i32(&header, id));
    case GGUF_TYPE_UINT64:
      return static_cast<std::int64_t>(gguf_get_val_u64(&header, id));
    case GGUF_TYPE_INT64:
      return gguf_get_val_i64(&header, id);
    case GGUF_TYPE_FLOAT32:
      return static_cast<double>(gguf_get_val_f32(&header, id));
    case GGUF_TYPE_FLOAT64:
      return gguf_get_val_f64(&header, id);
    case GGUF_TYPE_BOOL:
      return gguf_get_val_bool(&header, id);
    case GGUF_TYPE_STRING:
      return std::string(gguf_get_val_str(&header, id));
    default:
      return array_of(header, id);
  }
}

Unexpected bad_key(const std::string& key, const char* wanted) {
  return fail(ErrorCode::kCorrupt, "the GGUF file has no metadata '" + key + "' that is " + wanted);
}

}  // namespace

struct GgufFile::State {
  explicit State(GgufSource opened) : source(std::move(opened)) {}

  GgufSource source;
  std::map<std::string, GgufValue> metadata;
  std::vector<TensorInfo> tensors;
  std::map<std::string, std::size_t> index;  ///< of tensors, by name
};

Result<GgufFile> GgufFile::open(const std::filesystem::path& file) {
  auto source = GgufSource::open(file);
  if (!source) return Unexpected{source.error()};
  auto state = std::make_shared<State>(std::move(*source));
  const gguf_context& header = state->source.header();
  for (std::int64_t id = 0; id < gguf_get_n_kv(&header); ++id) {
    state->metadata.emplace(gguf_get_key(&header, id), value_of(header, id));
  }
  for (const StoredTensor& tensor : state->source.tensors()) {
    state->index.emplace(tensor.name, state->tensors.size());
    state->tensors.push_back({tensor.name, tensor.shape, storage_type(tensor.type)});
  }
  GgufFile opened;
  opened.state_ = std::move(state);
  return opened;
}

const std::map<std::string, GgufValue>& GgufFile::metadata() const noexcept { return state_->metadata; }

const std::vector<TensorInfo>& GgufFile::tensors() const noexcept { return state_->tensors; }

Result<std::int64_t> GgufFile::integer(const std::string& key) const {
  const auto found = metadata().find(key);
  const auto* value = found == metadata().end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  if (value == nullptr) return bad_key(key, "a whole number");
  return *value;
}

Result<double> GgufFile::number(const std::string& key) const {
  const auto found = metadata().find(key);
  if (found != metadata().end()) {
    if (const auto* value = std::get_if<double>(&found->second)) return *value;
    if (const auto* value = std::get_if<std::int64_t>(&found->second)) return static_cast<double>(*value);
  }
  return bad_key(key, "a number");
}

Result<std::string> GgufFile::text(const std::string& key) const {
  const auto found = metadata().find(key);
  const auto* value = found == metadata().end() ? nullptr : std::get_if<std::string>(&found->second);
  if (value == nullptr) return bad_key(key, "text");
  return *value;
}

Result<std::vector<float>> GgufFile::values(const std::string& name) const {
  const auto found = state_->index.find(name);
  if (found == state_->index.end()) {
    return fail(ErrorCode::kNotFound, "the GGUF file has no tensor '" + name + "'");
  }
  const StoredTensor& tensor = state_->source.tensors()[found->second];
  const auto stored = state_->source.read(tensor);
  if (!stored) return Unexpected{stored.error()};
  return decode_values(tensor.type, *stored);
}

Result<void> write_gguf(const std::filesystem::path& file, const GgufContent& content) {
  GgufWriter writer;
  for (const auto& [key, value] : content.metadata) {
    if (auto set = writer.set(key, value); !set) return set;
  }
  for (const OutputTensor& tensor : content.tensors) {
    const auto type = ggml_type_of(tensor.type);
    if (!type) return fail(ErrorCode::kInvalidArgument, "tensor '" + tensor.name + "' has no storage type", "tensors");
    if (auto added = writer.add(tensor.name, *type, tensor.shape); !added) return added;
  }
  return writer.write(file, [&](std::size_t i) -> Result<Bytes> {
    const OutputTensor& tensor = content.tensors[i];
    auto stored =
        encode_values(*ggml_type_of(tensor.type), tensor.values, tensor.shape.empty() ? 1 : tensor.shape.back());
    if (!stored) return fail(stored.error().code, "tensor '" + tensor.name + "': " + stored.error().message, "tensors");
    return stored;
  });
}

}  // namespace rap::training
