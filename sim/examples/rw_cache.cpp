#include <sim/examples/rw_cache.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <sim/engine/check.hpp>
#include <sim/engine/invariant.hpp>
#include <sim/sync/shared_mutex.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

constexpr int kVersionOnDisk = 1;
constexpr int kNewVersion = 2;

/// A write-back cache of one page: a new version gets to the disk much later.
///
/// The bug: get() looks for the page under the shared lock and, if the page is missing, loads it
/// under the exclusive lock. It must release the first lock to take the second. If a put() comes
/// between the two, get() overwrites the new version with the old one from the disk.
///
/// The fix: get() looks again under the exclusive lock.
class PageCache {
 public:
  explicit PageCache(bool looks_again) : looks_again_(looks_again) {}

  int get() {
    {
      const std::shared_lock reading{mutex_};
      if (page_) return *page_;
      mark("misses", [] { return std::string{"the page"}; });
    }
    const std::unique_lock writing{mutex_};
    if (looks_again_ && page_) return *page_;
    page_ = kVersionOnDisk;
    mark("reads", [] { return fmt::format("version {} from disk", kVersionOnDisk); });
    return *page_;
  }

  void put(int version) {
    const std::unique_lock writing{mutex_};
    page_ = version;
    mark("puts", [&] { return fmt::format("version {}", version); });
  }

  [[nodiscard]] std::optional<int> peek() const { return page_; }
  [[nodiscard]] ObjectId id() const { return mutex_.id(); }

 private:
  bool looks_again_;
  shared_mutex mutex_{"page.mutex"};
  std::optional<int> page_;
};

void read_and_write(std::size_t readers, bool looks_again) {
  PageCache cache{looks_again};
  bool put = false;
  const Invariant invariant{"what was put stays",
                            {cache.id()},
                            [&] { return !put || cache.peek() == kNewVersion; },
                            [&] {
                              return fmt::format("version {} took the place of version {}",
                                                 cache.peek().value(), kNewVersion);
                            }};

  std::vector<thread> tasks;
  for (std::size_t i = 0; i < readers; ++i) {
    tasks.emplace_back([&] {
      describe_task([] { return std::string{"get"}; });
      cache.get();
    });
  }
  tasks.emplace_back([&] {
    describe_task([] { return fmt::format("put version {}", kNewVersion); });
    cache.put(kNewVersion);
    put = true;
  });
  for (thread& task : tasks) task.join();
}

Scenario scenario(const char* name, const char* summary, bool looks_again) {
  return {name,
          summary,
          !looks_again,
          {{"readers", 2, 1, 16, "tasks that get the page"}},
          [looks_again](const Arguments& arguments) {
            const auto readers = static_cast<std::size_t>(arguments.at("readers"));
            return Program{{}, {}, [=] { read_and_write(readers, looks_again); }};
          }};
}

}  // namespace

void add_rw_cache(Registry& registry) {
  registry.add(scenario("example/rw-cache",
                        "a cache on a shared_mutex that overwrites what was put between two locks",
                        false));
  registry.add(scenario("example/rw-cache-fixed",
                        "a cache on a shared_mutex that looks again under the second lock", true));
}

}  // namespace sim
