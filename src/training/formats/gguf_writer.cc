// SPDX-License-Identifier: Apache-2.0
#include "training/formats/gguf_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "core/ids.h"
#include "training/formats/ggml_values.h"

namespace rap::training {
namespace {

template <class T>
bool holds(std::int64_t value) {
  return value >= static_cast<std::int64_t>(std::numeric_limits<T>::min()) &&
         value <= static_cast<std::int64_t>(std::numeric_limits<T>::max());
}

/// Stores one value under a key; one function per type of value.
struct Setter {
  gguf_context* header;
  const char* key;

  void operator()(bool value) const { gguf_set_val_bool(header, key, value); }
  void operator()(std::int64_t value) const {
    if (holds<std::uint32_t>(value)) return gguf_set_val_u32(header, key, static_cast<std::uint32_t>(value));
    if (holds<std::int32_t>(value)) return gguf_set_val_i32(header, key, static_cast<std::int32_t>(value));
    if (value >= 0) return gguf_set_val_u64(header, key, static_cast<std::uint64_t>(value));
    gguf_set_val_i64(header, key, value);
  }
  void operator()(double value) const { gguf_set_val_f32(header, key, static_cast<float>(value)); }
  void operator()(const std::string& value) const { gguf_set_val_str(header, key, value.c_str()); }
  void operator()(const std::vector<std::int64_t>& values) const {
    if (!std::all_of(values.begin(), values.end(), holds<std::int32_t>)) {
      return gguf_set_arr_data(header, key, GGUF_TYPE_INT64, values.data(), values.size());
    }
    const std::vector<std::int32_t> narrow(values.begin(), values.end());
    gguf_set_arr_data(header, key, GGUF_TYPE_INT32, narrow.data(), narrow.size());
  }
  void operator()(const std::vector<double>& values) const {
    const std::vector<float> narrow(values.begin(), values.end());
    gguf_set_arr_data(header, key, GGUF_TYPE_FLOAT32, narrow.data(), narrow.size());
  }
  void operator()(const std::vector<std::string>& values) const {
    std::vector<const char*> texts;
    texts.reserve(values.size());
    for (const std::string& value : values) texts.push_back(value.c_str());
    gguf_set_arr_str(header, key, texts.data(), texts.size());
  }
};

Unexpected bad_tensor(const std::string& name, const std::string& what) {
  return fail(ErrorCode::kInvalidArgument, "tensor '" + name + "' " + what, "tensors");
}

Unexpected cannot_write(const std::filesystem::path& file) {
  return fail(ErrorCode::kIo, "cannot write '" + file.string() + "': " + std::strerror(errno));
}

}  // namespace

GgufWriter::GgufWriter() {
  prepare_ggml();
  header_.reset(gguf_init_empty());
}

void GgufWriter::copy_metadata(const gguf_context& source) {
  gguf_set_kv(header_.get(), &source);
  gguf_remove_key(header_.get(), GGUF_KEY_GENERAL_ALIGNMENT);  // ggml lays tensors out by its own
}

Result<void> GgufWriter::set(const std::string& key, const GgufValue& value) {
  if (key.empty()) return fail(ErrorCode::kInvalidArgument, "a key of GGUF metadata is empty", "metadata");
  if (key != GGUF_KEY_GENERAL_ALIGNMENT) std::visit(Setter{header_.get(), key.c_str()}, value);
  return {};
}

Result<void> GgufWriter::add(const std::string& name, ggml_type type, const std::vector<std::int64_t>& shape) {
  if (name.empty() || name.size() >= GGML_MAX_NAME) {
    return bad_tensor(name, "needs a name of 1 to " + std::to_string(GGML_MAX_NAME - 1) + " bytes");
  }
  if (gguf_find_tensor(header_.get(), name.c_str()) >= 0) return bad_tensor(name, "is there twice");
  const auto sides = ggml_sides(shape);
  if (!sides) return bad_tensor(name, "has a shape that GGUF cannot hold (one to four sides, none of them empty)");
  if (sides->front() % ggml_blck_size(type) != 0) {
    return bad_tensor(name, std::string("cannot be stored as ") + ggml_type_name(type) + ": its rows have " +
                                std::to_string(sides->front()) + " numbers, not a multiple of " +
                                std::to_string(ggml_blck_size(type)));
  }
  ggml_tensor tensor{};
  ggml_set_name(&tensor, name.c_str());
  std::fill_n(tensor.ne, GGML_MAX_DIMS, 1);
  std::copy(sides->begin(), sides->end(), tensor.ne);
  tensor.type = type;
  tensor.nb[0] = ggml_type_size(type);
  tensor.nb[1] = ggml_row_size(type, tensor.ne[0]);
  for (int i = 2; i < GGML_MAX_DIMS; ++i) tensor.nb[i] = tensor.nb[i - 1] * static_cast<std::size_t>(tensor.ne[i - 1]);
  gguf_add_tensor(header_.get(), &tensor);
  return {};
}

Result<void> GgufWriter::write(const std::filesystem::path& file, const Produce& produce) const {
  const std::filesystem::path temporary = file.string() + "." + random_id() + ".tmp";
  FilePtr out(std::fopen(temporary.c_str(), "wbxe"));
  if (!out) return cannot_write(file);
  auto written = write_all(*out, produce);
  if (written && (std::fflush(out.get()) != 0 || ::fsync(fileno(out.get())) != 0)) written = cannot_write(file);
  out.reset();
  if (written && std::rename(temporary.c_str(), file.c_str()) != 0) written = cannot_write(file);
  if (!written) ::unlink(temporary.c_str());
  return written;
}

Result<void> GgufWriter::write_all(std::FILE& file, const Produce& produce) const {
  const auto full = [] {
    return fail(ErrorCode::kIo, std::string("cannot write a GGUF file: ") + std::strerror(errno));
  };
  if (!gguf_write_to_file_ptr(header_.get(), &file, /*only_meta=*/true)) return full();
  const std::size_t alignment = gguf_get_alignment(header_.get());
  for (std::int64_t i = 0; i < gguf_get_n_tensors(header_.get()); ++i) {
    auto bytes = produce(static_cast<std::size_t>(i));
    if (!bytes) return Unexpected{bytes.error()};
    if (bytes->size() != gguf_get_tensor_size(header_.get(), i)) {
      return bad_tensor(gguf_get_tensor_name(header_.get(), i),
                        "has " + std::to_string(bytes->size()) + " bytes, its shape and type " +
                            std::to_string(gguf_get_tensor_size(header_.get(), i)));
    }
    bytes->resize(GGML_PAD(bytes->size(), alignment));
    if (std::fwrite(bytes->data(), 1, bytes->size(), &file) != bytes->size()) return full();
  }
  return {};
}

}  // namespace rap::training
