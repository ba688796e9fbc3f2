#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

#include "sync.hpp"

/// A queue that holds at most `capacity` items: push waits for room, pop for an item.
template <class T, class Sync = StdSync>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  void push(T item) {
    std::unique_lock lock{mutex_};
    not_full_.wait(lock, [&] { return items_.size() < capacity_; });
    items_.push_back(std::move(item));
    not_empty_.notify_one();
  }
  T pop() {
    std::unique_lock lock{mutex_};
    not_empty_.wait(lock, [&] { return !items_.empty(); });
    T item = std::move(items_.front());
    items_.pop_front();
    not_full_.notify_one();
    return item;
  }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
  typename Sync::mutex mutex_;
  typename Sync::condition_variable not_full_;
  typename Sync::condition_variable not_empty_;
};
