"""Controls Chromium, for the tests of pages."""

import base64
import contextlib
import json
import os

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

    def key(self, value):
        """Presses a key in the focused element. Special keys are given as the code points of WebDriver."""
        presses = [{"type": kind, "value": value} for kind in ("keyDown", "keyUp")]
        self.send("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": presses}]})

    def run(self, script, *arguments):
        """Runs the body of a function in the page and returns its result."""
        return self.send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def emulate(self, width, height, scheme):
        """Sets the window size, without scroll bars, and the color scheme, light or dark."""
        wanted = {
            "Emulation.setDeviceMetricsOverride":
                {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
            "Emulation.setScrollbarsHidden": {"hidden": True},
            "Emulation.setEmulatedMedia": {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
        }
        for command, parameters in wanted.items():
            self.send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, path, whole=False):
        """Saves a picture of the window or of the whole page."""
        wanted = {"cmd": "Page.captureScreenshot", "params": {"captureBeyondViewport": whole}}
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.send("POST", "/goog/cdp/execute", wanted)["data"]))
        print(f"screenshot: {path}")

    def problems(self):
        """Returns the errors on the console since the last call."""
        return [entry for entry in self.log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def asked(self):
        """Returns the URLs that were requested since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return {message["params"]["request"]["url"] for message in messages
                if message["method"] == "Network.requestWillBeSent"}


@contextlib.contextmanager
def open_one(scratch):
    """Opens a browser for the duration of the block. Skips the test if none is installed."""
    driver, chromium = lab.tool("chromedriver"), lab.tool("chromium", "chromium-browser", "google-chrome")
    port = lab.free_port()
    environment = dict(os.environ, HOME=scratch)
    with lab.running([driver, f"--port={port}"], os.path.join(scratch, "chromedriver.log"), env=environment):
        driver_url = f"http://127.0.0.1:{port}"
        lab.wait_for("chromedriver answers", lambda: lab.call("GET", f"{driver_url}/status")[0] == 200)
        browser = Browser(driver_url, chromium, os.path.join(scratch, "profile"))
        try:
            yield browser
        finally:
            browser.send("DELETE", "")
