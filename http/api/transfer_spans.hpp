#pragma once
// Traces of live transfers, for the OTLP exporter. http/docs/lab.md lists the attributes.

#include <vector>

#include <http/lab/lab.hpp>
#include <sim/report/spans.hpp>

namespace http {

/// Returns the trace of a transfer: the span `transfer` and a child for each of its steps.
/// Thread-safe.
std::vector<sim::Span> spans_of(const FinishedTransfer& finished);

}  // namespace http
