"""The app in a browser: on this machine alone unless told otherwise, and only for whoever has the token.

Any page that a browser has open can reach a local port, so the token must come with the first visit; from
then on a cookie that other sites cannot send stands for it. The host that a request names must be ours, which
leaves a name that was bent to this machine outside.
"""

import hmac
import re
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from aiohttp import web
from textual_serve.server import Server

TITLE = "ProductResearch"
COOKIE, PARAMETER = "productresearch", "token"
RUN = "from tui.cli import main; main()"

POLICY = "default-src 'self' 'unsafe-inline' data: blob:; connect-src 'self' ws: wss:"
"""What the page may load: nothing from elsewhere."""
_ELSEWHERE = re.compile(r"<link[^>]*https?://(?!127\.0\.0\.1|localhost)[^>]*>")
"""The stock page asks another site for a font."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class GuardedServer(Server):
    """Serves the app to whoever comes with the token."""

    def __init__(self, host: str, port: int, token: str = "") -> None:
        command = shlex.join([sys.executable, "-c", RUN])
        written = f"[{host}]" if ":" in host else host
        super().__init__(command, host=host, port=port, title=TITLE, public_url=f"http://{written}:{port}")
        self._token = token or secrets.token_urlsafe(24)
        names = {written, "localhost", "127.0.0.1"} if is_here(host) else {written}
        self._hosts = {f"{name}:{port}" for name in names}

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"{self.public_url}/?{PARAMETER}={self._token}"

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        # Pages of other servers on this machine count as the same site, and bring the cookie along.
        asking = request.headers.get("Origin", "").rpartition("://")[2] or request.host
        if not {request.host, asking} <= self._hosts:
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

    def _is_ours(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token.encode())


def is_here(host: str) -> bool:
    """Whether a host is this machine alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def serve(host: str, port: int, token: str) -> None:
    """Serve until Ctrl+C; the address stands on stdout."""
    server = GuardedServer(host, port, token)
    sys.stdout.write(f"{server.address}\n")
    sys.stdout.flush()
    if not is_here(host):
        sys.stderr.write("Others on your network can reach this; whoever has the address can use the app.\n")
    server.serve()
