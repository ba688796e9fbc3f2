#!/usr/bin/env python3
"""Works through the lab's page in a browser: the seven exercises by their buttons, the live timeline,
the last race, and the simulator by mouse and by keyboard. Compares what the page shows with the state
of the server. Expects no console errors, and no requests to any other server.

With a directory as second argument, saves screenshots there: two widths, both themes.
"""

import os
import re
import sys

import browser
import lab

TOKEN = "open sesame"
ENTER, BACKSPACE = "\ue007", "\ue003"


def main():
    with lab.scratch_directory() as scratch, lab.serve(scratch) as bank, browser.open_one(scratch) as chromium:
        page = Page(chromium, bank)
        page.open()
        check_switches(page)
        check_exercises(page)
        check_last_race(page)
        check_simulator(page)
        check_console_and_requests(page)
    with lab.scratch_directory() as scratch, lab.serve(scratch, variables={"LAB_ADMIN_TOKEN": TOKEN}) as bank, \
            browser.open_one(scratch) as chromium:
        check_token(Page(chromium, bank))


class Page:
    def __init__(self, chromium, bank):
        self.chromium = chromium
        self.bank = bank

    def open(self):
        self.chromium.emulate(1280, 900, "light")
        self.chromium.send("POST", "/url", {"url": f"{self.bank.url}/"})
        self.chromium.find("#connection.connected")
        lab.wait_for("the accounts are shown", lambda: len(self.texts("#account-list .account")) == 3)

    def texts(self, selector):
        """Returns the text of all matching elements, as it is in the document."""
        return self.chromium.run(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def text(self, selector):
        return " ".join(self.texts(selector))

    def has(self, selector):
        return bool(self.texts(selector))

    def wait_text(self, selector, wanted, timeout_seconds=30):
        """Waits for a text that matches the regular expression. Returns the match."""
        return lab.wait_for(f"{selector} says {wanted}", lambda: re.search(wanted, self.text(selector)),
                            timeout_seconds)

    def exercise(self, number):
        """Runs an exercise. Returns the result that the page shows."""
        root = f"#exercise-{number}"
        self.chromium.click(f"{root} button.run")
        lab.wait_for(f"exercise {number} ends", lambda: self.has(f"{root} .expected") and
                     self.text(f"{root} button.run") == "Run", 120)
        said = self.text(f"{root} .result")
        print(f"exercise {number}: {said}")
        return said

    def focus(self, selector):
        self.chromium.run("document.querySelector(arguments[0]).focus()", selector)

    def metric(self, name):
        status, text = lab.call("GET", f"{self.bank.url}/metrics")
        assert status == 200, status
        return sum(float(line.split()[-1]) for line in text.splitlines() if re.match(rf"{name}[ {{]", line))

    def races(self):
        return self.metric("race_condition_hits_total")

    def balances(self):
        return {account["id"]: account["balance"] for account in self.bank.get("/accounts")["accounts"]}

    def shows_balances(self):
        """Whether the page shows the balances of the server."""
        wanted = [f"{balance:.2f}" for balance in self.balances().values()]
        return self.texts("#account-list .balance") == wanted


def check_switches(page):
    page.chromium.click("#delay")
    lab.wait_for("the switch sets the delay", lambda: page.bank.get("/admin/settings")["delay_enabled"])
    for enabled in (False, True):
        page.chromium.click("#recording")
        lab.wait_for("the switch sets the recording",
                     lambda: page.bank.get("/admin/settings")["recording_enabled"] == enabled)
    page.bank.post("/admin/settings", {"algorithm": "optimistic", "barrier_count": 7, "delay_ms": 30})
    shown = "return ['algorithm', 'barrier-count', 'delay-ms'].map((id) => document.getElementById(id).value)"
    lab.wait_for("the switches follow settings that others have made",
                 lambda: page.chromium.run(shown) == ["optimistic", "7", "30"])
    print("ok: the switches set the server's settings, and follow them")
    page.bank.post("/admin/settings", {"algorithm": "check-then-act", "barrier_enabled": True, "barrier_count": 3})
    page.chromium.run("document.getElementById('send-count').value = 3")
    page.chromium.click("#send")
    page.wait_text("#sent", "^3 of 3 succeeded, 2 races$")
    lab.expect(page.balances()["alice"] == -1400, "three transfers, sent with the settings as they are, took 2400")


def check_exercises(page):
    settings = lambda *names: [page.bank.get("/admin/settings")[name] for name in names]

    before = page.races()
    said = page.exercise(1)
    raced = int(re.search(r"(\d+) of 10 rounds raced", said).group(1))
    lab.expect(raced == page.races() - before, f"1: {raced} rounds raced, as the server counted")
    lab.expect(settings("delay_enabled", "barrier_enabled") == [False, False], "1: neither delay nor barrier")

    said = page.exercise(2)
    overdrawn = page.balances()["alice"] == -600
    lab.expect(("✓ As expected" in said) == overdrawn, f"2: the page says whether alice is at -600: {overdrawn}")
    lab.expect(settings("delay_enabled", "delay_ms") == [True, 200], "2: a delay of 200 ms is on")

    lab.expect("✓ As expected" in page.exercise(3), "3: as expected")
    lab.expect(page.balances()["alice"] == -600, "3: alice is at -600")
    lab.wait_for("the page shows the server's balances", page.shows_balances)
    negative = page.text("#account-list .account.negative")
    lab.expect("alice" in negative and "overdrawn" in negative, f"alice is marked, in words too: {negative}")
    check_timeline(page)

    before = page.races()
    lab.expect("✓ As expected" in page.exercise(4), "4: as expected")
    lab.expect(page.races() == before + 1, "4: one race was counted")
    row = page.texts("#exercise-4 tbody tr:first-child td")
    lab.expect(row == ["race_condition_hits_total", f"{page.races():.0f}", "+1"], f"4: the counter is shown: {row}")

    lab.expect("✓ As expected" in page.exercise(5), "5: as expected")
    records = page.bank.get("/transactions")["transactions"]
    statuses = sorted(record["status"] for record in records)
    lab.expect(statuses == ["failed_insufficient_funds", "success"], f"5: one of two succeeded: {statuses}")
    lab.expect(page.balances()["alice"] == 200, "5: alice is at 200")

    before = page.races()
    lab.expect("✓ As expected" in page.exercise(6), "6: as expected")
    lab.expect(page.races() == before + 3, "6: three races were counted, all of them of the bug")
    links = page.chromium.run("return [...document.querySelectorAll('#exercise-6 a')].map((a) => a.href)")
    lab.expect(all("service=bank-api&operation=transfer" in link for link in links) and len(links) == 2,
               f"6: links into Jaeger: {links}")

    before = page.races()
    said = page.exercise(7)
    races = int(re.search(r"(\d+) races?", said).group(1))
    lab.expect(said.count("100 transfers") == 1 and races == page.races() - before,
               f"7: {races} races of 100 transfers, as the server counted")
    lab.expect(f"BASE_URL={page.bank.url} k6 run" in page.text("#exercise-7 code"), "7: the k6 command is there")
    lab.expect(len(page.texts("#rounds .task")) <= 13, "the timeline keeps the last transfers only")


def check_timeline(page):
    """Checks two transfers that raced: two columns, each with the steps of one transfer."""
    first = "#rounds .round:first-child"
    lab.wait_for("the race is on the timeline", lambda: page.has(f"{first} .row.fails"))
    columns = page.texts(f"{first} .task strong")
    lab.expect(sorted(columns) == ["alice → bob 800.00", "alice → charlie 800.00"], f"two columns: {columns}")
    rows = page.chromium.run("""
        return [...document.querySelectorAll(arguments[0])].map(
            (row) => [Number(row.querySelector(".cell").style.gridColumn) - 2, row.querySelector(".text").textContent])
        """, f"{first} .row:not(.note)")
    for column in (0, 1):
        own = [text for at, text in rows if at == column]
        lab.expect("read alice.balance = 1000.00" in own, f"column {column + 1} has read 1000.00")
        lab.expect(any(text.startswith("waits at the barrier") for text in own), f"column {column + 1} waited")
    order = [text for _, text in rows if text.startswith(("read", "deduct"))]
    # Two threads publish their deductions, in either order.
    lab.expect(order[:2] == ["read alice.balance = 1000.00"] * 2 and sorted(order[2:]) ==
               ["deduct alice.balance = -600.00", "deduct alice.balance = 200.00"], f"in the order of time: {order}")
    verdict = page.text(f"{first} .row.fails")
    lab.expect("-600.00" in verdict and "double-spend" in verdict, f"the race is marked: {verdict}")


def check_last_race(page):
    page.exercise(3)
    newest = re.search("^found-by +(.*)$", page.bank.text("/admin/recording/last-race"), re.MULTILINE).group(1)
    page.wait_text("#race-note", newest)
    page.wait_text("#last-race .cause", "check-then-act")
    lab.expect(len(page.texts("#last-race .execution")) == 2, "the race as it was recorded, and shrunk")
    marks = page.texts("#last-race .execution:nth-child(2) .row .order")
    lab.expect(sorted(marks) == ["[>a]", "[>b]", "[a>]", "[b>]"], f"the necessary orders are marked: {marks}")
    lab.expect("racelab replay last-race.schedule" in page.text("#race-command code"), "the command to replay it")
    page.chromium.click("#race-drive")
    check_agreement(page, "#race-driven", -600)


def check_agreement(page, where, alice):
    """Checks that the live server was driven, and that the page shows that it agrees with the simulator."""
    page.wait_text(f"{where} .driven", "✓ Simulator and server agree")
    report = page.bank.get("/admin/schedule")
    lab.expect(report["state"] == "done", f"the schedule was driven to its end: {report['state']}")
    rows = len(page.texts(f"{where} .worlds .scrolls tbody tr"))
    lab.expect(rows == len(report["steps"]) > 0, f"{rows} steps are compared")
    lab.expect(page.balances()["alice"] == alice, f"alice is at {alice} on the live server: {page.balances()}")
    shown = page.texts(f"{where} .worlds > table tbody tr:first-child td")
    lab.expect(shown == ["alice", f"{alice:.2f}", f"{alice:.2f} ✓"], f"the same in the simulator and on the server: {shown}")


def check_simulator(page):
    task = "#sim-tasks li:nth-child({}) button"
    steps = lambda count: page.wait_text("#sim-outcome", rf"^{count} steps? done")
    lab.wait_for("the tasks' next steps are shown", lambda: page.texts("#sim-tasks strong") ==
                 ["read alice.balance", "read alice.balance"])
    for count, number in enumerate([1, 2, 2, 2], start=1):
        page.chromium.click(task.format(number))
        steps(count)
    page.chromium.click(task.format(1))
    check_failed(page, "by mouse")

    page.focus(task.format(1))
    page.chromium.key(BACKSPACE)
    steps(4)
    for _ in range(4):
        page.chromium.key(BACKSPACE)
    page.wait_text("#sim-outcome", "Nothing has happened yet")
    for key in "12":
        page.chromium.key(key)
    steps(2)
    page.chromium.key(ENTER)  # the focus is still on the first task's button
    steps(3)
    lab.expect(page.texts("#sim-balances .balance")[0] == "200.00", "the first deduction leaves alice 200.00")
    page.chromium.key("2")
    check_failed(page, "by keyboard")

    page.chromium.click("#sim-send")
    check_agreement(page, "#sim-driven", -600)


def check_failed(page, how):
    page.wait_text("#sim-outcome", "^Failed, invariant: .*alice = -600.00")
    lab.expect(page.texts("#sim-balances .balance")[0] == "-600.00", f"stepped {how} to alice = -600.00")
    rows = page.texts("#sim-timeline .row.step .text")
    lab.expect(rows[-1].startswith("deduct alice.balance = -600.00"), f"the last step: {rows[-1]}")
    page.wait_text("#sim-cause", "Fails because check-then-act")


def check_console_and_requests(page):
    problems = page.chromium.problems()
    lab.expect(not problems, f"no errors on the browser's console: {problems}")
    asked = page.chromium.asked()
    foreign = {url for url in asked if not url.startswith((page.bank.url, "data:", "blob:", "chrome", "about:"))}
    lab.expect(len(asked) >= 20 and not foreign, f"{len(asked)} requests, all of them to the lab: {foreign}")
    if len(sys.argv) > 2:
        take_screenshots(page)


def take_screenshots(page):
    os.makedirs(sys.argv[2], exist_ok=True)
    for width in (1280, 400):
        for scheme in ("light", "dark"):
            page.chromium.emulate(width, 900, scheme)
            page.chromium.screenshot(os.path.join(sys.argv[2], f"lab-{width}-{scheme}.png"), whole=True)


def check_token(page):
    """Checks a lab with a token: the page asks for it, and then continues the action."""
    page.open()
    page.chromium.click("#exercise-3 button.run")
    page.chromium.find("#token-dialog[open]")
    for wrong, token in ((False, "wrong"), (True, TOKEN)):
        lab.wait_for("the dialog says whether a token was wrong", lambda: page.chromium.run(
            "return document.getElementById('token-wrong').hidden") != wrong)
        page.chromium.send("POST", f"/element/{page.chromium.find('#token')}/value", {"text": token})
        page.chromium.click("#token-form button[value=use]")
    page.wait_text("#exercise-3 .result", "✓ As expected")
    lab.expect(page.balances()["alice"] == -600, "with the token the exercise goes on: alice is at -600")
    page.chromium.click("#reset")
    lab.wait_for("it is asked for once only", lambda: page.balances()["alice"] == 1000)


if __name__ == "__main__":
    main()
