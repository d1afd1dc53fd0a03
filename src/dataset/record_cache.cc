// SPDX-License-Identifier: Apache-2.0
#include "dataset/record_cache.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace rap::dataset {

Result<RecordCache> RecordCache::open(const std::filesystem::path& file) {
  RecordCache cache;
  cache.file_ = file;
  bool ended = true;  // whether the last line is whole
  {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line); ended = !in.eof()) {
      const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!json.is_object() || !json.contains("key") || !json.contains("value")) continue;
      if (!json["key"].is_string() || !json["value"].is_string()) continue;
      cache.values_[json["key"].get<std::string>()] = json["value"].get<std::string>();
    }
  }
  cache.out_.open(file, std::ios::app);
  if (!ended) cache.out_ << '\n';
  if (!cache.out_) return fail(ErrorCode::kIo, "cannot write '" + file.string() + "'");
  return cache;
}

const std::string* RecordCache::find(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

Result<void> RecordCache::put(const std::string& key, std::string value) {
  const nlohmann::json line = {{"key", key}, {"value", value}};
  out_ << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  if (!out_) return fail(ErrorCode::kIo, "writing '" + file_.string() + "' failed");
  values_[key] = std::move(value);
  return {};
}

}  // namespace rap::dataset
