// SPDX-License-Identifier: Apache-2.0
#include "training/formats/model_card.h"

#include <initializer_list>
#include <string_view>

namespace rap::training {
namespace {

/// Text on one line.
std::string line(std::string_view text) {
  std::string result;
  for (const char letter : text) result += letter == '\n' || letter == '\r' ? ' ' : letter;
  return result;
}

/// Text that cannot end its cell.
std::string cell(std::string_view text) {
  std::string result;
  for (const char letter : line(text)) {
    if (letter == '|') result += '\\';
    result += letter;
  }
  return result;
}

std::string row(std::initializer_list<std::string_view> cells) {
  std::string result = "|";
  for (const std::string_view text : cells) result += text.empty() ? " |" : " " + cell(text) + " |";
  return result + '\n';
}

std::string table(std::initializer_list<std::string_view> head) {
  std::string result = row(head) + '|';
  for (std::size_t i = 0; i < head.size(); ++i) result += "---|";
  return result + '\n';
}

/// 1234567 -> "1,234,567"
std::string grouped(std::uintmax_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string section(std::string_view title, const std::string& body) {
  return body.empty() ? std::string() : "\n## " + std::string(title) + "\n\n" + body;
}

std::string paragraph(const std::string& text) { return text.empty() ? text : line(text) + '\n'; }

std::string sources(const std::vector<CardSource>& list) {
  if (list.empty()) return {};
  std::string body = table({"name", "licence", ""});
  for (const CardSource& source : list) body += row({source.name, source.licence, source.remark});
  return body;
}

std::string files(const std::vector<CardFile>& list) {
  if (list.empty()) return {};
  std::string body = table({"file", "bytes", "sha256"});
  for (const CardFile& file : list) body += row({"`" + file.name + "`", grouped(file.bytes), "`" + file.sha256 + "`"});
  return body;
}

std::string recipe(const std::vector<std::pair<std::string, std::string>>& settings) {
  if (settings.empty()) return {};
  std::string body = table({"setting", "value"});
  for (const auto& [setting, value] : settings) body += row({setting, value});
  return body;
}

std::string figures(const std::vector<CardFigure>& list) {
  if (list.empty()) return {};
  std::string body = table({"figure", "value", "control"});
  for (const CardFigure& figure : list) body += row({figure.what, figure.value, figure.control});
  return body;
}

std::string commands(const std::vector<std::string>& list) {
  if (list.empty()) return {};
  std::string body = "```sh\n";
  for (const std::string& command : list) body += line(command) + '\n';
  return body + "```\n";
}

}  // namespace

std::string markdown(const ModelCard& card) {
  std::string text = "# " + line(card.name) + "\n";
  if (!card.summary.empty()) text += "\n" + paragraph(card.summary);
  text += section("Files", files(card.files));
  text += section("Base", sources(card.bases));
  text += section("Data", sources(card.data));
  text += section("Terms", paragraph(card.terms));
  text += section("Training", recipe(card.recipe));
  text += section("Figures", figures(card.figures));
  text += section("Limits", paragraph(card.limits));
  text += section("How it was made", commands(card.commands));
  return text;
}

}  // namespace rap::training
