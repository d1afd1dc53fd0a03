// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include "core/base64.h"
#include "core/files.h"
#include "core/html.h"
#include "dataset/photo.h"
#include "dataset/stats.h"
#include "image/photo.h"

namespace rap::dataset {
namespace {

constexpr int kThumbnail = 112;
constexpr std::size_t kRows = 25;  ///< most bars of a plot
constexpr std::size_t kBarPixels = 320;
constexpr std::size_t kRowPixels = 18;
constexpr std::size_t kStride = 97;  ///< samples are taken this far apart, so that they differ

constexpr char kHead[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Training data</title><style>"
    "body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h2{margin-top:2rem}figure{display:inline-block;vertical-align:top;margin:.5rem 1rem .5rem 0}"
    "figcaption{font-weight:600}svg{font-size:12px}.sample{border-top:1px solid #ddd;padding:.6rem 0}"
    ".sample img{height:84px;border-radius:4px;margin-right:.4rem;vertical-align:top}"
    ".card{color:#555;font-size:13px}.answer{font-weight:600}</style></head><body>";

using Bars = std::vector<std::pair<std::string, std::size_t>>;

std::string plot(const std::string& title, const Bars& bars) {
  if (bars.empty()) return {};
  const std::size_t rows = std::min(bars.size(), kRows);
  std::size_t most = 1;
  for (std::size_t i = 0; i < rows; ++i) most = std::max(most, bars[i].second);
  std::string svg = "<figure><figcaption>" + escape_html(title) + "</figcaption><svg width=\"" +
                    std::to_string(kBarPixels + 220) + "\" height=\"" + std::to_string(rows * kRowPixels) + "\">";
  for (std::size_t i = 0; i < rows; ++i) {
    const auto& [label, count] = bars[i];
    const std::string y = std::to_string(i * kRowPixels);
    const std::string text = std::to_string(i * kRowPixels + 13);
    const std::size_t width = std::max<std::size_t>(1, kBarPixels * count / most);
    for (const std::string& part :
         {std::string("<text x=\"135\" y=\""), text, std::string("\" text-anchor=\"end\">"), escape_html(label),
          std::string("</text><rect x=\"140\" y=\""), y, std::string("\" width=\""), std::to_string(width),
          std::string("\" height=\"14\" fill=\"#4a7\"/><text x=\""), std::to_string(145 + width),
          std::string("\" y=\""), text, std::string("\">"), std::to_string(count), std::string("</text>")}) {
      svg += part;
    }
  }
  return svg + "</svg></figure>";
}

/// The largest first.
Bars by_count(const Counts& counts) {
  Bars bars(counts.begin(), counts.end());
  std::stable_sort(bars.begin(), bars.end(),
                   [](const auto& left, const auto& right) { return left.second > right.second; });
  return bars;
}

Bars by_length(const Lengths& lengths) {
  Bars bars;
  for (const auto& [length, count] : lengths) bars.emplace_back(std::to_string(length), count);
  return bars;
}

/// A small copy of a picture inside the page; empty if it cannot be read.
std::string thumbnail(const std::filesystem::path& file) {
  const auto bytes = read_file(file, Limits::kPhotoBytes);
  if (!bytes) return {};
  const auto image = decode_photo(*bytes, kThumbnail);
  if (!image) return {};
  const auto jpeg = encode_jpeg(*image, 70);
  if (!jpeg) return {};
  return "<img alt=\"\" src=\"data:image/jpeg;base64," + base64(*jpeg) + "\">";
}

std::string sample(const Conversation& conversation, const std::filesystem::path& folder) {
  std::string html = "<div class=\"sample\">";
  if (!conversation.image.empty()) html += thumbnail(folder / conversation.image);
  for (const CardRecord& card : conversation.cards) {
    html += "<div class=\"card\">" + (card.image.empty() ? std::string() : thumbnail(folder / card.image)) + "<b>" +
            escape_html(card.name) + "</b>" + (card.in_photo ? " (in the photo) " : " ") + escape_html(card.info);
    for (const auto& [key, value] : card.attributes) html += ' ' + escape_html(key) + ": " + escape_html(value) + '.';
    html += "</div>";
  }
  for (const QuestionAnswer& turn : conversation.turns)
    html +=
        "<p>" + escape_html(turn.question) + "<br><span class=\"answer\">" + escape_html(turn.answer) + "</span></p>";
  return html + "</div>";
}

Result<std::string> samples(const std::filesystem::path& folder, std::size_t per_type) {
  std::map<TaskType, std::pair<std::size_t, std::string>> found;  ///< how many were seen, and the samples
  auto read = read_conversations(folder, [&](const Conversation& conversation) {
    auto& [seen, html] = found[conversation.type];
    if (seen % kStride == 0 && seen / kStride < per_type) html += sample(conversation, folder);
    ++seen;
    return true;
  });
  if (!read) return Unexpected{std::move(read).error()};
  std::string html;
  for (const auto& [type, entry] : found) html += "<h2>" + std::string(task_word(type)) + "</h2>" + entry.second;
  return html;
}

}  // namespace

Result<std::string> to_page(const Statistics& s, const std::filesystem::path& folder, std::size_t samples_per_type) {
  std::string page = kHead;
  page += "<h1>" + escape_html(s.name.empty() ? "Training data" : s.name) + "</h1><p>" +
          std::to_string(s.conversations) + " conversations in " + std::to_string(s.contexts) + " contexts, " +
          std::to_string(s.names) + " names.</p>";
  page += plot("Conversations by type", by_count(s.by_type)) + plot("by split", by_count(s.by_split)) +
          plot("by source", by_count(s.by_source)) + plot("Photos", by_count(s.photos_by_source)) +
          plot("Contexts by cards", by_count(s.mixture)) + plot("Cards of a context", by_count(s.cards)) +
          plot("Recognition", by_count(s.recognition)) + plot("Seen, right cards", by_count(s.seen_right)) +
          plot("Seen, wrong cards", by_count(s.seen_wrong)) + plot("Words of questions", by_length(s.question_words)) +
          plot("Words of answers", by_length(s.answer_words)) + plot("Categories of cards", by_count(s.categories)) +
          plot("Most frequent names", by_count(s.common_names));
  if (samples_per_type > 0) {
    const auto html = samples(folder, samples_per_type);
    if (!html) return Unexpected{html.error()};
    page += *html;
  }
  return page + "</body></html>\n";
}

}  // namespace rap::dataset
