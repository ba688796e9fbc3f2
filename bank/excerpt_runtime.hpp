#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <bank/excerpt.hpp>
#include <bank/transfer.hpp>
#include <sim/runtime/fiber_runtime.hpp>

namespace bank {

/// Thrown to a transfer that goes no further: the excerpt does not follow it, or it is given up.
struct Unfollowed {};

/// The fibers' runtime for excerpts: what a transfer has done before the excerpt begins it is told
/// again, without a step, and where the excerpt leaves it it ends, keeping what it holds.
struct ExcerptRuntime {
  using Base = sim::FiberRuntime;

  class Context : public Base::Context {
   public:
    explicit Context(const Excerpt& excerpt) : excerpt_(excerpt) {}

    /// The step where it is the next of the past; else null.
    const PastStep* take_past(std::string_view word, std::string_view object) {
      if (next_ == excerpt_.past.size()) return nullptr;
      const PastStep& step = excerpt_.past[next_];
      if (step.operation != word || step.object != object) return nullptr;
      ++next_;
      return &step;
    }
    /// Whether the past, from here on, has this step.
    [[nodiscard]] bool comes_in_past(std::string_view word, std::string_view object) const {
      for (std::size_t i = next_; i < excerpt_.past.size(); ++i) {
        const PastStep& step = excerpt_.past[i];
        if (step.operation == word && step.object == object) return true;
      }
      return false;
    }
    /// Counts a step. False where it is not to be made.
    bool may_step() {
      if (excerpt_.steps_max && made_ == *excerpt_.steps_max) return false;
      ++made_;
      return true;
    }
    /// The same for a step that can be given up: all but unlocks.
    void begin_step() {
      if (excerpt_.gives_up == made_ || !may_step()) throw Unfollowed{};
    }

   private:
    const Excerpt& excerpt_;
    std::size_t next_ = 0;
    std::uint32_t made_ = 0;
  };

  template <class T>
  class Cell {
   public:
    Cell(T value, std::string name) : name_(std::move(name)), cell_(value, name_) {}

    T read(Context& context, const char* word) const {
      if (const PastStep* const past = context.take_past(word, name_)) return value_of(*past);
      context.begin_step();
      return cell_.read(context, word);
    }
    void write(Context& context, const char* word, T value) {
      if (context.take_past(word, name_) != nullptr) return;
      context.begin_step();
      cell_.write(context, word, value);
    }
    template <class Change>
    T update(Context& context, const char* word, const Change& change) {
      if (const PastStep* const past = context.take_past(word, name_)) return value_of(*past);
      context.begin_step();
      return cell_.update(context, word, change);
    }
    bool compare_exchange(Context& context, const char* word, T& expected, T desired) {
      if (const PastStep* const past = context.take_past(word, name_)) {
        if (past->failed) expected = value_of(*past);
        return !past->failed;
      }
      context.begin_step();
      return cell_.compare_exchange(context, word, expected, desired);
    }
    [[nodiscard]] T peek() const { return cell_.peek(); }
    [[nodiscard]] sim::ObjectId id() const { return cell_.id(); }

   private:
    /// Balances begin with version 0: those before have wrapped around it, and differ all the same.
    T value_of(const PastStep& past) const {
      if constexpr (std::same_as<T, Balance>) {
        return {past.value.value_or(Money{}), 0 - past.changes_since};
      } else {
        return peek();
      }
    }

    std::string name_;
    Base::Cell<T> cell_;
  };

  class Mutex {
   public:
    explicit Mutex(std::string name) : name_(std::move(name)), mutex_(name_) {}

    void lock(Context& context, const char* word) {
      if (context.take_past(word, name_) != nullptr) {
        if (!context.comes_in_past(words::kUnlock, name_)) mutex_.adopt();
        return;
      }
      context.begin_step();
      mutex_.lock(context, word);
    }
    /// Called by destructors: throws nothing.
    void unlock(Context& context, const char* word) {
      if (context.take_past(word, name_) != nullptr) return;
      if (context.may_step()) mutex_.unlock(context, word);
    }

   private:
    std::string name_;
    Base::Mutex mutex_;
  };

  using Ghost = Base::Ghost;
};

static_assert(sim::Runtime<ExcerptRuntime>);

}  // namespace bank
