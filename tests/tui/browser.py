"""A browser without a screen, driven by the DevTools protocol, and the app as `serve` gives it to one."""

import asyncio
import base64
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
PATIENCE = 90.0

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")

_QUIET = ("--headless=new", "--no-sandbox", "--disable-background-networking", "--no-first-run")
_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def served(port: int, token: str, environment: Mapping[str, str]) -> Iterator[str]:
    """`productresearch serve` at a port; the address that it prints."""
    run = "from tui.cli import main; main()"
    words = ["serve", "--port", str(port), "--token", token]
    process = subprocess.Popen(
        [sys.executable, "-c", run, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=dict(environment),
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        while not listens(port):
            assert process.poll() is None
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


def listens(port: int) -> bool:
    """Whether somebody does."""
    with socket.socket() as calling:
        calling.settimeout(0.2)
        return calling.connect_ex(("127.0.0.1", port)) == 0


class Browser:
    """One page; it notes what its network is asked for and what the app draws on it."""

    def __init__(self, line: ClientWebSocketResponse) -> None:
        self.hosts: set[str] = set()
        """Hosts, with their ports, that were asked for anything."""
        self._line = line
        self._calls = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._drawn = ""

    @classmethod
    @asynccontextmanager
    async def opened(cls, profile: Path) -> AsyncIterator["Browser"]:
        """Start a browser with a profile of its own."""
        options = [*_QUIET, "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            [CHROMIUM, *options, "--window-size=1300,800", "about:blank"], stderr=subprocess.DEVNULL
        )
        try:
            async with ClientSession() as session:
                page = await _page(session, profile / "DevToolsActivePort")
                async with session.ws_connect(page, max_msg_size=0) as line:
                    browser = cls(line)
                    listening = asyncio.create_task(browser._listen())
                    await browser._call("Network.enable")
                    await browser._call("Page.enable")
                    yield browser
                    listening.cancel()
        finally:
            process.terminate()
            process.wait(timeout=20)

    async def go(self, address: str) -> None:
        """Open a page."""
        await self._call("Page.navigate", url=address)

    async def wait_for(self, text: str) -> None:
        """Wait until the app has drawn a text."""
        async with asyncio.timeout(PATIENCE):
            while text not in _MOVES.sub("", self._drawn):
                await asyncio.sleep(0.1)

    async def click_at_prompt(self) -> None:
        """Click three lines above the lower edge; a terminal in a page has the focus only then."""
        answer = await self._call("Runtime.evaluate", expression="innerHeight")
        x, y = 400, answer["result"]["result"]["value"] - 54
        for kind in ("mousePressed", "mouseReleased"):
            await self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def type(self, text: str) -> None:
        """Letters, one by one."""
        for letter in text:
            await self._call("Input.dispatchKeyEvent", type="char", text=letter)

    async def press_enter(self) -> None:
        """The key."""
        for kind in ("keyDown", "keyUp"):
            key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
            await self._call("Input.dispatchKeyEvent", type=kind, **key, text="\r" * (kind == "keyDown"))

    async def picture(self, path: Path) -> None:
        """Write what the page looks like as a PNG."""
        answer = await self._call("Page.captureScreenshot")
        path.write_bytes(base64.b64decode(answer["result"]["data"]))

    async def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._calls += 1
        self._answers[self._calls] = answer = asyncio.get_running_loop().create_future()
        await self._line.send_json({"id": self._calls, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE):
            answered: dict[str, Any] = await answer
        return answered

    async def _listen(self) -> None:
        async for message in self._line:
            told = message.json()
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            else:
                self._note(told["method"], told["params"])

    def _note(self, event: str, told: dict[str, Any]) -> None:
        match event:
            case "Network.requestWillBeSent":
                self._note_host(told["request"]["url"])
            case "Network.webSocketCreated":
                self._note_host(told["url"])
            case "Network.webSocketFrameReceived" if told["response"]["opcode"] == 2:
                self._drawn += base64.b64decode(told["response"]["payloadData"]).decode("utf-8", "replace")

    def _note_host(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob", "about"):
            self.hosts.add(parts.netloc)


async def _page(session: ClientSession, noted: Path) -> str:
    """Where the one page of a browser is driven, once the browser has noted its port."""
    async with asyncio.timeout(PATIENCE):
        while not noted.exists() or not (lines := noted.read_text(encoding="utf-8").split()):
            await asyncio.sleep(0.1)
        async with session.get(f"http://127.0.0.1:{lines[0]}/json") as response:
            pages = await response.json()
    return next(str(page["webSocketDebuggerUrl"]) for page in pages if page["type"] == "page")
