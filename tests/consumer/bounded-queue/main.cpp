#include <cstdio>
#include <thread>

#include "bounded_queue.hpp"
#include "tickets.hpp"

/// The product: the same code on real threads.
int main() {
  BoundedQueue<int> jobs{1};
  Tickets tickets;
  std::thread producer{[&] {
    for (int i = 0; i < 100; ++i) jobs.push(tickets.take());
  }};
  int sum = 0;
  for (int i = 0; i < 100; ++i) sum += jobs.pop();
  producer.join();
  std::printf("%d\n", sum);
}
