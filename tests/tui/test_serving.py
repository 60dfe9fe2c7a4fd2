"""Who is served the app in a browser: whoever brings the token, by our own address, and nobody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer, unused_port
from aiohttp.web import Application, Request
from yarl import URL

from tui.serving import GuardedServer, is_here

TOKEN = "a-token-for-tests"


@asynccontextmanager
async def served() -> AsyncIterator[TestClient[Request, Application]]:
    """The page, at a free port of this machine."""
    port = unused_port()
    app = await GuardedServer("127.0.0.1", port, TOKEN)._make_app()
    app.on_startup.clear()  # it greets at the terminal
    app.on_shutdown.clear()
    async with TestClient(TestServer(app, port=port)) as client:
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
