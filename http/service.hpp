#pragma once
// Front door of the live lab: the service, its options, and its log. Example:
//
//    http::Log log{http::Log::Level::all};
//    auto started = http::Service::start({}, log);

// IWYU pragma: begin_exports
#include <http/service/service.hpp>
#include <http/service/service_options.hpp>
#include <http/telemetry/log.hpp>
// IWYU pragma: end_exports
