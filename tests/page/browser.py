"""Chromium, which opens a page from disk, evaluates JavaScript, and tells what went wrong."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds; a busy machine takes long."""
NOWHERE = "127.0.0.1:9"
"""A proxy that does not exist: whatever would use the network fails."""


def wait_for(browser: "Chromium", condition: str, patience: float = PATIENCE) -> None:
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

    def press(self, *keys: str) -> None:
        """Press letters, or keys by Selenium's names such as TAB, where the focus is."""
        from selenium.webdriver.common.keys import Keys

        self.driver.switch_to.active_element.send_keys(*(getattr(Keys, key, key) for key in keys))

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
