// SPDX-License-Identifier: Apache-2.0
#include "training/event_log.h"

#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

namespace rap::training {
namespace {

/// Appends the bytes of a number, little endian.
template <class Number>
void append_fixed(std::string& to, Number number) {
  std::array<char, sizeof(Number)> bytes{};
  std::memcpy(bytes.data(), &number, sizeof(Number));
  to.append(bytes.data(), bytes.size());
}

void append_varint(std::string& to, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) to += static_cast<char>((number & 0x7FU) | 0x80U);
  to += static_cast<char>(number);
}

/// A field's tag in a protocol buffer: its number and how it is stored.
enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
void append_tag(std::string& to, unsigned field, Wire wire) {
  append_varint(to, (field << 3U) | static_cast<unsigned>(wire));
}

void append_bytes(std::string& to, unsigned field, const std::string& bytes) {
  append_tag(to, field, Wire::kBytes);
  append_varint(to, bytes.size());
  to += bytes;
}

/// CRC-32C (Castagnoli), bit by bit: records are few and small.
std::uint32_t crc32c(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

/// TFRecord stores checksums rotated and shifted, so that a checksum of checksums is no trap.
std::uint32_t masked(std::uint32_t crc) { return std::rotr(crc, 15) + 0xA282EAD8U; }

std::string framed(const std::string& message) {
  std::string length;
  append_fixed(length, static_cast<std::uint64_t>(message.size()));
  std::string record = length;
  append_fixed(record, masked(crc32c(length)));
  record += message;
  append_fixed(record, masked(crc32c(message)));
  return record;
}

/// Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
std::string event_head(std::int64_t step, double seconds) {
  std::string event;
  append_tag(event, 1, Wire::kFixed64);
  append_fixed(event, seconds);
  append_tag(event, 2, Wire::kVarint);
  append_varint(event, static_cast<std::uint64_t>(step));
  return event;
}

}  // namespace

std::string event_record(std::int64_t step, double seconds, const std::map<std::string, double>& values) {
  // Summary { repeated Value value = 1; }  Value { string tag = 1; float simple_value = 2; }
  std::string summary;
  for (const auto& [tag, number] : values) {
    std::string value;
    append_bytes(value, 1, tag);
    append_tag(value, 2, Wire::kFixed32);
    append_fixed(value, static_cast<float>(number));
    append_bytes(summary, 1, value);
  }
  std::string event = event_head(step, seconds);
  append_bytes(event, 5, summary);
  return framed(event);
}

Result<EventLog> EventLog::open(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  EventLog log;
  const auto events = folder / "events.out.tfevents.rap";
  const bool is_new = !std::filesystem::exists(events);
  log.lines_.open(folder / "log.jsonl", std::ios::app);
  log.events_.open(events, std::ios::app | std::ios::binary);
  if (is_new) {
    std::string first = event_head(0, 0.0);
    append_bytes(first, 3, "brain.Event:2");
    log.events_ << framed(first) << std::flush;
  }
  if (!log.lines_ || !log.events_) return fail(ErrorCode::kIo, "cannot write to '" + folder.string() + "'");
  return log;
}

Result<void> EventLog::add(const std::string& stage, std::int64_t step, const std::map<std::string, double>& values,
                           double seconds) {
  nlohmann::json line = {{"stage", stage}, {"step", step}, {"time", seconds}};
  std::map<std::string, double> scalars;
  for (const auto& [name, value] : values) {
    line[name] = value;
    scalars[std::string(stage).append("/").append(name)] = value;
  }
  lines_ << line.dump() << '\n' << std::flush;
  events_ << event_record(step, seconds, scalars) << std::flush;
  if (!lines_ || !events_) return fail(ErrorCode::kIo, "cannot write the training log: is the disk full?");
  return {};
}

}  // namespace rap::training
