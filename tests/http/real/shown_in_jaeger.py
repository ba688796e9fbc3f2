#!/usr/bin/env python3
"""A recorded execution, sent by `racelab show --otlp`, in a real Jaeger."""

import json
import os
import subprocess
import sys
import urllib.parse

import jaeger
import lab

SCHEDULE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "schedules",
                        "bank-double-spend", "negative-balance.schedule")

# The steps of the schedule.
STEPS = [("1", "read", "alice.balance", "1000.00"), ("2", "read", "alice.balance", "1000.00"),
         ("2", "deduct", "alice.balance", "200.00"), ("2", "credit", "charlie.balance", "1000.00"),
         ("1", "deduct", "alice.balance", "-600.00")]
OUTCOME = 'invariant "no account is negative": alice = -600.00'


def show(*options):
    return subprocess.run([sys.argv[1], "show", SCHEDULE, *options], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


def attributes(span):
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def parent(span):
    """Returns the id of the span's parent; empty for a root."""
    return next((r["spanID"] for r in span["references"] or [] if r["refType"] == "CHILD_OF"), "")


def traces(query_url, **wanted):
    query = urllib.parse.urlencode({"service": "racelab-sim", "limit": 100, **wanted})
    status, text = lab.call("GET", f"{query_url}/traces?{query}")
    return json.loads(text)["data"] if status == 200 else []


def main():
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} RACELAB")
    with lab.scratch_directory() as scratch, jaeger.running(scratch) as (query_url, otlp_url):
        shown = show("--otlp", otlp_url)
        lab.expect(shown.returncode == 0, f"show --otlp ends with 0 {shown.stderr}")
        lab.expect(f"spans sent to {otlp_url}" in shown.stdout, "it says that it has sent the spans")
        lab.wait_for("the trace reaches Jaeger", lambda: traces(query_url))
        services = json.loads(lab.call("GET", f"{query_url}/services")[1])["data"]
        lab.expect("racelab-sim" in services, "the service is racelab-sim")
        found = traces(query_url)
        lab.expect(len(found) == 1, "one execution is one trace")
        compare(found[0])
        search(query_url)
        refused(query_url.removesuffix("/api"), otlp_url)
        with_file(scratch, query_url, otlp_url)


def compare(trace):
    spans = sorted(trace["spans"], key=lambda span: span["startTime"])
    roots = [span for span in spans if not parent(span)]
    lab.expect([span["operationName"] for span in roots] == ["bank/double-spend"],
               "its root is named after the scenario")
    root = roots[0]
    lab.expect(attributes(root)["racelab.outcome"] == OUTCOME, "which has the outcome")
    lab.expect(attributes(root).get("error") is True, "and is an error")
    logs = [{f["key"]: f["value"] for f in log["fields"]} for log in root["logs"]]
    lab.expect([log.get("event") for log in logs] == ["failure"], "its failure is an event")

    tasks = {span["spanID"]: span for span in spans if parent(span) == root["spanID"]}
    told = [(span["operationName"], attributes(span)["transfer.id"], attributes(span)["transfer.from_account"],
             attributes(span)["transfer.to_account"], float(attributes(span)["transfer.amount"]))
            for span in tasks.values()]
    lab.expect(told == [("transfer", "1", "alice", "bob", 800), ("transfer", "2", "alice", "charlie", 800)],
               "below it are the transfers, named and described as the live lab's are")
    for span in tasks.values():
        checks = [{f["key"]: f["value"] for f in log["fields"]} for log in span["logs"]]
        lab.expect([log.get("event") for log in checks] == ["check"], "each has checked")

    steps = [span for span in spans if parent(span) in tasks]
    seen = [(attributes(tasks[parent(span)])["transfer.id"], span["operationName"],
             attributes(span)["step.object"], attributes(span)["step.result"]) for span in steps]
    lab.expect(seen == STEPS, "below them are the steps, in the order of the schedule")
    lab.expect(len(spans) == 1 + len(tasks) + len(steps), "and nothing else")
    lab.expect(all(span["duration"] == 1000 for span in steps), "each takes 1 ms")
    begins = [(span["startTime"] - root["startTime"]) // 1000 for span in steps]
    lab.expect(begins == [1, 2, 3, 4, 5], "step N begins N ms after the execution")
    lab.expect(all(attributes(span)["racelab.logical_time"] is True for span in steps), "logical ones, as it says")
    lab.expect([bool(attributes(span).get("error")) for span in steps] == [False] * 4 + [True],
               "the last step is the error")
    lab.expect(not any(span.get("warnings") for span in spans), "Jaeger has nothing to object to")
    print_tree(root, spans)


def print_tree(span, spans, depth=0):
    tags = attributes(span)
    about = " ".join(str(tags[key]) for key in ("racelab.task", "step.object", "step.result") if key in tags)
    mark = "  ERROR" if tags.get("error") else ""
    print(f"  {'  ' * depth}{span['operationName']} {about} [{span['duration'] / 1000:g} ms]{mark}")
    for child in spans:
        if parent(child) == span["spanID"]:
            print_tree(child, spans, depth + 1)


def search(query_url):
    tags = json.dumps({"race_condition.detected": "true"})
    lab.expect(len(traces(query_url, operation="transfer", tags=tags)) == 1,
               "race_condition.detected=true finds it, as in the live lab")
    lab.expect(len(traces(query_url, tags=json.dumps({"error": "true"}))) == 1, "error=true does too")


def refused(ui_url, otlp_url):
    nobody = f"http://127.0.0.1:{lab.free_port()}"
    shown = show("--otlp", nobody)
    lab.expect(shown.returncode == 4 and f"{nobody}/v1/traces: nothing accepts connections there" in shown.stderr,
               f"where nothing listens it says so: {shown.stderr.strip()}")
    shown = show("--otlp", f"{otlp_url}/elsewhere")
    lab.expect(shown.returncode == 4 and "status 404" in shown.stderr,
               f"what the collector refuses is said: {shown.stderr.strip()}")
    shown = show("--otlp", ui_url)
    lab.expect(shown.returncode == 4 and "the server there is not a collector" in shown.stderr,
               f"the port of Jaeger's pages, which answers anything, is not taken for it: {shown.stderr.strip()}")


def with_file(directory, query_url, otlp_url):
    path = os.path.join(directory, "spans.json")
    lab.expect(show("--otlp", path).returncode == 0, "--otlp writes a file too")
    with open(path) as file:
        status, text = lab.call("POST", f"{otlp_url}/v1/traces", json.load(file))
    lab.expect(status == 200, f"which can be posted by others: {status} {text}")
    lab.wait_for("it reaches Jaeger", lambda: len(traces(query_url)) == 2)


if __name__ == "__main__":
    main()
