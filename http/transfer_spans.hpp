#pragma once

#include <vector>

#include <http/lab.hpp>
#include <http/span.hpp>

namespace http {

/// The trace of a transfer: the span `transfer`, and a child for each of its steps. Thread-safe.
std::vector<Span> spans_of(const FinishedTransfer& finished);

}  // namespace http
