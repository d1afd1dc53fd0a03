// SPDX-License-Identifier: Apache-2.0
#include "training/formats/hugging_face.h"

#include "core/files.h"

namespace rap::training {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uintmax_t kMaxJsonBytes = 1U << 20U;
constexpr std::uintmax_t kMaxTensorBytes = std::uintmax_t{8} << 30U;

bool is_pickle(const fs::path& file) { return file.extension() == ".bin" || file.extension() == ".pt"; }

Unexpected pickled(const fs::path& file) {
  return fail(ErrorCode::kUnsupported, "'" + file.string() +
                                           "' is a Python pickle, which can run code and which rap does not open; "
                                           "save its tensors with safetensors.torch.save_file");
}

}  // namespace

Result<Json> read_json_object(const fs::path& file) {
  const auto bytes = read_file(file, kMaxJsonBytes);
  if (!bytes) return Unexpected{bytes.error()};
  const auto* text = reinterpret_cast<const char*>(bytes->data());
  Json json = Json::parse(text, text + bytes->size(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return fail(ErrorCode::kCorrupt, "'" + file.string() + "' is not a JSON object");
  return json;
}

Result<Tensors> read_tensor_file(const fs::path& file) {
  if (is_pickle(file)) return pickled(file);
  std::error_code error;
  const auto beside = fs::path(file).replace_extension(".bin");
  if (!fs::exists(file, error) && fs::exists(beside, error)) return pickled(beside);
  const auto bytes = read_file(file, kMaxTensorBytes);
  if (!bytes) return Unexpected{bytes.error()};
  auto tensors = read_safetensors(*bytes);
  if (!tensors) return fail(tensors.error().code, "'" + file.string() + "': " + tensors.error().message);
  return tensors;
}

double number_or(const Json& object, const char* key, double otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : otherwise;
}

bool is_set(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace rap::training
