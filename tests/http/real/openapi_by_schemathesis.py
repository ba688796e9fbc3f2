#!/usr/bin/env python3
"""schemathesis sends what /openapi.json allows and what it forbids: no server error, no answer
that the document does not have, none of another shape."""

import os
import subprocess
import sys

import lab

VERSION = "4.32.5"

# What the document cannot say: that two accounts differ, that amounts are whole cents, that
# use_transactions and algorithm agree, that a text is a schedule, that one is driven. So data that
# fits its schema may be refused all the same.
CONFIG = """
[[operations]]
include-path = ["/transfer", "/admin/settings", "/simulator"]

[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", 404, 409, 422]

[[operations]]
include-path = ["/simulator/explain", "/admin/schedule"]

[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", 400, 409, 422]
"""


def schemathesis(scratch):
    """The command, in an environment of its own that goes away with the directory."""
    if os.environ.get("SCHEMATHESIS"):
        return os.environ["SCHEMATHESIS"]
    venv = os.path.join(scratch, "venv")
    made = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True, text=True)
    if made.returncode != 0:
        lab.skip("python3 cannot make a virtual environment (Debian package: python3-venv)")
    installed = subprocess.run([os.path.join(venv, "bin", "pip"), "install", "--quiet", f"schemathesis=={VERSION}"],
                               capture_output=True, text=True)
    if installed.returncode != 0:
        lab.skip(f"pip could not install schemathesis {VERSION}")
    return os.path.join(venv, "bin", "schemathesis")


def main():
    with lab.scratch_directory() as scratch:
        command = schemathesis(scratch)
        with open(os.path.join(scratch, "schemathesis.toml"), "w", encoding="utf-8") as file:
            file.write(CONFIG)
        # Apart, so that no transfer waits for a minute because a delay of a minute was tried out.
        for title, selection in (("all but transfers", ["--exclude-path", "/transfer"]),
                                 ("transfers", ["--exclude-path-regex", "^/admin/"])):
            with lab.serve(scratch) as bank:
                done = subprocess.run(
                    [command, "--config-file", "schemathesis.toml", "run", f"{bank.url}/openapi.json", *selection,
                     "--exclude-path", "/events",  # has no end
                     "--checks", "all", "--mode", "all", "--max-examples", os.environ.get("EXAMPLES", "40"),
                     "--seed", "21", "--request-timeout", "10", "--no-color",
                     "--generation-database", "none", "--suppress-health-check", "all"],
                    cwd=scratch, env=dict(os.environ, NO_PROXY="127.0.0.1"), text=True, timeout=600)
                lab.expect(done.returncode == 0, f"{title}: schemathesis has nothing to say")


if __name__ == "__main__":
    main()
