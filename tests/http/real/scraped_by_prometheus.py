#!/usr/bin/env python3
"""A real Prometheus scrapes the lab, and each query of the Grafana dashboard returns data."""

import json
import os
import re
import time
import urllib.parse

import lab

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
DASHBOARD = os.path.join(ROOT, "http/deploy/grafana/dashboards/race-conditions-lab.json")
CONFIG = os.path.join(ROOT, "http/deploy/prometheus/prometheus.yml")


def dashboard_queries():
    with open(DASHBOARD, encoding="utf-8") as file:
        dashboard = json.load(file)
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            if target["datasource"]["type"] == "prometheus":
                yield panel["title"], target["expr"].replace("$__rate_interval", "8s")


def own_config(port):
    """Returns the committed configuration, with another address of the lab and another interval."""
    with open(CONFIG, encoding="utf-8") as file:
        text = file.read()
    changed = text.replace("lab21-bank-api:8000", f"127.0.0.1:{port}")
    lab.expect(changed != text, "prometheus.yml scrapes lab21-bank-api:8000")
    return re.sub(r"(scrape_\w+): 2s", r"\1: 1s", changed)


def main():
    prometheus = lab.tool("prometheus")
    with lab.scratch_directory() as scratch, lab.serve(scratch) as bank:
        port = lab.free_port()
        config = os.path.join(scratch, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(own_config(bank.port))
        arguments = [prometheus, f"--config.file={config}", f"--storage.tsdb.path={scratch}/data",
                     f"--web.listen-address=127.0.0.1:{port}"]
        with lab.running(arguments, os.path.join(scratch, "prometheus.log")):
            url = f"http://127.0.0.1:{port}/api/v1"

            def query(text):
                status, answer = lab.call("GET", f"{url}/query?" + urllib.parse.urlencode({"query": text}))
                return json.loads(answer)["data"]["result"] if status == 200 else []

            def value(text):
                result = query(text)
                return float(result[0]["value"][1]) if len(result) == 1 else None

            lab.wait_for("the target is up", lambda: value('up{job="bank-api"}') == 1)
            lab.expect(True, "Prometheus scrapes the lab")
            for name in ("race_condition_hits_total", "double_spend_detected_total",
                         'transfers_total{status="success"}', 'transfers_total{status="insufficient_funds"}',
                         "concurrent_transfers", "barrier_waiting_count", "transfer_duration_seconds_count"):
                lab.expect(value(name) == 0, f"{name} is there, at zero, before the first transfer")
            lab.expect(len(query("account_balance")) == 3, "three accounts have a balance")

            bank.post("/admin/barrier?enabled=true&count=2")
            for _ in range(3):
                bank.post("/reset")
                bank.transfers_at_once(2)
                time.sleep(1.2)
            bank.post("/admin/barrier?enabled=false")
            refused = bank.transfer()
            lab.expect(refused["status"] == "failed_insufficient_funds", "alice has nothing left to transfer")

            for name in ("race_condition_hits_total", "double_spend_detected_total"):
                lab.wait_for(f"{name} is 3", lambda name=name: value(name) == 3)
                lab.expect(True, f"{name} is 3 after three double-spends")
            lab.wait_for("the refusal is scraped", lambda: value('transfers_total{status="insufficient_funds"}') == 1)
            lab.expect(value('account_balance{account_id="alice"}') == -600, "alice has -600")
            lab.expect(value("transfer_duration_seconds_count") == 7, "the histogram has all 7 transfers")
            buckets = sorted(float(r["metric"]["le"]) for r in query("transfer_duration_seconds_bucket"))
            lab.expect(buckets == [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, float("inf")],
                       "the histogram has its buckets")
            services = {r["metric"].get("service") for r in query('{job="bank-api", service!=""}')}
            lab.expect(services == {"bank-api"}, "the metrics carry service=bank-api")

            for title, text in dashboard_queries():
                result = query(text)
                numbers = [float(r["value"][1]) for r in result]
                lab.expect(numbers and all(number == number for number in numbers),
                           f"dashboard panel '{title}': {text} = {numbers}")


if __name__ == "__main__":
    main()
