#include <http/service/service_options.hpp>

#include <map>
#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace http {
namespace {

using Variables = std::map<std::string, std::string>;

std::variant<ServiceOptions, std::string> options_with(const Variables& variables) {
  return options_from([&](const char* name) -> const char* {
    const auto it = variables.find(name);
    return it == variables.end() ? nullptr : it->second.c_str();
  });
}

TEST(ServiceOptions, HaveTheContractsDefaults) {
  const auto options = std::get<ServiceOptions>(options_with({{"DEBUG_DELAY_MS", ""}}));
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_EQ(options.port, 8000);
  EXPECT_EQ(options.service, "bank-api");
  EXPECT_EQ(options.lab.settings, (Settings{false, 100, false, 2, {}}));
  EXPECT_EQ(options.lab.barrier_timeout, std::chrono::seconds{30});
  EXPECT_FALSE(options.otlp);
}

TEST(ServiceOptions, ComeFromTheEnvironment) {
  const auto options =
      std::get<ServiceOptions>(options_with({{"LAB_HOST", "0.0.0.0"},
                                             {"LAB_PORT", "9000"},
                                             {"OTEL_SERVICE_NAME", "other"},
                                             {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://jaeger:4318"},
                                             {"LAB_ADMIN_TOKEN", "s3cret"},
                                             {"DEBUG_DELAY_ENABLED", "True"},
                                             {"DEBUG_DELAY_MS", "200"},
                                             {"BARRIER_ENABLED", "1"},
                                             {"BARRIER_COUNT", "3"},
                                             {"USE_TRANSACTIONS", "true"},
                                             {"LAB_BARRIER_TIMEOUT_MS", "50"}}));
  EXPECT_EQ(options.host, "0.0.0.0");
  EXPECT_EQ(options.port, 9000);
  EXPECT_EQ(options.service, "other");
  EXPECT_EQ(options.admin_token, "s3cret");
  EXPECT_EQ(options.otlp->base, "http://jaeger:4318");
  EXPECT_EQ(options.lab.settings, (Settings{true, 200, true, 3, bank::Algorithm::ordered_locks}));
  EXPECT_EQ(options.lab.barrier_timeout, std::chrono::milliseconds{50});
}

TEST(ServiceOptions, SayWhichVariableIsWrong) {
  for (const auto& [name, value] : Variables{{"LAB_PORT", "70000"},
                                             {"DEBUG_DELAY_ENABLED", "perhaps"},
                                             {"DEBUG_DELAY_MS", "-1"},
                                             {"BARRIER_COUNT", "0"},
                                             {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://j:4317"}}) {
    const auto options = options_with({{name, value}});
    ASSERT_TRUE(std::holds_alternative<std::string>(options)) << name;
    EXPECT_THAT(std::get<std::string>(options), testing::HasSubstr(name));
  }
}

}  // namespace
}  // namespace http
