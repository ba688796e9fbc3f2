#pragma once

// Makes a source file that is written for the standard library run under the control of the engine.
// Include it after all other headers, and the rest of the file has `std::mutex` for sim::mutex,
// `std::thread` for sim::thread, `std::chrono::steady_clock` for sim::steady_clock, and so on;
// other names, such as `std::vector`, stay what they are:
//
//   #include <mutex>
//   #include <thread>
//   #ifdef UNDER_TEST
//   #include <sim/std.hpp>
//   #endif
//
// A name of the standard that synchronizes or reads a clock, and that sim does not have, does not
// compile; sim/sync/standard_names.hpp has the list. What `thread_local` declares is not replaced:
// see sim/sync/thread_specific.hpp.
//
// `std` is a macro from here on: in the rest of the file it means the namespace sim_std. Headers
// that are included later would be read with the macro; those of the standard library and of sim
// have been included here. `#undef std` ends it. Code that must not have a macro can name the
// namespace instead: `namespace std_ = sim_std;`, after including sim/sync/standard_names.hpp.

// IWYU pragma: begin_exports
#include <algorithm>
#include <any>
#include <array>
#include <atomic>
#include <barrier>
#include <bit>
#include <bitset>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cmath>
#include <compare>
#include <complex>
#include <concepts>
#include <condition_variable>
#include <coroutine>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <filesystem>
#include <forward_list>
#include <fstream>
#include <functional>
#include <future>
#include <initializer_list>
#include <iomanip>
#include <ios>
#include <iostream>
#include <istream>
#include <iterator>
#include <latch>
#include <limits>
#include <list>
#include <locale>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <numbers>
#include <numeric>
#include <optional>
#include <ostream>
#include <queue>
#include <random>
#include <ranges>
#include <ratio>
#include <regex>
#include <scoped_allocator>
#include <semaphore>
#include <set>
#include <shared_mutex>
#include <span>
#include <sstream>
#include <stack>
#include <stdexcept>
#include <stop_token>
#include <streambuf>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

#include <sim/check.hpp>
#include <sim/explorer.hpp>
#include <sim/invariant.hpp>
#include <sim/registration.hpp>
#include <sim/scenario.hpp>
#include <sim/sync.hpp>
#include <sim/sync/standard_names.hpp>
#include <sim/sync/swap_std.hpp>
// IWYU pragma: end_exports
