"""A real browser for tests and pictures: Debian's chromium without a window, driven over its DevTools protocol.

    with browser() as page:
        page.goto("http://127.0.0.1:8001/")
        page.fill("#id_title", "Mount the switch")
        page.click("button[type=submit]")
        page.screenshot(Path("tasks.png"))

calls -> one JSON message each over a websocket -> chromium, with a profile of its own that is thrown away.
Source of methods and fields: https://chromedevtools.github.io/devtools-protocol/ (Page, Runtime, Emulation).

python -m tests.support.browser URL FILE [WIDTH HEIGHT]     takes a picture
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, cast

import aiohttp

WIDTH, HEIGHT = 1280, 800
PATIENCE: Final = 30.0
"""Seconds that chromium may take to start, a page to load, or an element to appear."""
_FLAGS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--no-proxy-server", "--remote-debugging-port=0", "--remote-debugging-address=127.0.0.1",
)  # fmt: skip
_MEGABYTES: Final = 64 * 1024 * 1024
"""The longest message: a picture of a long page."""


def missing() -> str:
    """Say what this machine lacks for a browser, "" when nothing."""
    return "" if shutil.which("chromium") else "chromium (apt-get install chromium fonts-dejavu-core)"


class BrowserError(AssertionError):
    """The page is not as it should be; in one sentence."""


class Browser:
    """One page of a running browser. Selectors are CSS; all calls wait until what they need is there."""

    def __init__(self, runner: asyncio.Runner, protocol: _Protocol) -> None:
        self._runner = runner
        self._protocol = protocol

    @property
    def url(self) -> str:
        return str(self.evaluate("location.href"))

    def open(self, width: int, height: int) -> None:
        """Begin: hear of pages that load."""
        self._send("Page.enable")
        self.size(width, height)

    def size(self, width: int, height: int) -> None:
        """Make the page so many CSS pixels wide and high."""
        self._send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def goto(self, url: str) -> None:
        """Open a URL and wait until it is loaded."""
        answer = self._loading(lambda: self._protocol.send("Page.navigate", url=url))
        if answer.get("errorText"):
            raise BrowserError(f"{url} can't be opened: {answer['errorText']}")

    def fill(self, selector: str, value: str) -> None:
        """Put text into a field, as its page's own scripts see it."""
        script = f"""(() => {{
            const field = {self._found(selector)}; field.focus(); field.value = {json.dumps(value)};
            for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, {{bubbles: true}})); }})()"""
        self.evaluate(script)

    def click(self, selector: str) -> None:
        """Click on something that opens a page, and wait until that is loaded."""
        script = f"{self._found(selector)}.click()"
        self._loading(lambda: self._protocol.send("Runtime.evaluate", expression=script))

    def text(self, selector: str = "body") -> str:
        """Read the text that a person sees in an element."""
        return str(self.evaluate(f"{self._found(selector)}.innerText"))

    def screenshot(self, path: Path, *, full: bool = False) -> None:
        """Take a picture as PNG; `full` takes the whole page, not only what fits."""
        what: dict[str, object] = {}
        if full:
            size = self._send("Page.getLayoutMetrics")["cssContentSize"]
            what = {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "scale": 1, **_extent(size)}}
        answer = self._send("Page.captureScreenshot", format="png", **what)
        path.write_bytes(base64.b64decode(answer["data"]))

    def evaluate(self, script: str) -> object:
        """Run JavaScript in the page; its value."""
        answer = self._send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"]
            raise BrowserError(str(thrown.get("exception", {}).get("description") or thrown["text"]).splitlines()[0])
        return answer["result"].get("value")

    def _found(self, selector: str) -> str:
        quoted = json.dumps(selector)
        if not self.evaluate(f"document.querySelector({quoted}) !== null"):
            raise BrowserError(f"{self.url} has nothing that matches {selector}")
        return f"document.querySelector({quoted})"

    def _send(self, method: str, **params: object) -> dict[str, Any]:
        return self._runner.run(_bounded(self._protocol.send(method, **params), method))

    def _loading(self, act: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        return self._runner.run(_bounded(self._protocol.loading(act), "a page that loads"))


async def _bounded(work: Awaitable[dict[str, Any]], what: str) -> dict[str, Any]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await work
    except TimeoutError:
        raise BrowserError(f"the browser had no answer to {what} in {PATIENCE:g} seconds") from None


class _Protocol:
    """Calls and events of one page. A call's answer has its number; events that come in between are looked at."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._count = 0
        self._loaded = False

    async def send(self, method: str, **params: object) -> dict[str, Any]:
        self._count += 1
        number = self._count
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._message()
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']['message']}")
                return message["result"]

    async def loading(self, act: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """Do something that loads a page; give its answer once the page is there, or at once when it can't come."""
        self._loaded = False
        answer = await act()
        while not self._loaded and not answer.get("errorText"):
            await self._message()
        return answer

    async def _message(self) -> dict[str, Any]:
        message = cast("dict[str, Any]", await self._socket.receive_json())
        self._loaded = self._loaded or message.get("method") == "Page.loadEventFired"
        return message


@contextmanager
def browser(width: int = WIDTH, height: int = HEIGHT) -> Generator[Browser]:
    """Run chromium with one empty page, in a new profile, and end it."""
    with tempfile.TemporaryDirectory(prefix="m2t-browser-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            ["chromium", *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        said = _Said(process)
        try:
            with asyncio.Runner() as runner:
                yield from _page(runner, said.port(), width, height)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with its helpers: nothing of the profile is kept anyway
            process.wait()
            said.join()


def _extent(size: Mapping[str, object]) -> dict[str, object]:
    return {side: size[side] for side in ("width", "height")}


class _Said(threading.Thread):
    """What chromium says on standard error, read to its end: a full pipe would stop it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = process.stderr
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self.start()

    def run(self) -> None:
        assert self._stream is not None
        with self._stream:
            for line in self._stream:
                self._lines.put(line.decode(errors="replace").strip())
        self._lines.put(None)

    def port(self) -> int:
        """Give the port that it listens on, once it says so."""
        said: list[str] = []
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            said.append(line)
            if line.startswith("DevTools listening on ws://"):
                return int(line.split(":")[2].split("/")[0])
        raise BrowserError(f"chromium ended at once and said: {' '.join(said[-3:])}")


def _page(runner: asyncio.Runner, port: int, width: int, height: int) -> Generator[Browser]:
    session, socket = runner.run(_connect(port))
    try:
        page = Browser(runner, _Protocol(socket))
        page.open(width, height)
        yield page
    finally:
        with suppress(ConnectionError):
            runner.run(_close(session, socket))


async def _connect(port: int) -> tuple[aiohttp.ClientSession, aiohttp.ClientWebSocketResponse]:
    session = aiohttp.ClientSession()
    try:
        async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = cast("list[dict[str, str]]", await answer.json())
        page = next(each for each in pages if each["type"] == "page")
        return session, await session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=_MEGABYTES)
    except BaseException:  # whatever it was: an open session would outlive it
        await session.close()
        raise


async def _close(session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
    await socket.close()
    await session.close()


def screenshot(url: str, path: Path, width: int = WIDTH, height: int = HEIGHT) -> None:
    """Take a picture of a page, as it is when it has loaded."""
    with browser(width, height) as page:
        page.goto(url)
        page.screenshot(path)


if __name__ == "__main__":
    screenshot(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:5]))
