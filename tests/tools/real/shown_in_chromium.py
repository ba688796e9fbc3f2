#!/usr/bin/env python3
"""A person opens the page of `racelab show --html` from disk, steps through the execution and looks
at why it fails. No console errors, and nothing is asked for but the page. The picture of
`racelab show --svg` is read by an XML parser.

With a directory as second argument screenshots are left there.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/http/real"))

import browser  # noqa: E402
import lab  # noqa: E402

HOME, END, UP, DOWN = "\ue011", "\ue010", "\ue013", "\ue015"
HOSTILE = "</script><script>alert(1)</script> <b onclick='x'>&amp;\""


class Page:
    """One page in the browser, with the document that is in it."""

    def __init__(self, chromium, schedule, scratch):
        self.chromium = chromium
        self.name = schedule.stem
        self.html, self.svg = (os.path.join(scratch, f"{self.name}.{end}") for end in ("html", "svg"))
        shown = subprocess.run([sys.argv[1], "show", schedule, "--html", self.html, "--svg", self.svg],
                               stdout=subprocess.DEVNULL, check=False)
        lab.expect(shown.returncode == 0, f"racelab show {schedule.name} writes a page and a picture")
        text = pathlib.Path(self.html).read_text(encoding="utf-8")
        self.document = json.loads(re.search(r'id="execution">(.*?)</script>', text, re.DOTALL).group(1))
        self.url = pathlib.Path(self.html).as_uri()
        chromium.asked()
        chromium.send("POST", "/url", {"url": self.url})

    def texts(self, selector):
        """Of all elements that match, as they are in the document."""
        return self.chromium.run(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def row(self, view=".view"):
        """The index of the selected event of a view."""
        selected = self.chromium.run(
            "return document.querySelector(arguments[0]).querySelectorAll('[aria-selected=true]').length", view)
        lab.expect(selected == 1, "one row is selected")
        return int(self.chromium.run(
            "return document.querySelector(arguments[0]).querySelector('[aria-selected=true]').dataset.index", view))

    def state(self, view=".view"):
        """What the objects hold, as a view's panel has it after the selected step."""
        return self.chromium.run("""
            const rows = document.querySelector(arguments[0]).querySelectorAll(".state tbody tr");
            const holds = (cell) => [...cell.childNodes].filter((node) => node.nodeName !== "DEL");
            return Object.fromEntries([...rows].map(({ cells }) =>
              [cells[0].textContent, holds(cells[1]).map((node) => node.textContent).join("").trim()]));""", view)

    def expect_quiet(self):
        problems = self.chromium.problems()
        lab.expect(not problems, f"no errors on the browser's console: {problems}")
        asked = {url for url in self.chromium.asked() if not url.startswith(("chrome", "about:"))}
        lab.expect(asked == {self.url}, f"nothing is asked for but the page: {asked}")

    def expect_no_wider_than_the_window(self):
        for width, height in ((1200, 1000), (400, 900)):
            for scheme in ("light", "dark"):
                self.chromium.emulate(width, height, scheme)
                wide = self.chromium.run("return document.documentElement.scrollWidth")
                lab.expect(wide <= width, f"{self.name} fits into {width} pixels, {scheme}: {wide}")
                if len(sys.argv) > 2:
                    shot = os.path.join(sys.argv[2], f"{self.name}-{width}-{scheme}.png")
                    self.chromium.screenshot(shot, whole=True)
        self.chromium.emulate(1200, 1000, "light")

    def expect_picture(self):
        root = xml.etree.ElementTree.parse(self.svg).getroot()
        namespace = "{http://www.w3.org/2000/svg}"
        lab.expect(root.tag == f"{namespace}svg", "the picture is SVG to an XML parser")
        dots = root.findall(f"{namespace}circle")
        rows = self.document["events"] + self.document["waiting"]
        lab.expect(len(dots) == len(rows), f"with a dot for each event and each wait of the deadlock: {len(dots)}")

    def expect_marks(self):
        """Each necessary order has its letter at both of its rows, in the list and in the picture."""
        necessary = self.document["cause"]["necessary"]
        listed = self.texts("#necessary button")
        lab.expect(listed == [order["mark"] + order["text"] for order in necessary], f"each order, in words: {listed}")
        lab.expect(self.texts("#how") == [self.document["cause"]["strength"]], "and how sure that is")
        picture = pathlib.Path(self.svg).read_text(encoding="utf-8")
        for order in necessary:
            for end, mark in (("first", f"[{order['mark']}>]"), ("second", f"[>{order['mark']}]")):
                shown = self.texts(f".view.failing .row:nth-child({order[end] + 1}) .order")
                lab.expect(mark in shown, f"row {order[end]} is marked {mark}: {shown}")
                lab.expect(mark.replace(">", "&gt;") in picture, "in the picture too")


def step_through(page):
    """With buttons, keys, clicks and the slider."""
    chromium, events = page.chromium, page.document["events"]
    failing = page.document["outcome"]["event"]
    lab.expect(len(page.texts(".view.failing .row")) == len(events), "each event has its row")
    lab.expect(page.row() == failing, "the page opens at the failing step")
    lab.expect(page.state()["alice.balance"] == "-600.00", f"where alice has -600.00: {page.state()}")
    verdict = page.texts(".row.fails .verdict")
    lab.expect(len(verdict) == 1 and page.document["outcome"]["message"] in verdict[0], f"and is marked: {verdict}")

    chromium.click("[data-go=first]")
    lab.expect(page.row() == 0, "First goes to the first event")
    lab.expect(page.state() == {"alice.balance": "1000.00", "charlie.balance": "—"}, f"the state there: {page.state()}")
    for index in range(1, len(events)):
        chromium.click("[data-go=next]")
        lab.expect(page.row() == index, f"Next goes to event {index}: {page.row()}")
    lab.expect(page.state()["alice.balance"] == "-600.00", "the last step leaves -600.00")
    lab.expect(page.texts(".state .end li")[0] == page.document["state"][0], "the end's state is shown")
    chromium.click("[data-go=previous]")
    lab.expect(page.row() == len(events) - 2, "Previous goes back")
    lab.expect(page.state()["alice.balance"] == "200.00", "and takes the step back")

    chromium.click(".view.failing .row:nth-child(2)")
    lab.expect(page.row() == 1, "a click on a row selects it")
    for key, wanted in ((DOWN, 2), (DOWN, 3), (UP, 2), (HOME, 0), (UP, 0), (END, len(events) - 1), (DOWN, len(events) - 1)):
        chromium.key(key)
        lab.expect(page.row() == wanted, f"a key selects event {wanted}: {page.row()}")
    chromium.run("""
        const slider = document.querySelector("input[type=range]");
        slider.value = 4;
        slider.dispatchEvent(new Event("input", { bubbles: true }));""")
    lab.expect(page.row() == 4, "the slider selects")


def zoom(page):
    for press, wanted in ((lambda: page.chromium.click("[data-zoom='1']"), "115 %"),
                          (lambda: page.chromium.key("-"), "100 %"),
                          (lambda: page.chromium.key("-"), "90 %"),
                          (lambda: page.chromium.key("+"), "100 %")):
        press()
        shown = page.texts(".zoom-level")[0]
        lab.expect(shown == wanted, f"zoomed to {wanted}: {shown}")


def look_at_why(page):
    """A click on a necessary order brings out its two steps, here and where it passes."""
    chromium, cause = page.chromium, page.document["cause"]
    lab.expect(bool(cause and cause["necessary"]), f"the document says why it fails: {cause}")
    page.expect_marks()
    for index, order in enumerate(cause["necessary"]):
        chromium.click(f"#necessary li:nth-child({index + 1}) button")
        focused = chromium.run(
            "return [...document.querySelectorAll('.view.failing .row.focus')].map((row) => Number(row.dataset.index))")
        lab.expect(focused == [order["first"], order["second"]], f"order {index}: its steps are brought out: {focused}")
        arrows = chromium.run("return document.querySelectorAll('.view.failing .edge.focus').length")
        lab.expect(arrows == 1, "and its arrow")
    chromium.click(f"#necessary li:nth-child({len(cause['necessary'])}) button")
    lab.expect(not page.texts(".row.focus"), "another click ends that")


def look_at_what_passes(page):
    """Beside the failing one, each with its own position."""
    chromium = page.chromium
    lab.expect(page.document["passing"] is not None, "an execution that passes is shown beside it")
    passing = ".view:not(.failing)"
    events = page.document["passing"]["events"]
    lab.expect(page.row(passing) == len(events) - 1, "from its end")
    lab.expect(float(page.state(passing)["alice.balance"]) >= 0, "where alice owes nothing")
    lab.expect(len(page.texts(f"{passing} .edge.reversed")) >= 1, "with a necessary order reversed")
    chromium.click(f"{passing} [data-go=first]")
    lab.expect(page.row(passing) == 0, "it is stepped through by itself")
    chromium.key(DOWN)
    lab.expect(page.row(passing) == 1, "by the keyboard too, being the one that was used last")


def visit_double_spend(chromium, scratch):
    page = Page(chromium, ROOT / "schedules/bank-double-spend/negative-balance.schedule", scratch)
    lab.expect(page.texts("h1") == ["bank/double-spend"], "the page names its scenario")
    step_through(page)
    zoom(page)
    page.expect_no_wider_than_the_window()
    page.expect_picture()
    look_at_what_passes(page)
    look_at_why(page)
    page.expect_quiet()


def visit_long(chromium, scratch):
    page = Page(chromium, ROOT / "schedules/example-lock-free-queue/part-done-twice.schedule", scratch)
    page.expect_no_wider_than_the_window()
    chromium.key(HOME)
    top = chromium.run("return document.querySelector('.scroller').scrollTop")
    chromium.key(END)
    bottom = chromium.run("return document.querySelector('.scroller').scrollTop")
    lab.expect(top == 0 and bottom > 0, f"the timeline scrolls along: {top}, {bottom}")
    heads = chromium.run("""
        const frame = document.querySelector(".scroller").getBoundingClientRect();
        return document.querySelector(".tasks").getBoundingClientRect().top - frame.top;""")
    lab.expect(abs(heads) < 3, f"the tasks' names stay in sight: {heads}")
    page.expect_picture()
    page.expect_quiet()


def visit_sleep(chromium, scratch):
    page = Page(chromium, ROOT / "schedules/example-thread-pool/worker-sleeps-for-ever.schedule", scratch)
    wanted = {"pool.mutex": "free", "pool.wake_up": "asleep: task 1", "pool.stopping": "true"}
    lab.expect(page.state() == wanted, f"who sleeps and who holds what: {page.state()}")
    lab.expect(not page.texts(".row.fails"), "no step is at fault")
    lab.expect(page.row() == len(page.document["events"] + page.document["waiting"]) - 1, "the page opens at the end")
    lab.expect(page.texts(".row:last-child .verdict") != [], "which says who waits")
    # Task 1 locks, and its wait releases.
    before_wait = next(i for i, e in enumerate(page.document["events"]) if e["does"] == "wait") - 1
    chromium.click(f".row:nth-child({before_wait + 1})")
    lab.expect(page.state()["pool.mutex"] == "held by task 1", f"before the wait: {page.state()}")
    chromium.key(DOWN)
    lab.expect(page.state()["pool.mutex"] == "free", f"behind it: {page.state()}")
    page.expect_no_wider_than_the_window()
    page.expect_picture()
    page.expect_quiet()


def visit_deadlock(chromium, scratch):
    """What is waited for has rows at the end, and the arrows of necessary orders lead there."""
    page = Page(chromium, ROOT / "schedules/bank-deadlock/deadlock.schedule", scratch)
    events, waiting = page.document["events"], page.document["waiting"]
    lab.expect(len(waiting) == 2, f"both transfers wait forever: {waiting}")
    rows = page.texts(".view.failing .row.waiting .operation")
    lab.expect(rows == [wait["text"] for wait in waiting], f"each has its row: {rows}")
    lab.expect(page.texts(".view.failing .row")[-1].find("forever") > 0, "which says that it is forever")
    to_waiting = [order for order in page.document["cause"]["necessary"] if order["second"] >= len(events)]
    lab.expect(to_waiting != [], f"necessary orders lead there: {page.document['cause']['necessary']}")
    arrows = page.texts(".view.failing .edge.necessary")
    lab.expect(len(arrows) == len(page.document["cause"]["necessary"]), f"each with its arrow: {len(arrows)}")
    page.expect_marks()
    chromium.click(f".view.failing .row:nth-child({len(events)})")
    lab.expect(not page.texts(".view.failing .row.waiting.future"), "behind the last step all of it is waited for")
    chromium.key(DOWN)
    lab.expect(page.row() == len(events), "a key goes on to what is waited for")
    chromium.click("#necessary li:first-child button")
    focused = chromium.run(
        "return [...document.querySelectorAll('.view.failing .row.focus')].map((row) => Number(row.dataset.index))")
    first = page.document["cause"]["necessary"][0]
    lab.expect(focused == [first["first"], first["second"]], f"a click brings out both ends: {focused}")
    page.expect_no_wider_than_the_window()
    page.expect_picture()
    page.expect_quiet()


def visit_hostile(chromium, scratch):
    recorded = (ROOT / "schedules/bank-double-spend/negative-balance.schedule").read_text(encoding="utf-8")
    schedule = pathlib.Path(scratch) / "hostile.schedule"
    schedule.write_text(re.sub(r"(?m)^found-by .*$", lambda _: f"found-by  {HOSTILE}", recorded), encoding="utf-8")
    page = Page(chromium, schedule, scratch)
    lab.expect(HOSTILE in page.texts("#facts dd"), f"texts stay texts: {page.texts('#facts dd')}")
    lab.expect(not page.texts("b, [onclick]"), "and no elements")
    page.expect_picture()
    page.expect_quiet()


def main():
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} RACELAB [DIRECTORY]")
    with lab.scratch_directory() as scratch, browser.open_one(scratch) as chromium:
        chromium.emulate(1200, 1000, "light")
        for visit in (visit_double_spend, visit_long, visit_sleep, visit_deadlock, visit_hostile):
            print(visit.__name__)
            visit(chromium, scratch)


if __name__ == "__main__":
    main()
