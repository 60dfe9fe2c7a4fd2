"""The app in a browser: on this machine alone unless told otherwise, and only for whoever has the token.

Any page that a browser has open can reach a local port, so the token must come with the first visit; from
then on a cookie that other sites cannot send stands for it. The host that a request names must be an address
in digits or a name of ours, which leaves a name that was bent to this machine outside.
"""

import asyncio
import hmac
import logging
import platform
import re
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import copy
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import getaddrinfo

from aiohttp import web
from textual_serve import server as stock
from textual_serve.app_service import AppService
from textual_serve.server import Server
from yarl import URL

from tui.told import UsageError

TITLE = "ProductResearch"
COOKIE, PARAMETER = "productresearch", "token"
RUN = "from tui.cli import main; main()"

POLICY = "default-src 'self' 'unsafe-inline' data: blob:; connect-src 'self' ws: wss:"
"""What the page may load: nothing from elsewhere."""
_ELSEWHERE = re.compile(r"<link[^>]*https://[^>]*>")
"""The stock page asks another site for a font; what is ours comes by plain HTTP."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class EndingApp(AppService):
    """An app that has stopped only when its process is gone: pipes left open complain of a closed loop."""

    async def stop(self) -> None:
        """Ask it to end, and wait for it."""
        await super().stop()
        if self._process is not None:
            await self._process.wait()


setattr(stock, "AppService", EndingApp)  # noqa: B010  the server has no other way to be given one


class GuardedServer(Server):
    """Serves the app to whoever comes with the token; raises UsageError for a host that is none."""

    def __init__(self, host: str, port: int, token: str = "") -> None:
        command = shlex.join([sys.executable, "-c", RUN])
        self._opened = _opened_at(host, port)
        super().__init__(command, host=host, port=port, title=TITLE, public_url=str(self._opened))
        self._token = token or secrets.token_urlsafe(24)
        self._lines: set[asyncio.Task[object]] = set()
        """What talks to a browser and runs the app for it."""
        self._names = {host.lower(), "localhost"} | (set() if is_here(host) else _own_names())

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return str(self._opened.with_path("/").with_query({PARAMETER: self._token}))

    def initialize_logging(self) -> None:
        """As it is, without a line for each request: the first one's holds the token."""
        super().initialize_logging()
        logging.getLogger("aiohttp.access").disabled = True

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page, whose parts come from the address by which it was asked for."""
        followed = copy(self)
        followed.public_url = str(_asked(request))
        response: web.StreamResponse = await Server.handle_index(followed, request)
        return response

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A browser's line to an app of its own, until either ends or the server does."""
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        try:
            return await super().handle_websocket(request)
        finally:
            self._lines.discard(line)

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002
        """Let the apps end: a browser that is open held Ctrl+C up for as long as it would be waited for."""
        for line in self._lines:
            line.cancel()
        if self._lines:
            await asyncio.wait(self._lines)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        # Pages of other servers on this machine count as the same site, and bring the cookie along.
        asked, asking = _asked(request), request.headers.get("Origin")
        if not self._serves(asked) or (asking is not None and _origin(asking) != asked):
            raise web.HTTPForbidden(text="This address is not served here.")
        brought = self._is_ours(request.query.get(PARAMETER, ""))
        if not brought and not self._is_ours(request.cookies.get(COOKIE, "")):
            raise web.HTTPForbidden(text="Open the address that was printed; it holds the token.")
        response = await handler(request)
        if isinstance(response, web.Response) and response.text and response.content_type == "text/html":
            response.text = _ELSEWHERE.sub("", response.text)
            response.headers["Content-Security-Policy"] = POLICY
        if brought and not response.prepared:
            response.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict")
        return response

    def _serves(self, asked: URL | None) -> bool:
        if asked is None or asked.port != self.port:
            return False
        return asked.host in self._names or _address(asked.host) is not None

    def _is_ours(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token.encode())


def is_here(host: str) -> bool:
    """Whether a host is this machine alone."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _is_anywhere(host: str) -> bool:
    """Whether a host is every address of this machine."""
    address = _address(host)
    return address is not None and address.is_unspecified


def _opened_at(host: str, port: int) -> URL:
    """What a browser can ask for: all addresses of this machine have only its name in common."""
    if _is_anywhere(host):
        with suppress(ValueError):  # it has no name, or one that no browser takes
            return _url(platform.node(), port)
    try:
        return _url(host, port)
    except ValueError as error:
        raise UsageError(
            f"{host!r} is no host: --host takes a name or an address alone, such as 192.168.1.5 or ::1."
        ) from error


def _url(host: str, port: int) -> URL:
    """Raises ValueError for a host that is none."""
    host.encode("idna")  # else an empty or overlong part would be noticed only by who looks it up
    return URL.build(scheme="http", host=host, port=port)


def _own_names() -> set[str]:
    """What others on the network call this machine."""
    name = platform.node().lower()
    short = name.partition(".")[0]
    return {name, short, f"{short}.local"} if short else set()


def _address(host: str | None) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host or "")
    except ValueError:
        return None


def _asked(request: web.Request) -> URL | None:
    return _origin(f"http://{request.headers.get('Host', '')}")


def _origin(address: str) -> URL | None:
    """Scheme, host and port, without a port that goes without saying."""
    try:
        return URL(str(URL(address).origin()))  # only its text leaves out the port
    except ValueError:
        return None


def serve(host: str, port: int, token: str) -> None:
    """Serve until Ctrl+C; the address stands on stdout. Raises UsageError for a host that nobody knows."""
    server = GuardedServer(host, port, token)
    try:
        getaddrinfo(host, port)
    except OSError as error:
        raise UsageError(f"{host!r} is not known as a host: {error.strerror}.") from error
    sys.stdout.write(f"{server.address}\n")
    sys.stdout.flush()
    if not is_here(host):
        by = ", by the name of this machine or any address of it" if _is_anywhere(host) else ""
        sys.stderr.write(
            f"Others on your network can reach this{by}; whoever has the token can use the app.\n"
        )
    server.serve()
