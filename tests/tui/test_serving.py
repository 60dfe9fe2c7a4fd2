"""Who is served the app in a browser: whoever brings the token, by our own address, and nobody else."""

import asyncio
import platform
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import EAI_NONAME, gaierror

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer, unused_port
from aiohttp.web import Application, Request
from yarl import URL

from tests.tui.browser import free_port, listens
from tui.serving import GuardedServer, is_here, serve
from tui.told import WRONG_USAGE, told

TOKEN = "a-token-for-tests"


@asynccontextmanager
async def served(
    host: str = "127.0.0.1", port: int | None = None
) -> AsyncIterator[TestClient[Request, Application]]:
    """The page, at a free port of this machine; the server takes it for another one where `port` is given."""
    free = unused_port()
    app = await GuardedServer(host, port or free, TOKEN)._make_app()
    app.on_startup.clear()  # it greets at the terminal
    app.on_shutdown.clear()
    async with TestClient(TestServer(app, port=free)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/?token=another", {}),
        ("/static/js/textual.js", {}),
        ("/ws", {}),
        (f"/?token={TOKEN}", {"Host": "shop.invalid"}),
        (f"/?token={TOKEN}", {"Origin": "http://127.0.0.1:1"}),
        (f"/?token={TOKEN}", {"Origin": "https://shop.invalid"}),
    ],
)
async def test_nobody_else_is_served(path: str, headers: dict[str, str]) -> None:
    async with served() as client:
        response = await client.get(path, headers=headers)
        assert response.status == 403
        assert "Set-Cookie" not in response.headers


async def test_the_token_opens_the_page_which_asks_nothing_of_anybody_else() -> None:
    async with served() as client:
        response = await client.get(f"/?token={TOKEN}")
        page = await response.text()
        assert response.status == 200
        assert "SameSite=Strict" in response.headers["Set-Cookie"]
        assert "HttpOnly" in response.headers["Set-Cookie"]
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        assert "googleapis" not in page
        again = await client.get("/static/js/textual.js")  # by the cookie
        assert again.status == 200


async def test_another_visitor_needs_the_token_too() -> None:
    async with served() as client:
        await client.get(f"/?token={TOKEN}")
        async with ClientSession() as other:
            response = await other.get(URL(str(client.make_url("/"))))
            assert response.status == 403


@pytest.fixture
def nas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is called so."""
    monkeypatch.setattr(platform, "node", lambda: "Nas")


OTHERS = ("192.168.7.9:8000", "[fd00::9]:8000", "nas:8000", "NAS:8000", "nas.local:8000", "localhost:8000")


@pytest.mark.usefixtures("nas")
@pytest.mark.parametrize("listening", ["0.0.0.0", "::", "nas"])
@pytest.mark.parametrize("host", OTHERS)
async def test_others_on_the_network_are_served_by_the_address_that_they_use(
    listening: str, host: str
) -> None:
    async with served(listening, 8000) as client:
        headers = {"Host": host, "Origin": f"http://{host}".lower()}
        response = await client.get(f"/?token={TOKEN}", headers=headers)
        page = await response.text()
        assert response.status == 200
        assert f'"ws://{host.lower()}/ws"' in page
        assert f'"http://{host.lower()}/static/css/xterm.css"' in page


ASTRAY = (
    {"Host": "shop.invalid:8000"},
    {"Host": "nas.shop.invalid:8000"},
    {"Host": "192.168.7.9:8001"},
    {"Host": "192.168.7.9"},
    {"Host": ""},
    {"Host": "nas:no-port"},
    {"Host": "192.168.7.9:8000", "Origin": "http://192.168.7.8:8000"},
    {"Host": "192.168.7.9:8000", "Origin": "http://nas:8000"},
    {"Host": "192.168.7.9:8000", "Origin": "http://192.168.7.9:8001"},
    {"Host": "192.168.7.9:8000", "Origin": "null"},
    {"Host": "192.168.7.9:8000", "Origin": "http://["},
)


@pytest.mark.usefixtures("nas")
@pytest.mark.parametrize("headers", ASTRAY)
async def test_a_name_that_is_not_ours_or_a_page_from_elsewhere_is_not_served_to_others_either(
    headers: dict[str, str],
) -> None:
    async with served("0.0.0.0", 8000) as client:
        response = await client.get(f"/?token={TOKEN}", headers=headers)
        assert response.status == 403
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    ("host", "status"), [("127.0.0.1", 200), ("127.0.0.1:80", 200), ("127.0.0.1:8080", 403)]
)
async def test_the_port_of_the_web_need_not_be_said(host: str, status: int) -> None:
    async with served(port=80) as client:
        headers = {"Host": host, "Origin": "http://127.0.0.1"}
        assert (await client.get(f"/?token={TOKEN}", headers=headers)).status == status


@pytest.mark.usefixtures("nas")
@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://nas:8000/"),
        ("::", "http://nas:8000/"),
        ("192.168.7.9", "http://192.168.7.9:8000/"),
        ("::1", "http://[::1]:8000/"),
    ],
)
def test_the_address_that_is_printed_can_be_opened(host: str, address: str) -> None:
    assert GuardedServer(host, 8000, TOKEN).address == f"{address}?token={TOKEN}"


@pytest.mark.parametrize("name", ["", "my machine", "a..b", "x" * 70])
def test_a_machine_whose_name_is_of_no_use_is_opened_by_the_host_as_written(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "node", lambda: name)
    assert GuardedServer("0.0.0.0", 8000, TOKEN).address == f"http://0.0.0.0:8000/?token={TOKEN}"
    assert GuardedServer("::", 8000, TOKEN).address == f"http://[::]:8000/?token={TOKEN}"


async def test_a_machine_without_a_name_answers_to_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "")
    async with served("0.0.0.0", 8000) as client:
        response = await client.get(f"/?token={TOKEN}", headers={"Host": ".local:8000"})
        assert response.status == 403


@pytest.mark.parametrize("host", ["my host", "", "[::1]", "nas:8000", "a/b", "a@b", "a..b", "x" * 70])
def test_a_host_that_is_none_is_told_in_a_sentence(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, told():
        serve(host, 8000, TOKEN)
    said = capsys.readouterr()
    assert ended.value.code == WRONG_USAGE
    assert said.err.startswith(f"'{host}' is no host: ")
    assert said.out == ""


def test_a_host_that_nobody_knows_is_told_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(host: str, port: int) -> None:  # noqa: ARG001
        raise gaierror(EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("tui.serving.getaddrinfo", unknown)
    with pytest.raises(SystemExit) as ended, told():
        serve("kitchen", 8000, TOKEN)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (WRONG_USAGE, "")
    assert said.err == "'kitchen' is not known as a host: Name or service not known.\n"


async def test_no_log_holds_the_token() -> None:
    port, lines = free_port(), []
    run = "from tui.cli import main; main()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", run, "serve", "--port", str(port), "--token", TOKEN),
        stdout=PIPE,
        stderr=STDOUT,
    )
    assert process.stdout is not None
    try:
        async with ClientSession() as browser:
            while "Press Ctrl+C" not in (line := (await process.stdout.readline()).decode()):
                lines.append(line)
            while not listens(port):
                await asyncio.sleep(0.05)
            async with browser.get(f"http://127.0.0.1:{port}/?token={TOKEN}") as response:
                assert response.status == 200
    finally:
        process.terminate()
        lines.append((await process.communicate())[0].decode())
    assert [TOKEN in line for line in lines].count(True) == 1, lines
    assert "GET /" not in "".join(lines)


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("nas", False)],
)
def test_what_is_this_machine_alone(host: str, here: bool) -> None:
    assert is_here(host) is here


def test_every_start_has_a_token_of_its_own() -> None:
    one, another = (GuardedServer("127.0.0.1", 8000).address for _ in range(2))
    assert one != another
    assert len(one.partition("token=")[2]) > 24
