#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

#include "sync.hpp"

/// A queue that holds at most `capacity` items: push waits for room, pop for an item.
template <class T, class Sync = StdSync>
class FirstQueue {
 public:
  explicit FirstQueue(std::size_t capacity) : capacity_(capacity) {}

  void push(T item) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return items_.size() < capacity_; });
    items_.push_back(std::move(item));
    changed_.notify_one();
  }
  T pop() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return !items_.empty(); });
    T item = std::move(items_.front());
    items_.pop_front();
    changed_.notify_one();
    return item;
  }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
  typename Sync::mutex mutex_;
  typename Sync::condition_variable changed_;
};
