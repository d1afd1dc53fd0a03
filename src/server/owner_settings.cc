// SPDX-License-Identifier: Apache-2.0
#include "server/owner_settings.h"

#include "json/json.h"
#include "server/object_reader.h"

namespace rap::server {
namespace {

constexpr char kKey[] = "server";  // one setting holds them all, so that a change is one write

}  // namespace

RecognizeOptions OwnerSettings::applied_to(RecognizeOptions otherwise) const {
  if (threshold) {
    otherwise.threshold = *threshold;
    otherwise.max_false_rate.reset();
  }
  if (max_false_rate) otherwise.max_false_rate = max_false_rate;
  return otherwise;
}

Result<OwnerSettings> read_settings(const Memory& memory, const Owner& owner) {
  const auto text = memory.setting(owner, kKey);
  if (!text) return Unexpected{text.error()};
  OwnerSettings settings;
  if (!*text) return settings;
  const auto json = parse_object(**text);
  if (!json) return fail(ErrorCode::kCorrupt, "the settings in the memory are damaged");
  ObjectReader reader(*json);
  settings.model = reader.text("model");
  settings.threshold = reader.number("threshold", 0.0, 1.0);
  settings.max_false_rate = reader.number("max_false_rate", 0.0, 1.0);
  return settings;
}

Result<void> write_settings(Memory& memory, const Owner& owner, const OwnerSettings& settings) {
  Json json = Json::object();
  if (settings.model) json["model"] = *settings.model;
  if (settings.threshold) json["threshold"] = *settings.threshold;
  if (settings.max_false_rate) json["max_false_rate"] = *settings.max_false_rate;
  return memory.set_setting(owner, kKey, to_line(json));
}

}  // namespace rap::server
