#include <bank/live_excerpt.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <bank/workload_header.hpp>

namespace bank {
namespace {

/// A step of the run, with the steps that happen immediately before it.
struct Node {
  std::size_t transfer;
  std::size_t index;  ///< index of the step in its transfer
  const LiveStep* step;
  std::vector<std::size_t> before;  ///< indices of nodes
};

/// Whether `next` can be the next step on an object after `step`: no change is missing between
/// them.
bool follows(const LiveStep& step, const LiveStep& next) {
  return next.place.version == step.place.version + (next.place.changed ? 1 : 0);
}

/// The steps of a run, partially ordered: the steps of a transfer in program order, the steps on an
/// object by their versions.
class StepOrder {
 public:
  explicit StepOrder(const LiveRun& run) : objects_(2 * run.accounts.size()) {
    for (std::size_t i = 0; i < run.transfers.size(); ++i) add(i, run.transfers[i]);
    for (std::vector<std::size_t>& object : objects_) order(object);
  }

  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

  /// A linear order of all nodes, or of `last` and the nodes before it. If several nodes can come
  /// next, the one whose transfer began first does.
  [[nodiscard]] std::vector<std::size_t> linear(const std::optional<LivePlace>& last) const {
    std::vector<bool> wanted(nodes_.size(), !last.has_value());
    if (last) mark_before(node_at(*last), wanted);
    std::vector<std::vector<std::size_t>> after(nodes_.size());
    std::vector<std::size_t> missing(nodes_.size());
    using Next = std::pair<std::size_t, std::size_t>;  // transfer, node
    std::priority_queue<Next, std::vector<Next>, std::greater<>> ready;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (!wanted[n]) continue;
      missing[n] = nodes_[n].before.size();
      for (const std::size_t before : nodes_[n].before) after[before].push_back(n);
      if (missing[n] == 0) ready.emplace(nodes_[n].transfer, n);
    }
    std::vector<std::size_t> all;
    while (!ready.empty()) {
      const std::size_t n = ready.top().second;
      ready.pop();
      all.push_back(n);
      for (const std::size_t next : after[n]) {
        if (--missing[next] == 0) ready.emplace(nodes_[next].transfer, next);
      }
    }
    return all;
  }

 private:
  void add(std::size_t transfer, const LiveTransfer& live) {
    for (std::size_t i = 0; i < live.steps.size(); ++i) {
      const LiveStep& step = live.steps[i];
      Node node{transfer, i, &step, {}};
      if (i > 0) node.before.push_back(nodes_.size() - 1);
      objects_[2 * step.account + (step.on_lock ? 1 : 0)].push_back(nodes_.size());
      nodes_.push_back(std::move(node));
    }
  }

  /// Orders the steps on an object: a change comes after the previous change and after all steps
  /// that saw that change; a step that sees a change comes after it.
  void order(std::vector<std::size_t>& object) {
    const auto key = [this](std::size_t n) {
      const sim::StepPlace& place = nodes_[n].step->place;
      return std::pair{place.version, !place.changed};
    };
    std::stable_sort(object.begin(), object.end(),
                     [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    std::vector<std::size_t> change;  // the last change
    std::vector<std::size_t> seen;    // the steps that saw it
    for (const std::size_t n : object) {
      std::vector<std::size_t>& before = nodes_[n].before;
      before.insert(before.end(), change.begin(), change.end());
      if (!nodes_[n].step->place.changed) {
        seen.push_back(n);
        continue;
      }
      before.insert(before.end(), seen.begin(), seen.end());
      seen.clear();
      change = {n};
    }
  }

  [[nodiscard]] std::size_t node_at(const LivePlace& place) const {
    const auto it = std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) {
      return node.transfer == place.transfer && node.index == place.step;
    });
    return static_cast<std::size_t>(it - nodes_.begin());
  }

  void mark_before(std::size_t last, std::vector<bool>& wanted) const {
    std::vector<std::size_t> open{last};
    while (!open.empty()) {
      const std::size_t n = open.back();
      open.pop_back();
      if (n >= nodes_.size() || wanted[n]) continue;
      wanted[n] = true;
      open.insert(open.end(), nodes_[n].before.begin(), nodes_[n].before.end());
    }
  }

  std::vector<Node> nodes_;
  std::vector<std::vector<std::size_t>> objects_;  ///< the nodes of each object
};

/// Chooses where an excerpt begins and builds it.
class Cutter {
 public:
  Cutter(const LiveRun& run, const ExcerptOptions& options)
      : run_(run), options_(options), order_(run), all_(order_.linear(options.last)) {}

  std::optional<LiveExcerpt> cut() {
    begin_ = begin_after_gaps();
    if (begin_ >= all_.size()) return std::nullopt;
    if (options_.last) begin_ = std::max(begin_, begin_of_overlap());
    begin_ = begin_with_few_transfers(begin_) + options_.skip;
    if (options_.last) begin_ = std::min(begin_where_covered(), all_.size() - 1);
    if (begin_ >= all_.size()) return std::nullopt;
    number_tasks();
    LiveExcerpt excerpt;
    excerpt.has_gaps = has_gaps_;
    describe(excerpt);
    for (std::size_t i = begin_; i < all_.size(); ++i) {
      excerpt.schedule.entries.push_back({scheduled(node(i)), 0});
    }
    excerpt.schedule.program = header_of(excerpt.workload);
    return excerpt;
  }

 private:
  [[nodiscard]] const Node& node(std::size_t i) const { return order_.nodes()[all_[i]]; }
  [[nodiscard]] const LiveStep& step(std::size_t i) const { return *node(i).step; }
  [[nodiscard]] static std::size_t object_of(const LiveStep& step) {
    return 2 * step.account + (step.on_lock ? 1 : 0);
  }

  /// The index after the last gap: a gap is between two steps on an object if a change is missing.
  std::size_t begin_after_gaps() {
    std::size_t begin = 0;
    std::vector<std::optional<std::size_t>> last(2 * run_.accounts.size());
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const LiveStep& now = step(i);
      std::optional<std::size_t>& before = last[object_of(now)];
      const auto& forgotten = now.on_lock ? run_.forgotten_locks : run_.forgotten_balances;
      if (now.place.version < forgotten[now.account]) begin = std::max(begin, i + 1);
      if (before && !follows(step(*before), now)) {
        has_gaps_ |= step(*before).place.version >= forgotten[now.account];
        begin = std::max(begin, *before + 1);
      }
      before = i;
    }
    return begin;
  }

  /// The first step of the transfers that overlap the transfer of the last step.
  [[nodiscard]] std::size_t begin_of_overlap() const {
    const std::size_t last = node(all_.size() - 1).transfer;
    std::size_t own = 0;
    while (node(own).transfer != last) ++own;
    std::set<std::size_t> overlapping;
    for (std::size_t i = own; i < all_.size(); ++i) overlapping.insert(node(i).transfer);
    std::size_t begin = 0;
    while (!overlapping.contains(node(begin).transfer)) ++begin;
    return begin;
  }

  /// The first index from begin_ on at which the account of the last step is not negative and stays
  /// so until that step.
  [[nodiscard]] std::size_t begin_where_covered() const {
    const LiveStep& last = step(all_.size() - 1);
    std::size_t begin = begin_;
    bool negative = false;
    for (std::size_t i = 0; i + 1 < all_.size(); ++i) {
      if (step(i).account != last.account || step(i).on_lock) continue;
      const bool was_negative = std::exchange(negative, step(i).value < Money{});
      if (was_negative && !negative) begin = std::max(begin, i + 1);
    }
    return begin;
  }

  [[nodiscard]] std::size_t begin_with_few_transfers(std::size_t begin) const {
    std::set<std::size_t> transfers;
    for (std::size_t i = all_.size(); i-- > begin;) {
      transfers.insert(node(i).transfer);
      if (transfers.size() > options_.transfers_max) return i + 1;
    }
    return begin;
  }

  void number_tasks() {
    for (std::size_t i = begin_; i < all_.size(); ++i) {
      const std::size_t transfer = node(i).transfer;
      if (tasks_.try_emplace(transfer, in_order_.size()).second) in_order_.push_back(transfer);
    }
  }

  void describe(LiveExcerpt& excerpt) const {
    Workload& workload = excerpt.workload;
    workload.algorithm = run_.transfers[in_order_.front()].algorithm;
    workload.accounts = run_.accounts;
    std::vector<std::uint64_t> versions(run_.accounts.size());
    for (std::size_t account = 0; account < run_.accounts.size(); ++account) {
      const Balance start = balance_at_begin(account);
      workload.accounts[account].balance = start.amount;
      versions[account] = start.version;
    }
    bool plain = true;
    for (const std::size_t transfer : in_order_) {
      const LiveTransfer& live = run_.transfers[transfer];
      workload.transfers.push_back(live.transfer);
      excerpt.transfers.push_back(live.id);
      TransferDetail detail{{}, excerpt_of_transfer(transfer, versions)};
      if (live.algorithm != workload.algorithm) detail.algorithm = live.algorithm;
      plain = plain && !detail.algorithm && detail.excerpt == Excerpt{};
      workload.details.push_back(std::move(detail));
    }
    if (plain) workload.details.clear();
  }

  [[nodiscard]] Excerpt excerpt_of_transfer(std::size_t transfer,
                                            const std::vector<std::uint64_t>& versions) const {
    const LiveTransfer& live = run_.transfers[transfer];
    std::size_t made = 0;
    std::uint32_t unlocks = 0;
    std::optional<std::size_t> first;
    for (std::size_t i = begin_; i < all_.size(); ++i) {
      if (node(i).transfer != transfer) continue;
      if (!first) first = node(i).index;
      ++made;
      if (step(i).word == std::string_view{words::kUnlock}) ++unlocks;
    }
    Excerpt excerpt;
    for (std::size_t i = 0; i < *first; ++i) {
      excerpt.past.push_back(past_step(live.steps[i], versions));
    }
    const bool whole = live.ended && *first + made == live.steps.size();
    if (!whole && !options_.last) excerpt.steps_max = static_cast<std::uint32_t>(made);
    // Giving up means unlocking; before the first unlock the transfer may only be waiting.
    if (live.gave_up && unlocks > 0) excerpt.gives_up = static_cast<std::uint32_t>(made) - unlocks;
    return excerpt;
  }

  [[nodiscard]] PastStep past_step(const LiveStep& step,
                                   const std::vector<std::uint64_t>& versions) const {
    const std::string& id = run_.accounts[step.account].id;
    if (step.on_lock) return {step.word, lock_name(id)};
    // An object that no later step touches has version 0.
    const std::uint64_t now = std::max(versions[step.account], step.place.version);
    return {step.word, balance_name(id), step.value, has_failed(step), now - step.place.version};
  }

  /// The balance of an account where the excerpt begins, and its version there.
  [[nodiscard]] Balance balance_at_begin(std::size_t account) const {
    const auto is_on = [&](std::size_t i) {
      return step(i).account == account && !step(i).on_lock;
    };
    std::optional<Balance> before;
    for (std::size_t i = 0; i < begin_; ++i) {
      if (is_on(i)) before = Balance{step(i).value, step(i).place.version};
    }
    for (std::size_t i = begin_; i < all_.size(); ++i) {
      if (!is_on(i)) continue;
      const LiveStep& first = step(i);
      if (!first.place.changed) return {first.value, first.place.version};
      const std::uint64_t version = first.place.version - 1;
      if (before && before->version == version) return *before;
      return {value_before(first, node(i).transfer), version};
    }
    // The excerpt has no step on this account.
    const std::uint64_t version = before ? before->version : 0;
    if (!options_.last) return {run_.accounts[account].balance, version};
    return before ? *before : Balance{balance_before_all(account), version};
  }

  /// The balance of an account that no step before the end of the excerpt touches.
  [[nodiscard]] Money balance_before_all(std::size_t account) const {
    const Node* first = nullptr;
    for (const Node& node : order_.nodes()) {
      const LiveStep& step = *node.step;
      if (step.account != account || step.on_lock) continue;
      if (first == nullptr || step.place.version < first->step->place.version) first = &node;
    }
    if (first == nullptr) return run_.accounts[account].balance;
    return first->step->place.changed ? value_before(*first->step, first->transfer)
                                      : first->step->value;
  }

  /// The balance before a step changed it. A store counts as a deduction of the amount, because it
  /// is unknown which updates it lost.
  [[nodiscard]] Money value_before(const LiveStep& step, std::size_t transfer) const {
    const Money amount = run_.transfers[transfer].transfer.amount;
    return step.word == std::string_view{words::kCredit} ? step.value - amount
                                                         : step.value + amount;
  }

  static bool has_failed(const LiveStep& step) {
    return !step.place.changed && step.word == std::string_view{words::kCommit};
  }

  [[nodiscard]] sim::ScheduledStep scheduled(const Node& node) const {
    const LiveStep& step = *node.step;
    const std::string& id = run_.accounts[step.account].id;
    sim::ScheduledStep scheduled{fmt::format("{}", tasks_.at(node.transfer) + 1), step.word,
                                 step.on_lock ? lock_name(id) : balance_name(id), has_failed(step),
                                 std::nullopt};
    if (!step.on_lock) scheduled.value = to_string(step.value);
    return scheduled;
  }

  const LiveRun& run_;
  const ExcerptOptions& options_;
  StepOrder order_;
  std::vector<std::size_t> all_;  ///< nodes in linear order
  std::size_t begin_ = 0;         ///< index in all_ of the first step of the excerpt
  bool has_gaps_ = false;
  std::map<std::size_t, std::size_t> tasks_;  ///< the task of each transfer, from 0
  std::vector<std::size_t> in_order_;         ///< the transfer of each task
};

}  // namespace

std::optional<LiveExcerpt> excerpt_of(const LiveRun& run, const ExcerptOptions& options) {
  return Cutter{run, options}.cut();
}

}  // namespace bank
