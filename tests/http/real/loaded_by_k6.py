#!/usr/bin/env python3
"""The k6 scripts find races, count them as the server does, and restore the settings."""

import json
import os
import re
import subprocess

import lab

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools", "k6")


def main():
    k6 = lab.tool("k6")
    with lab.scratch_directory() as scratch, lab.serve(scratch) as bank:
        def run(script, **variables):
            environment = dict(os.environ, BASE_URL=bank.url, K6_NO_USAGE_REPORT="true", HOME=scratch,
                               NO_PROXY="127.0.0.1", no_proxy="127.0.0.1", **variables)
            done = subprocess.run([k6, "run", "--quiet", "--address", "", os.path.join(SCRIPTS, script)],
                                  env=environment, capture_output=True, text=True, timeout=240)
            print(done.stdout, done.stderr[-3000:])
            lab.expect(done.returncode == 0, f"{script} ends with 0")
            found = re.search(r"^ +races found +(\d+)", done.stdout, re.MULTILINE)
            lab.expect(found, f"{script} says how many races it found")
            return int(found.group(1)), done.stdout

        def server_races():
            status, text = lab.call("GET", bank.url + "/metrics")
            lab.expect(status == 200, "/metrics answers")
            return int(float(re.search(r"^race_condition_hits_total\S* (\S+)", text, re.MULTILINE).group(1)))

        bank.post("/admin/delay?enabled=true&ms=20")
        before = bank.get("/admin/settings")
        found, _ = run("basic.js", VUS="8", DURATION="4s")
        lab.expect(found > 0 and found == server_races(), f"basic.js found {found} races, as the server has")
        lab.expect(bank.get("/admin/settings") == before, "basic.js leaves the settings alone")
        fresh = {"alice": 1000, "bob": 500, "charlie": 200}
        balances = {a["id"]: a["balance"] for a in bank.get("/accounts")["accounts"]}
        lab.expect(balances == fresh, "and fresh accounts")

        bank.post("/admin/transactions?enabled=true")
        counted = server_races()
        found, _ = run("basic.js", VUS="8", DURATION="2s")
        lab.expect(found == 0 and server_races() == counted, "in safe mode basic.js finds none")

        # Safe mode, no delay, and another barrier: the script changes and restores all of these.
        settings = {"use_transactions": True, "barrier_enabled": False, "barrier_count": 5,
                    "delay_enabled": False, "delay_ms": 123}
        before = bank.post("/admin/settings", settings)
        counted = server_races()
        found, _ = run("barrier-test.js", ROUNDS="20")
        lab.expect(found == 20 and server_races() - counted == 20, "barrier-test.js races in 20 of 20 rounds, with no delay")
        found, _ = run("barrier-test.js", ROUNDS="2", COUNT="32")
        lab.expect(found == 62, "with 32 at the barrier 31 of them double-spend, each time")
        lab.expect(bank.get("/admin/settings") == before, "barrier-test.js puts the settings back")

        found, text = run("concurrent-transfers.js", ROUNDS="4", DELAYS="0,20")
        lab.expect(found > 0, f"concurrent-transfers.js found {found} races")
        lab.expect(re.search(r"check-then-act, delay 20 ms +4 of 4 rounds", text), "each round with a delay of 20 ms raced")
        lab.expect(bank.get("/admin/settings") == before, "concurrent-transfers.js puts the settings back")
        print(json.dumps(before))


if __name__ == "__main__":
    main()
