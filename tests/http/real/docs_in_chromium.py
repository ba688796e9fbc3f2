#!/usr/bin/env python3
"""Opens /docs in a browser, tries POST /transfer, and expects its record. Expects no
console errors, and no requests to any other server.

With a path as second argument, saves a screenshot of the response there.
"""

import json
import sys

import browser
import lab


def main():
    with lab.scratch_directory() as scratch, lab.serve(scratch) as bank, browser.open_one(scratch) as chromium:
        visit(chromium, bank)


def visit(chromium, bank):
    chromium.send("POST", "/url", {"url": f"{bank.url}/docs"})
    operation = "#operations-bank-transfer"
    chromium.click(f"{operation} .opblock-summary-control")
    chromium.click(f"{operation} .try-out__btn")
    chromium.click(f"{operation} button.execute")
    status = lab.wait_for("an answer is shown", lambda: chromium.text(
        f"{operation} .live-responses-table tbody .response-col_status"))
    if len(sys.argv) > 2:
        chromium.screenshot(sys.argv[2])

    lab.expect(status.split()[0] == "200", f"Execute on POST /transfer shows 200: {status}")
    shown = chromium.text(f"{operation} .live-responses-table tbody .response-col_description code")
    shown = json.loads(shown[: shown.rindex("}") + 1])
    lab.expect(shown == bank.get("/transactions")["transactions"][-1], "the record that is shown is the server's last one")
    lab.expect(shown["status"] == "success" and shown["amount"] == 800, "it is the transfer of the example, and succeeded")

    problems = chromium.problems()
    lab.expect(not problems, f"no errors on the browser's console: {problems}")
    asked = chromium.asked()
    foreign = {url for url in asked if not url.startswith((bank.url, "data:", "chrome", "about:"))}
    lab.expect(len(asked) >= 4 and not foreign, f"{len(asked)} requests, all of them to the lab: {foreign}")


if __name__ == "__main__":
    main()
