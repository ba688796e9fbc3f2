#pragma once

// The style sheet of the picture that svg.cpp draws, for a light and for a dark background.

#include <string_view>

namespace racelab {

inline constexpr std::string_view kSvgStyle = R"(
  .paper { fill: #fcfcfb; stroke: #e0e0dc }
  text { fill: #1f2328; font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
    white-space: pre }
  .said { font: 14px system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif }
  .title { font-size: 17px; font-weight: 600 }
  .task { font-weight: 600 }
  .small { font-size: 12px }
  .muted { fill: #5b636d }
  .cell { paint-order: stroke; stroke: #fcfcfb; stroke-width: 4px; stroke-linejoin: round }
  .failing { fill: #b3261e }
  .because { fill: #a84b00; font-weight: 600 }
  .line { stroke: #e0e0dc }
  .preemption { stroke: #9aa1a9; stroke-dasharray: 3 3 }
  .dot { fill: #fcfcfb; stroke: #1f5fa8; stroke-width: 2 }
  .writes { fill: #1f5fa8 }
  .mark { fill: #9aa1a9; stroke: none }
  .waits { stroke: #b3261e; stroke-dasharray: 2 2 }
  .fails { fill: #b3261e; stroke: #b3261e }
  .order { fill: none; stroke: #9aa1a9; opacity: 0.6 }
  .tip { fill: #9aa1a9; opacity: 0.7 }
  .order.necessary { stroke: #a84b00; stroke-width: 2; opacity: 1 }
  .tip.necessary { fill: #a84b00; opacity: 1 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #16191d; stroke: #31373e }
    text { fill: #e3e6ea }
    .muted { fill: #a0a8b2 }
    .cell { stroke: #16191d }
    .failing { fill: #ff8f85 }
    .because { fill: #f0a45a }
    .line { stroke: #31373e }
    .preemption, .order { stroke: #69727d }
    .dot { fill: #16191d; stroke: #82b4f0 }
    .writes { fill: #82b4f0 }
    .mark, .tip { fill: #69727d }
    .mark { stroke: none }
    .waits { stroke: #ff8f85 }
    .fails { fill: #ff8f85; stroke: #ff8f85 }
    .order.necessary { stroke: #f0a45a }
    .tip.necessary { fill: #f0a45a }
  }
)";

}  // namespace racelab
