// SPDX-License-Identifier: Apache-2.0
#include "json/json.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ostream>

#include "core/iso_time.h"

namespace rap {
namespace {

double milliseconds(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000.0; }

/// Six decimals are more than a score means, and keep float noise out of the output.
double rounded(double value) { return std::round(value * 1e6) / 1e6; }

Json optional_score(const std::optional<float>& score) {
  return score ? Json(rounded(static_cast<double>(*score))) : Json(nullptr);
}

Json match_json(const Match& match, const Recognition& recognition) {
  return {{"id", match.concept_id},
          {"name", match.name},
          {"box", box_json(match.region, recognition.width, recognition.height)},
          {"probability", rounded(match.probability)},
          {"evidence",
           {{"looks_like", optional_score(match.evidence.looks_like)},
            {"face", optional_score(match.evidence.face)},
            {"is_named", match.evidence.is_named},
            {"text_fits", optional_score(match.evidence.text_fits)}}}};
}

Json doubt_json(const Doubt& doubt, const Recognition& recognition) {
  Json candidates = Json::array();
  for (const Match& match : doubt.candidates) candidates.push_back(match_json(match, recognition));
  return {{"name", doubt.name()},
          {"box", box_json(doubt.region, recognition.width, recognition.height)},
          {"probability", rounded(doubt.probability)},
          {"candidates", std::move(candidates)}};
}

}  // namespace

const char* to_word(Consent consent) {
  switch (consent) {
    case Consent::kNotAsked:
      return "not-asked";
    case Consent::kGiven:
      return "given";
    case Consent::kRefused:
      return "refused";
  }
  return "";
}

const char* to_word(Provenance provenance) {
  switch (provenance) {
    case Provenance::kConfirmed:
      return "confirmed";
    case Provenance::kLearnt:
      return "learnt";
  }
  return "";
}

const char* to_word(HistoryEntry::Kind kind) {
  switch (kind) {
    case HistoryEntry::Kind::kPut:
      return "remember";
    case HistoryEntry::Kind::kPatch:
      return "edit";
    case HistoryEntry::Kind::kForget:
      return "forget";
    case HistoryEntry::Kind::kUndo:
      return "undo";
  }
  return "";
}

const char* to_word(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kCancelled:
      return "cancelled";
  }
  return "";
}

Json box_json(const std::optional<Box>& box, int photo_width, int photo_height) {
  if (!box) return nullptr;
  // Edges are rounded, not sizes: neighbouring boxes stay neighbours.
  const auto edge = [](float fraction, int size) {
    return std::lround(static_cast<double>(fraction) * static_cast<double>(size));
  };
  const long left = edge(box->x, photo_width);
  const long top = edge(box->y, photo_height);
  return Json::array(
      {left, top, edge(box->x + box->width, photo_width) - left, edge(box->y + box->height, photo_height) - top});
}

Json concept_json(const Concept& found) {
  const auto shown = std::ranges::count_if(found.views, &View::shows);
  return {{"id", found.id},
          {"name", found.name},
          {"aliases", found.aliases},
          {"category", found.category},
          {"info", found.info},
          {"attributes", found.attributes},
          {"consent", to_word(found.consent)},
          {"view_count", shown},
          {"counter_example_count", static_cast<std::int64_t>(found.views.size()) - shown},
          {"created", to_iso_time(found.created)},
          {"updated", to_iso_time(found.updated)},
          {"revision", found.revision}};
}

Json history_json(const HistoryEntry& entry) {
  return {{"revision", entry.revision},
          {"kind", to_word(entry.kind)},
          {"at", to_iso_time(entry.at)},
          {"concept_id", entry.concept_id},
          {"before", entry.before ? concept_json(*entry.before) : Json(nullptr)},
          {"after", entry.after ? concept_json(*entry.after) : Json(nullptr)}};
}

Json recognition_json(const Recognition& recognition) {
  Json matches = Json::array();
  for (const Match& match : recognition.matches) matches.push_back(match_json(match, recognition));
  Json doubts = Json::array();
  for (const Doubt& doubt : recognition.doubts) doubts.push_back(doubt_json(doubt, recognition));
  Json near = Json::array();
  for (const Match& match : recognition.near) near.push_back(match_json(match, recognition));
  return {{"width", recognition.width},
          {"height", recognition.height},
          {"matches", matches},
          {"doubts", doubts},
          {"near", near}};
}

Json answer_json(const Answer& answer) {
  Json json = {{"text", answer.text}, {"concepts", cards_json(answer)}};
  json.update(recognition_json(answer.recognitions.front()));
  json["names"] = names_json(answer.name_report);
  json["finish"] = to_word(answer.finish);
  json["tokens"] = {{"prompt", answer.prompt_tokens}, {"answer", answer.answer_tokens}};
  json["timings_ms"] = timings_json(answer.timings);
  return json;
}

Json face_status_json(const FaceStatus& status) {
  return {{"available", status.available},
          {"on", status.on},
          {"people", status.people},
          {"with_template", status.with_template}};
}

Json cards_json(const Answer& answer) {
  Json cards = Json::array();
  for (std::size_t i = 0; i < answer.concept_ids.size(); ++i)
    cards.push_back({{"id", answer.concept_ids[i]}, {"name", answer.names[i]}});
  return cards;
}

Json names_json(const NameReport& report) {
  return {{"checked", report.checked},
          {"repaired", report.repaired},
          {"missing", report.missing},
          {"foreign", report.foreign}};
}

Json timings_json(const Timings& timings) {
  return {{"decode", milliseconds(timings.decode)},
          {"encode", milliseconds(timings.encode)},
          {"retrieve", milliseconds(timings.retrieve)},
          {"prompt", milliseconds(timings.prompt)},
          {"to_first_token", milliseconds(timings.to_first_token)},
          {"total", milliseconds(timings.total)}};
}

Json error_json(const Error& error, std::span<const std::string> did_you_mean) {
  Json json = {{"code", to_string(error.code)}, {"message", error.message}, {"field", error.field}};
  if (!did_you_mean.empty()) json["did_you_mean"] = std::vector<std::string>(did_you_mean.begin(), did_you_mean.end());
  return {{"error", json}};
}

void print_json(std::ostream& out, const Json& json) {
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << std::endl;
}

std::string to_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace rap
