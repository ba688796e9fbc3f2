#!/usr/bin/env python3
"""schemathesis sends requests that /openapi.json allows and requests that it forbids. Expects no server
error, and only responses that the document describes."""

import os
import subprocess
import sys

import lab

VERSION = "4.32.5"

# The document cannot express that two accounts differ, that amounts are whole cents, that
# use_transactions and algorithm agree, that a text is a schedule, or that a schedule is driven. So the
# server may refuse data that fits its schema.
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
    """Installs schemathesis in a virtual environment in the directory. Returns its command."""
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
        # In a second run, so that no transfer waits because a delay of a minute was tried out.
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
