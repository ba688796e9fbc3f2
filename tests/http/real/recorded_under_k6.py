#!/usr/bin/env python3
"""A race from the wild: under load from k6, without delay and barrier, the lab records a race that
happens by chance, and one command turns it into a schedule that fails every time."""

import os
import subprocess
import sys

import lab

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools", "k6", "basic.js")
RACELAB = sys.argv[1] if len(sys.argv) > 1 else ""


def racelab(*arguments):
    done = subprocess.run([RACELAB, *arguments], capture_output=True, text=True, timeout=120)
    print(done.stdout[-3000:], done.stderr[-3000:])
    return done


def main():
    k6 = lab.tool("k6")
    with lab.scratch_directory() as scratch, lab.serve(scratch, "--quiet") as bank:
        environment = dict(os.environ, BASE_URL=bank.url, DURATION="5s", K6_NO_USAGE_REPORT="true", HOME=scratch,
                           NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
        load = [k6, "run", "--quiet", "--address", "", SCRIPT]
        with lab.running(load, os.path.join(scratch, "k6.log"), env=environment) as process:
            lab.wait_for("the load has begun", lambda: len(bank.get("/transactions")["transactions"]) > 10)
            replayed = 0
            while process.poll() is None:
                done = racelab("replay", f"{bank.url}/admin/recording")
                if "nothing is recorded" in done.stderr:
                    break  # the script's last call is a reset
                lab.expect(done.returncode == 0, "what was recorded in the middle of the load replays")
                replayed += 1
        lab.expect(replayed > 3, f"{replayed} recordings were replayed while the load went on")
        bank.transfers_at_once(40, 30)
        found = racelab("replay", f"{bank.url}/admin/recording", "--json")
        lab.expect(found.returncode == 0, "what was recorded of 40 more transfers replays")
        balances = "   ".join(f"{a['id']} {a['balance']:.2f}" for a in bank.get("/accounts")["accounts"])
        lab.expect(f'"{balances}"' in found.stdout, f"to the balances that the lab has: {balances}")

        settings = bank.get("/admin/settings")
        lab.expect(not settings["delay_enabled"] and not settings["barrier_enabled"], "there was no delay and no barrier")
        file = os.path.join(scratch, "from-the-wild.schedule")
        done = racelab("shrink", f"{bank.url}/admin/recording/last-race", "--out", file)
        lab.expect(done.returncode == 0 and "FAILS BECAUSE  check-then-act" in done.stdout, "a race came by chance, and is explained")
        done = racelab("replay", file, "--times", "100")
        lab.expect(done.returncode == 0 and "100 of 100 replays were the same" in done.stdout, "it happens again each time")
        done = racelab("drive", file, "--url", bank.url)
        lab.expect(done.returncode == 0, "and on the server itself, on real threads")


if __name__ == "__main__":
    main()
