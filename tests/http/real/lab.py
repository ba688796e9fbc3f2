"""Shared by the tests in this directory: a fresh `racelab serve`, its calls, and processes that end.

Each test is called with the path to the racelab binary. It ends with 0 where all was as it must
be, 1 where something was not, and 77 (for ctest: skipped) where a tool it needs is not here.
"""

import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

# Tests connect to this machine only, so a proxy in the environment is ignored.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(77)


def expect(condition, what):
    """A failed expectation ends the test."""
    if not condition:
        print(f"FAILED: {what}")
        sys.exit(1)
    print(f"ok: {what}")


def tool(name, *others):
    """Returns the path of a program: on PATH, where `go install` puts it, or from an environment
    variable (K6 for k6). Skips the test if it is not found."""
    variable = name.upper().replace("-", "_")
    if os.environ.get(variable):
        return os.environ[variable]
    go_bin = os.path.join(os.environ.get("GOPATH") or os.path.expanduser("~/go"), "bin")
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), os.environ.get("GOBIN", ""), go_bin])
    for candidate in (name, *others):
        found = shutil.which(candidate, path=path)
        if found:
            return found
    skip(f"{name} is not installed; tests/http/real/install-tools installs what these tests use")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scratch_directory():
    return tempfile.TemporaryDirectory(prefix="racelab-real-")


def call(method, url, body=None, timeout_seconds=60):
    """Sends a request. Returns the status and the text of the response."""
    data = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with _opener.open(request, timeout=timeout_seconds) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(what, condition, timeout_seconds=30):
    """Waits until condition() returns a true value, and returns it. Fails the test after the timeout."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        with contextlib.suppress(OSError, ValueError, KeyError):
            result = condition()
            if result:
                return result
        if time.monotonic() > deadline:
            expect(False, f"within {timeout_seconds} s: {what}")
        time.sleep(0.1)


@contextlib.contextmanager
def running(arguments, log, **options):
    """Runs a process for the duration of the block."""
    with open(log, "wb") as out:
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Lab:
    """A running `racelab serve`."""

    def __init__(self, url, log):
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self.log = log

    def get(self, path):
        status, text = call("GET", self.url + path)
        assert status == 200, f"GET {path}: {status} {text}"
        return json.loads(text)

    def text(self, path):
        status, text = call("GET", self.url + path)
        assert status == 200, f"GET {path}: {status} {text}"
        return text

    def post(self, path, body=None):
        status, text = call("POST", self.url + path, body)
        assert status == 200, f"POST {path}: {status} {text}"
        return json.loads(text)

    def transfer(self, to="bob", amount=800, source="alice"):
        return self.post("/transfer", {"from_account": source, "to_account": to, "amount": amount})

    def transfers_at_once(self, count, amount=800):
        """Sends transfers from alice to bob and to charlie in turn. Returns their records."""
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            targets = ["bob" if i % 2 == 0 else "charlie" for i in range(count)]
            return list(pool.map(lambda to: self.transfer(to, amount), targets))


@contextlib.contextmanager
def serve(directory, *options, variables=None):
    """Starts a fresh server on a free port of this machine, with its log in the directory. It gets only
    the given configuration variables."""
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} RACELAB")
    log = os.path.join(directory, "racelab.log")
    unset = ("OTEL_", "DEBUG_DELAY_", "BARRIER_", "USE_TRANSACTIONS", "LAB_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(unset)} | (variables or {})
    arguments = [sys.argv[1], "serve", "--host", "127.0.0.1", "--port", "0", *options]
    with running(arguments, log, env=environment) as process:
        def says_where():
            with open(log, encoding="utf-8") as text:
                said = text.read()
            if process.poll() is not None:
                expect(False, f"expected racelab serve to keep running; it ended with {process.returncode}:\n{said}")
            return re.search(r"^The lab runs at (http://127\.0\.0\.1:\d+)$", said, re.MULTILINE)

        lab = Lab(wait_for("racelab serve says where it runs", says_where).group(1), log)
        wait_for("racelab serve answers /health", lambda: lab.get("/health")["status"] == "ok")
        yield lab
        expect(process.poll() is None, "racelab serve is still running at the end")
