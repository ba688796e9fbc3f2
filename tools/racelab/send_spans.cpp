// Lets `racelab show --otlp` send spans over HTTP.

#include <http/otlp.hpp>
#include <tools/racelab/command.hpp>

namespace racelab {
namespace {

const SpanSenderRegistration registration{http::post_spans};

}  // namespace
}  // namespace racelab
