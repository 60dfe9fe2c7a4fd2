"""A web server on this machine that answers as shops do, badly ones too."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAGE = b"<html><body><p>Gr\xf6\xdfe: this lamp folds and shines.</p></body></html>"


class Shop(ThreadingHTTPServer):
    """The server; `asked` are the requests that came, path and headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[tuple[str, dict[str, str]]] = []

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"http://{host}:{self.server_port}{path}"


@contextmanager
def shop() -> Iterator[Shop]:
    """A running server."""
    server = Shop()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answers(BaseHTTPRequestHandler):
    server: Shop

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers.items())))
        kind, _, rest = self.path.strip("/").partition("/")
        with suppress(OSError):  # who asked has left
            match kind:
                case "to":
                    self._head(302, Location=rest if "://" in rest else f"/{rest}")
                case "round":
                    self._head(302, Location=f"/round/{int(rest) + 1}")
                case "status":
                    self._head(int(rest))
                case "type":
                    self._body(b"The lamp folds and shines well.", rest)
                case "large":
                    self._body(b"a" * 10_000_001, "text/html")
                case "bomb":
                    packed = gzip.compress(b"a" * 100_000_000)
                    self._body(packed, "text/html", **{"Content-Encoding": "gzip"})
                case "packed":
                    self._body(gzip.compress(PAGE), "text/html", **{"Content-Encoding": "gzip"})
                case "brotli":
                    self._body(PAGE, "text/html", **{"Content-Encoding": "br"})
                case "slow-head":
                    self._drip(b"HTTP/1.1 200 OK\r\n", b"X-Lamp: a\r\n")
                case "slow-body":
                    self._head(200, **{"Content-Type": "text/html"})
                    self._drip(b"", b"<p>a")
                case _:
                    self._body(PAGE, "text/html; charset=ISO-8859-1")

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self, body: bytes, kind: str, **headers: str) -> None:
        self._head(200, **{"Content-Type": kind, "Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def _drip(self, first: bytes, piece: bytes) -> None:
        self.wfile.write(first)
        for _ in range(100):
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(0.1)
