// SPDX-License-Identifier: Apache-2.0
#include "evaluation/reliability_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "core/html.h"

namespace rap::evaluation {
namespace {

constexpr double kSide = 320.0;  ///< of the square that is drawn in, in pixels
constexpr double kLeft = 46.0;   ///< room for the labels of the axes
constexpr double kTop = 10.0;
constexpr double kBottom = 40.0;
constexpr double kLargestDot = 9.0;  ///< radius of the bin with the most photos
constexpr double kLeastDot = 2.0;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>rap eval: reliability</title>
<style>
:root { color-scheme: light dark; --line: #8884; --right: #2a7d4f; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } figure { display: inline-block; vertical-align: top; margin: .5rem 1.5rem 1rem 0; }
figcaption { font-weight: 600; max-width: 24rem; } svg { font-size: 12px; fill: currentColor; }
.grid { stroke: var(--line); fill: none; } .honest { stroke: currentColor; stroke-dasharray: 4 4; opacity: .6; }
.dots { fill: var(--right); fill-opacity: .8; } .gap { stroke: var(--right); opacity: .5; }
</style>
</head>
<body>
<h1>Reliability</h1>
<p>Of the matches given a probability, the share that was right. Honest probabilities lie on the dashed line; below it
they are too bold, above it too modest. The larger a dot, the more photos.</p>
)";

std::string number(double value, int decimals = 1) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

double across(double probability) { return kLeft + kSide * probability; }
double down(double share) { return kTop + kSide * (1.0 - share); }

std::string line(const char* style, double x1, double y1, double x2, double y2) {
  return std::string("<line class=\"") + style + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" +
         number(x2) + "\" y2=\"" + number(y2) + "\"/>\n";
}

std::string text(double x, double y, const char* anchor, const std::string& content) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" + content +
         "</text>\n";
}

std::string axes() {
  std::string svg;
  for (int i = 0; i <= 5; ++i) {
    const double at = 0.2 * i;
    svg += line("grid", across(at), down(0.0), across(at), down(1.0)) +
           line("grid", across(0.0), down(at), across(1.0), down(at)) +
           text(across(at), down(0.0) + 16.0, "middle", number(at)) +
           text(kLeft - 6.0, down(at) + 4.0, "end", number(at));
  }
  return svg + text(across(0.5), down(0.0) + 34.0, "middle", "probability") + "<text transform=\"translate(12," +
         number(down(0.5)) + ") rotate(-90)\" text-anchor=\"middle\">right</text>\n" +
         line("honest", across(0.0), down(0.0), across(1.0), down(1.0));
}

std::string dots(const Reliability& reliability) {
  std::size_t most = 1;
  for (const auto& bin : reliability.bins) most = std::max(most, bin.count);
  std::string svg;
  for (const auto& bin : reliability.bins) {
    if (bin.count == 0) continue;
    const double x = across(bin.probability);
    const double area = static_cast<double>(bin.count) / static_cast<double>(most);
    const double radius = std::max(kLeastDot, kLargestDot * std::sqrt(area));
    svg += line("gap", x, down(bin.probability), x, down(bin.right)) + "<circle class=\"dots\" cx=\"" + number(x) +
           "\" cy=\"" + number(down(bin.right)) + "\" r=\"" + number(radius) + "\"><title>" +
           std::to_string(bin.count) + " photos: probability " + number(bin.probability, 3) + ", right " +
           number(bin.right, 3) + "</title></circle>\n";
  }
  return svg;
}

}  // namespace

std::string reliability_page(std::span<const ReliabilityPlot> plots) {
  std::string html(kHead);
  for (const ReliabilityPlot& plot : plots) {
    html += "<figure>\n<figcaption>" + escape_html(plot.title) + "<br>expected calibration error " +
            number(plot.reliability.error, 3) + "</figcaption>\n<svg role=\"img\" width=\"" +
            number(kLeft + kSide + kLargestDot) + "\" height=\"" + number(kTop + kSide + kBottom) + "\">\n" + axes() +
            dots(plot.reliability) + "</svg>\n</figure>\n";
  }
  return html + "</body>\n</html>\n";
}

}  // namespace rap::evaluation
