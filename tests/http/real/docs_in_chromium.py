#!/usr/bin/env python3
"""A person opens /docs in a browser, tries POST /transfer, and sees its record. No console errors,
and nothing is asked of any server but the lab.

With a path as second argument a screenshot of the answer is left there.
"""

import base64
import json
import os
import sys

import lab

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One session of the WebDriver protocol."""

    def __init__(self, driver_url, chromium, profile):
        options = {
            "binary": chromium,
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
                     "--no-first-run", "--disable-background-networking", "--disable-component-update",
                     "--disable-sync", "--no-proxy-server", "--window-size=1200,2000", f"--user-data-dir={profile}"],
        }
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self.url = f"{driver_url}/session"
        session = self.send("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self.url += "/" + session["sessionId"]

    def send(self, method, path, body=None):
        status, text = lab.call(method, self.url + path, body)
        value = json.loads(text)["value"]
        if status != 200:
            raise ValueError(f"{path}: {value['error']}: {value['message']}")
        return value

    def find(self, selector, timeout_seconds=20):
        """Waits for an element; selector is CSS."""
        found = lab.wait_for(f"there is {selector}", lambda: self.send(
            "POST", "/elements", {"using": "css selector", "value": selector}), timeout_seconds)
        return found[0][ELEMENT]

    def click(self, selector):
        self.send("POST", f"/element/{self.find(selector)}/click", {})

    def text(self, selector):
        return self.send("GET", f"/element/{self.find(selector)}/text")

    def log(self, kind):
        return self.send("POST", "/se/log", {"type": kind})


def main():
    driver, chromium = lab.tool("chromedriver"), lab.tool("chromium", "chromium-browser", "google-chrome")
    with lab.scratch_directory() as scratch, lab.serve(scratch) as bank:
        port = lab.free_port()
        environment = dict(os.environ, HOME=scratch)
        with lab.running([driver, f"--port={port}"], os.path.join(scratch, "chromedriver.log"), env=environment):
            driver_url = f"http://127.0.0.1:{port}"
            lab.wait_for("chromedriver answers", lambda: lab.call("GET", f"{driver_url}/status")[0] == 200)
            browser = Browser(driver_url, chromium, os.path.join(scratch, "profile"))
            try:
                visit(browser, bank)
            finally:
                browser.send("DELETE", "")


def visit(browser, bank):
    browser.send("POST", "/url", {"url": f"{bank.url}/docs"})
    operation = "#operations-bank-transfer"
    browser.click(f"{operation} .opblock-summary-control")
    browser.click(f"{operation} .try-out__btn")
    browser.click(f"{operation} button.execute")
    status = lab.wait_for("an answer is shown", lambda: browser.text(
        f"{operation} .live-responses-table tbody .response-col_status"))
    if len(sys.argv) > 2:
        with open(sys.argv[2], "wb") as file:
            file.write(base64.b64decode(browser.send("GET", "/screenshot")))
        print(f"screenshot: {sys.argv[2]}")

    lab.expect(status.split()[0] == "200", f"Execute on POST /transfer shows 200: {status}")
    shown = browser.text(f"{operation} .live-responses-table tbody .response-col_description code")
    shown = json.loads(shown[: shown.rindex("}") + 1])
    lab.expect(shown == bank.get("/transactions")["transactions"][-1], "the record that is shown is the server's last one")
    lab.expect(shown["status"] == "success" and shown["amount"] == 800, "it is the transfer of the example, and succeeded")

    problems = [entry for entry in browser.log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    lab.expect(not problems, f"no errors on the browser's console: {problems}")
    asked = set()
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.add(message["params"]["request"]["url"])
    foreign = {url for url in asked if not url.startswith((bank.url, "data:", "chrome", "about:"))}
    lab.expect(len(asked) >= 4 and not foreign, f"{len(asked)} requests, all of them to the lab: {foreign}")


if __name__ == "__main__":
    main()
