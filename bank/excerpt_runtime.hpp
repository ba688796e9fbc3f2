#pragma once

// A runtime for excerpts of a longer run, on top of the simulator's fibers. A transfer runs from
// its beginning; steps that it made before the excerpt return their recorded results and are not
// steps of the execution. A transfer ends at the step at which the excerpt stops following it, and
// then keeps the locks that it holds.

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <bank/excerpt.hpp>
#include <bank/transfer.hpp>
#include <sim/runtime/fiber_runtime.hpp>

namespace bank {

/// Ends a transfer that the excerpt follows no further, or that gives up.
struct Unfollowed {};

/// Models sim::Runtime for transfers of an excerpt.
struct ExcerptRuntime {
  using Base = sim::FiberRuntime;

  class Context : public Base::Context {
   public:
    explicit Context(const Excerpt& excerpt) : excerpt_(excerpt) {}

    /// The next step of the past if it is this operation; otherwise null.
    const PastStep* take_past(std::string_view word, std::string_view object) {
      if (next_ == excerpt_.past.size()) return nullptr;
      const PastStep& step = excerpt_.past[next_];
      if (step.operation != word || step.object != object) return nullptr;
      ++next_;
      return &step;
    }
    /// Whether the rest of the past contains this operation.
    [[nodiscard]] bool comes_in_past(std::string_view word, std::string_view object) const {
      for (std::size_t i = next_; i < excerpt_.past.size(); ++i) {
        const PastStep& step = excerpt_.past[i];
        if (step.operation == word && step.object == object) return true;
      }
      return false;
    }
    /// Counts a step. False if the excerpt does not follow the transfer any further.
    bool may_step() {
      if (excerpt_.steps_max && made_ == *excerpt_.steps_max) return false;
      ++made_;
      return true;
    }
    /// Counts a step that a transfer can stop before: any but an unlock.
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
    /// The recorded value. The balance has version 0 when the excerpt begins; earlier versions wrap
    /// around below 0 and so differ from all later ones.
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
    /// Does not throw, because destructors call it.
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
