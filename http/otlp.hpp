#pragma once
// Front door for sending spans to an OpenTelemetry collector.

// IWYU pragma: begin_exports
#include <http/telemetry/otlp.hpp>
// IWYU pragma: end_exports
