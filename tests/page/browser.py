"""A browser that opens a page from disk: Chromium through its driver, Firefox through BiDi.

What a test may ask of both: to open a file, to evaluate JavaScript, and what went wrong meanwhile.
"""

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Protocol

PATIENCE = 120.0
"""Seconds; a busy machine takes long."""
NOWHERE = "127.0.0.1:9"
"""A proxy that does not exist: whatever would use the network fails."""


class Browser(Protocol):
    """What tests need of a browser."""

    def size(self, width: int, height: int) -> None:
        """Give the window's inside a size in pixels."""

    def open(self, page: Path, fragment: str = "") -> None:
        """Open a file."""

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression, or of a promise."""

    def complaints(self) -> list[str]:
        """Return errors of the console and requests for anything but the page itself."""

    def close(self) -> None:
        """End the browser."""


def wait_for(browser: Browser, condition: str, patience: float = PATIENCE) -> None:
    """Wait until an expression is true, for so many seconds at most."""
    end = time.monotonic() + patience
    while not browser.evaluate(f"Boolean({condition})"):
        if time.monotonic() > end:
            raise TimeoutError(condition)
        time.sleep(0.1)


class Chromium:
    """Chromium, driven by Selenium."""

    def __init__(self, width: int = 1440, height: int = 1000) -> None:
        from selenium import webdriver
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service

        options = Options()
        options.binary_location = str(shutil.which("chromium"))
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
            "--disable-background-networking", f"--proxy-server={NOWHERE}",
        ):  # fmt: skip
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = Service(str(shutil.which("chromedriver")))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_script_timeout(PATIENCE)
        self.size(width, height)

    def size(self, width: int, height: int) -> None:
        """Give the window's inside a size in pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, page: Path, fragment: str = "") -> None:
        """Open a file."""
        self.driver.get("about:blank")
        self.driver.get(page.as_uri() + fragment)

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression, or of a promise."""
        called = (
            f"const done = arguments[0]; (async () => ({script}))()"
            ".then(value => done([value, '']), error => done([null, String(error)]));"
        )
        value, failed = self.driver.execute_async_script(called)
        if failed:
            raise RuntimeError(failed)
        return value

    def complaints(self) -> list[str]:
        """Return errors of the console and requests for anything but the page itself."""
        found = [entry["message"] for entry in self.driver.get_log("browser")]
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                address = message["params"]["request"]["url"]
                if not address.startswith(("file:", "blob:", "data:", "about:")):
                    found.append(address)
        return found

    def picture(self, path: Path) -> None:
        """Write what the window shows."""
        self.driver.save_screenshot(str(path))

    def close(self) -> None:
        """End the browser."""
        self.driver.quit()


class Firefox:
    """Firefox, driven by WebDriver BiDi over its own socket."""

    def __init__(self, profile: Path, port: int) -> None:
        import websocket

        preferences = {
            "network.proxy.type": 1,
            "network.proxy.http": "127.0.0.1",
            "network.proxy.http_port": 9,
            "network.proxy.ssl": "127.0.0.1",
            "network.proxy.ssl_port": 9,
        }
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self.process = subprocess.Popen(
            [
                str(shutil.which("firefox-esr")), "--headless", "--no-remote",
                "--profile", str(profile), f"--remote-debugging-port={port}", "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.socket = websocket.create_connection(
                    f"ws://127.0.0.1:{port}/session", timeout=PATIENCE, suppress_origin=True
                )
                break
            except OSError:
                if time.monotonic() > end:
                    self.process.kill()
                    raise
                time.sleep(0.2)
        self.number = 0
        self.said: list[str] = []
        self.ask("session.new", {"capabilities": {}})
        self.ask("session.subscribe", {"events": ["log.entryAdded", "network.beforeRequestSent"]})
        tree = self.ask("browsingContext.getTree", {})
        self.context = tree["contexts"][0]["context"]

    def ask(self, method: str, parameters: dict[str, Any]) -> Any:
        """Send a command and return its result; note events that come before it."""
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        self.socket.send(json.dumps(command))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                if message["type"] == "error":
                    raise RuntimeError(message["message"])
                return message["result"]
            self.note(message)

    def note(self, event: dict[str, Any]) -> None:
        """Keep what a page says or asks for."""
        parameters = event.get("params", {})
        if event.get("method") == "log.entryAdded":
            if parameters["level"] in ("error", "warn"):
                self.said.append(str(parameters["text"]))
        elif event.get("method") == "network.beforeRequestSent":
            address = parameters["request"]["url"]
            if parameters.get("context") == self.context and not address.startswith(
                ("file:", "blob:", "data:", "about:")
            ):
                self.said.append(address)

    def size(self, width: int, height: int) -> None:
        """Give the window's inside a size in pixels."""
        viewport = {"width": width, "height": height}
        self.ask("browsingContext.setViewport", {"context": self.context, "viewport": viewport})

    def open(self, page: Path, fragment: str = "") -> None:
        """Open a file."""
        for url in ("about:blank", page.as_uri() + fragment):
            where = {"context": self.context, "url": url, "wait": "complete"}
            self.ask("browsingContext.navigate", where)

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression, or of a promise, by way of JSON."""
        wrapped = f"(async () => JSON.stringify((await ({script})) ?? null))()"
        found = self.ask(
            "script.evaluate",
            {"expression": wrapped, "target": {"context": self.context}, "awaitPromise": True},
        )
        if found["type"] != "success":
            raise RuntimeError(found["exceptionDetails"]["text"])
        return json.loads(found["result"]["value"])

    def complaints(self) -> list[str]:
        """Return errors of the console and requests for anything but the page itself."""
        self.evaluate("0")
        return self.said

    def close(self) -> None:
        """End the browser."""
        self.socket.close()
        self.process.terminate()
        self.process.wait(PATIENCE)
