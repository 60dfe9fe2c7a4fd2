"""The app in a browser: the line to it, what stays when it is closed, and a question in a real one."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psutil
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from agent.session import Sessions
from tests.agent.shop import QUESTION, open_shop
from tests.tui.browser import Browser, free_port, needs_chromium, served
from tui.serving import COOKIE, GuardedServer, serve

TOKEN = "a-long-token"
HOST = {"Host": "127.0.0.1:8000"}
HELD = {**HOST, "Cookie": f"{COOKIE}={TOKEN}"}
PATIENCE = 60.0
AT_ONCE = 8.0
"""Seconds; a line that nobody ends is waited for twice as long."""

Client = TestClient[Request, Application]


@asynccontextmanager
async def client(host: str = "127.0.0.1") -> AsyncIterator[Client]:
    """A browser's side of the server, which keeps no cookies."""
    server = GuardedServer(host, 8000, TOKEN)
    async with TestClient(TestServer(await server._make_app())) as opened:
        yield opened


async def test_the_page_names_no_other_site_and_may_load_from_none() -> None:
    async with client() as browser:
        response = await browser.get(f"/?token={TOKEN}", headers=HOST)
        page = await response.text()
        named = set(re.findall(r"(?:https?|wss?)://([^/\"'\s]+)", page)) - {"www.w3.org"}
        assert named == {"127.0.0.1:8000"}
        assert TOKEN not in page
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "headers", [HOST, {**HELD, "Cookie": f"{COOKIE}=wrong"}, {**HELD, "Host": "evil.example:8000"}]
)
async def test_the_line_to_the_app_needs_the_cookie(headers: dict[str, str]) -> None:
    async with client() as browser:
        with pytest.raises(WSServerHandshakeError, match="403"):
            await browser.ws_connect("/ws", headers=headers)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "http://localhost"])
async def test_a_page_of_another_server_gets_no_line_although_it_brings_the_cookie(origin: str) -> None:
    async with client() as browser:
        with pytest.raises(WSServerHandshakeError, match="403"):
            await browser.ws_connect("/ws", headers={**HELD, "Origin": origin})


async def test_a_browser_that_is_closed_in_a_run_leaves_a_session_to_go_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_shop(tmp_path).close()
    for name, value in (("HOME", str(tmp_path)), ("ENGINE", "rules")):
        monkeypatch.setenv(f"PRODUCTRESEARCH_{name}", value)
    before = set(psutil.Process().children())
    async with client() as browser:
        line = await browser.ws_connect(
            "/ws?width=120&height=40", headers={**HELD, "Origin": "http://127.0.0.1:8000"}
        )
        await shown(line, "8 products")
        await line.send_json(["stdin", QUESTION])
        await shown(line, QUESTION)
        await line.send_json(["stdin", "\r"])
        await shown(line, "Is that right?")
        await line.close()
        async with asyncio.timeout(PATIENCE):
            while set(psutil.Process().children()) - before:
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)  # its pipes are closed after it
    assert stored(tmp_path) == [(QUESTION, False)]


async def test_the_server_ends_at_once_although_a_browser_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_shop(tmp_path).close()
    for name, value in (("HOME", str(tmp_path)), ("ENGINE", "rules")):
        monkeypatch.setenv(f"PRODUCTRESEARCH_{name}", value)
    server = GuardedServer("127.0.0.1", 8000, TOKEN)
    before = set(psutil.Process().children())
    async with TestClient(TestServer(await server._make_app())) as browser:
        line = await browser.ws_connect("/ws?width=120&height=40", headers=HELD)
        await shown(line, "8 products")
        began = time.monotonic()
        await asyncio.gather(ended(line), browser.server.close())
        assert time.monotonic() - began < AT_ONCE
    assert set(psutil.Process().children()) == before


async def ended(line: ClientWebSocketResponse) -> None:
    """Read until the other side closes, as a browser does."""
    async for _ in line:
        pass


async def shown(line: ClientWebSocketResponse, text: str) -> None:
    """Read what the app draws until a text stands in it."""
    drawn = ""
    async with asyncio.timeout(PATIENCE):
        while text not in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn):
            message = await line.receive()
            assert message.type in (WSMsgType.BINARY, WSMsgType.TEXT), message
            if message.type is WSMsgType.BINARY:
                drawn += message.data.decode()


def stored(home: Path) -> list[tuple[str, bool]]:
    with closing(Sessions(home / "sessions.sqlite")) as sessions:
        return [(session.question, session.finished) for session in sessions.list()]


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.168.7.9", False), ("kitchen", False)],
)
def test_only_an_address_that_others_reach_is_warned_of(
    host: str, here: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardedServer, "serve", lambda self: None)  # noqa: ARG005
    monkeypatch.setattr("tui.serving.getaddrinfo", lambda host, port: [])  # noqa: ARG005
    serve(host, 8000, TOKEN)
    told = capsys.readouterr()
    written = f"[{host}]" if ":" in host else host
    assert told.out == f"http://{written}:8000/?token={TOKEN}\n"
    assert ("Others on your network can reach this" in told.err) is not here


@pytest.mark.parametrize(
    ("host", "anywhere"), [("0.0.0.0", True), ("::", True), ("192.168.7.9", False), ("kitchen", False)]
)
def test_only_where_every_address_is_listened_on_is_any_of_them_named(
    host: str, anywhere: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardedServer, "serve", lambda self: None)  # noqa: ARG005
    monkeypatch.setattr("tui.serving.getaddrinfo", lambda host, port: [])  # noqa: ARG005
    serve(host, 8000, TOKEN)
    assert ("any address of it" in capsys.readouterr().err) is anywhere


@needs_chromium
@pytest.mark.slow
async def test_a_question_is_asked_in_a_browser_and_no_other_host_is_asked_for_anything(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    open_shop(home).close()
    settings = {"PRODUCTRESEARCH_HOME": str(home), "PRODUCTRESEARCH_ENGINE": "rules"}
    port = free_port()
    with served(port, TOKEN, {**os.environ, **settings, "PRODUCTRESEARCH_APPROVE_PLAN": "false"}) as address:
        async with Browser.opened(tmp_path / "profile") as browser:
            await browser.go(address)
            await browser.wait_for("8 products")
            await browser.click_at_prompt()
            await browser.type(QUESTION)
            await browser.wait_for(QUESTION)
            await browser.press_enter()
            await browser.wait_for("Done; F6 walks through the report")
            picture = tmp_path / "browser.png"
            await browser.picture(picture)
    assert browser.hosts == {f"127.0.0.1:{port}"}
    assert len(set(rows(picture.read_bytes()))) > 100
    assert stored(home) == [(QUESTION, True)]


def rows(png: bytes) -> list[bytes]:
    """The lines of a picture, as PNG filters them; those of a blank one are alike."""
    import struct
    import zlib

    at, packed, width = 8, b"", 0
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        content = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, _, depth, colours = struct.unpack(">IIBB", content[:10])
            assert depth == 8
            stride = 1 + width * {2: 3, 6: 4}[colours]
        packed += content if kind == b"IDAT" else b""
        at += 12 + length
    plain = zlib.decompress(packed)
    return [plain[start : start + stride] for start in range(0, len(plain), stride)]
