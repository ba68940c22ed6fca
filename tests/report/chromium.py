"""A page in headless Chromium, driven over its debugging pipe; nothing but the standard library."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

BINARY = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]


class Page:
    """A page that records every request, exception and log line; of a file, or of an address that is served."""

    def __init__(self, path: Path | str, width: int = 1280, height: int = 900) -> None:
        self.address, self.size = path if isinstance(path, str) else path.as_uri(), (width, height)
        self.events: list[dict[str, Any]] = []
        self._last_id = 0
        self._buffer = b""

    def __enter__(self) -> Page:
        assert BINARY is not None
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        commands, self._in = os.pipe()
        self._out, answers = os.pipe()
        # Chromium reads commands from descriptor 3 and answers on 4.
        command = f'exec "$0" "$@" 3<&{commands} 4>&{answers}'
        arguments = [BINARY, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", command, *arguments],
            pass_fds=(commands, answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.resize(*self.size)
        self.open(self.address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    _session: str | None = None

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a command; events that come in between are kept."""
        self._last_id += 1
        message: dict[str, Any] = {"id": self._last_id, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._in, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._last_id:
                assert "error" not in answer, answer
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def resize(self, width: int, height: int) -> None:
        """Another window, as a phone or a desk has it."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, address: str) -> None:
        """Go to an address, and wait until it is loaded."""
        before = self._loads()
        self.send("Page.navigate", url=address)
        until = time.monotonic() + 30
        while time.monotonic() < until and self._loads() == before:
            self.evaluate("document.readyState")

    def _loads(self) -> int:
        return sum(event["method"] == "Page.loadEventFired" for event in self.events)

    def wait_for(self, expression: str, seconds: float = 20) -> None:
        """Wait until a JavaScript expression is true, over navigations too."""
        until = time.monotonic() + seconds
        while not self._true(expression):
            assert time.monotonic() < until, (
                f"{expression} did not come true: {self.evaluate('document.body.innerText')}"
            )
            time.sleep(0.02)

    def _true(self, expression: str) -> bool:
        try:
            return self.evaluate(f"document.readyState === 'complete' && Boolean({expression})")
        except AssertionError:  # the page is being exchanged
            return False

    def click(self, selector: str, times: int = 1) -> None:
        """Real clicks of the pointer on the middle of an element."""
        self.move_to(selector)
        find = f"document.querySelector({selector!r})"
        box = self.evaluate(
            f"(() => {{ const b = {find}.getBoundingClientRect(); return [b.x + b.width/2, b.y + b.height/2] }})()"
        )
        for count in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                where = {"type": kind, "x": box[0], "y": box[1], "button": "left", "clickCount": count}
                self.send("Input.dispatchMouseEvent", **where)

    def press(self, key: str) -> None:
        """A real key: a letter, a digit, `Enter`, `Tab` or an arrow."""
        codes = {"Enter": 13, "Tab": 9, "ArrowRight": 39, "ArrowDown": 40}
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        code = codes.get(key, ord(key.upper()[0]))
        down = {"type": "keyDown" if text else "rawKeyDown", "key": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", **down, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def back(self) -> None:
        """The back button."""
        history = self.send("Page.getNavigationHistory")
        entry = history["entries"][history["currentIndex"] - 1]
        self.send("Page.navigateToHistoryEntry", entryId=entry["id"])

    def move_to(self, selector: str) -> None:
        """The pointer over the middle of an element, scrolled into view."""
        find = f"document.querySelector({selector!r})"
        self.evaluate(f"{find}.scrollIntoView({{block: 'center'}})")
        # A page hides its card when it scrolls, so the pointer waits until that is over.
        time.sleep(0.2)
        box = self.evaluate(
            f"(() => {{ const b = {find}.getBoundingClientRect(); return [b.x + b.width/2, b.y + b.height/2] }})()"
        )
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])

    def requests(self) -> list[str]:
        """Every address that was asked for."""
        sent = (e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent")
        return [url for url in sent if url != "about:blank"]

    def complaints(self) -> list[dict[str, Any]]:
        """Exceptions, console messages and log entries (a blocked script or style is one)."""
        kinds = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [e for e in self.events if e["method"] in kinds]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._out], [], [], 60)
            assert ready, "the browser does not answer"
            chunk = os.read(self._out, 1 << 16)
            assert chunk, "the browser ended"
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(line)
