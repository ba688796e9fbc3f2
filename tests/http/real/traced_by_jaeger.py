#!/usr/bin/env python3
"""A real Jaeger accepts the lab's spans over OTLP/HTTP, and shows which steps overlapped."""

import json
import urllib.parse

import jaeger
import lab

# The steps that the contract names. A step is a span event or a child span.
STEPS = ("read", "check", "deduct", "credit")


def attributes(span):
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def steps_of(trace, span):
    """Returns the steps of a transfer as (name, begin, end), in microseconds, ordered by their begins."""
    steps = []
    for log in span.get("logs") or []:
        fields = {field["key"]: field["value"] for field in log["fields"]}
        name = fields.get("event") or fields.get("name") or fields.get("message") or ""
        steps.append((name, log["timestamp"], log["timestamp"]))
    for child in trace["spans"]:
        if any(r["spanID"] == span["spanID"] for r in child["references"] or []):
            steps.append((child["operationName"], child["startTime"], child["startTime"] + child["duration"]))
    return sorted(steps, key=lambda step: step[1])


def time_of(steps, name):
    return next(begin for step, begin, _ in steps if name in step)


def main():
    with lab.scratch_directory() as scratch, jaeger.running(scratch) as (query_url, otlp_url):
        with lab.serve(scratch, "--otlp", otlp_url) as bank:
            compare(bank, query_url)


def compare(bank, query_url):
    def search(tags=None):
        wanted = {"service": "bank-api", "operation": "transfer", "limit": 1000}
        if tags:
            wanted["tags"] = json.dumps(tags)
        status, text = lab.call("GET", f"{query_url}/traces?{urllib.parse.urlencode(wanted)}")
        return json.loads(text)["data"] if status == 200 else []

    def transfers(tags=None):
        """Returns each transfer's trace, span and attributes, by its id."""
        found = {}
        for trace in search(tags):
            for span in trace["spans"]:
                if span["operationName"] == "transfer":
                    found[attributes(span)["transfer.id"]] = (trace, span, attributes(span))
        return found

    races_before = 3
    bank.post("/admin/barrier?enabled=true&count=2")
    bank.post("/admin/delay?enabled=true&ms=20")
    buggy = []
    for _ in range(races_before):
        bank.post("/reset")
        buggy.append(bank.transfers_at_once(2))
    bank.post("/admin/transactions?enabled=true")
    fixed = []
    for _ in range(3):
        bank.post("/reset")
        fixed.append(bank.transfers_at_once(2))
    bank.post("/admin/barrier?enabled=false")

    total = 2 * (len(buggy) + len(fixed))
    lab.wait_for(f"{total} transfers reach Jaeger", lambda: len(transfers()) == total)
    status, text = lab.call("GET", f"{query_url}/services")
    lab.expect(status == 200 and "bank-api" in json.loads(text)["data"], "the service is bank-api")
    every = transfers()
    lab.expect(len(every) == total, f"all {total} transfers have a span named transfer")

    raced = transfers({"race_condition.detected": "true"})
    records = {r["id"]: r for pair in buggy + fixed for r in pair}
    negative = {i for i, r in records.items() if r["status"] == "success" and r["from_balance_after"] < 0}
    lab.expect(len(raced) == races_before, f"race_condition.detected=true finds {races_before} transfers")
    lab.expect(set(raced) == negative, "exactly those whose record says that alice went negative")
    for _, span, a in raced.values():
        lab.expect(float(a["race_condition.negative_balance"]) == -600, "race_condition.negative_balance is -600")
    for number, (trace, span, a) in every.items():
        record = records[number]
        for key in ("from_account", "to_account", "amount", "from_balance_before", "from_balance_after",
                    "to_balance_after", "thread_id"):
            expected, seen = record[key], a[f"transfer.{key}"]
            same = float(seen) == float(expected) if isinstance(expected, float) else seen == expected
            if not same:
                lab.expect(False, f"transfer.{key} of {number}: {seen}, in its record {expected}")
        if "transfer.duration_ms" not in a or a["transfer.using_locks"] not in (True, False):
            lab.expect(False, f"transfer {number} has all attributes: {a}")
    lab.expect(True, "the attributes are those of the records")

    def span_times(pair):
        return [(s["startTime"], s["startTime"] + s["duration"]) for _, s, _ in (every[r["id"]] for r in pair)]

    for pair in buggy:
        steps = [steps_of(*every[r["id"]][:2]) for r in pair]
        for one in steps:
            names = [name for name, _, _ in one]
            for step in STEPS:
                if not any(step in name for name in names):
                    lab.expect(False, f"a transfer shows its step {step}: {names}")
        last_read = max(time_of(one, "read") for one in steps)
        first_deduct = min(time_of(one, "deduct") for one in steps)
        lab.expect(last_read < first_deduct, "check-then-act: both transfers read before either deducts, "
                   f"{(first_deduct - last_read) / 1000:.1f} ms apart")
    for pair in fixed:
        lab.expect(not any(every[r["id"]][2]["transfer.using_locks"] is not True for r in pair), "the locks are marked")
        by_read = sorted((steps_of(*every[r["id"]][:2]), r) for r in pair)
        by_read.sort(key=lambda item: time_of(item[0], "read"))
        (first, won), (second, lost) = by_read
        lab.expect(won["status"] == "success" and lost["status"] == "failed_insufficient_funds", "one wins, one is refused")
        gap = time_of(second, "read") - time_of(first, "credit")
        lab.expect(gap >= 0, f"ordered locks: the second reads {gap / 1000:.1f} ms after the first has credited")
        begins = span_times(pair)
        overlap = min(b[1] for b in begins) - max(b[0] for b in begins)
        lab.expect(overlap > 0, "though both were under way at once")
    example = steps_of(*every[buggy[0][0]["id"]][:2])
    print("steps of one transfer, in ms:",
          ", ".join(f"{name} {(begin - example[0][1]) / 1000:.1f}" for name, begin, _ in example))


if __name__ == "__main__":
    main()
