"""A hub on this machine, as huggingface-hub asks one: HEAD, redirects, etags, ranges; and its faults."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import huggingface_hub.constants
import pytest

PIECE = 1 << 16
COMMIT = "c0ffee" + "0" * 34


@dataclass
class Hub:
    """What it holds and how it misbehaves."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By `owner/name/file`."""
    status: list[int] = field(default_factory=list)
    """Answers in place of the next ones."""
    cut: list[int] = field(default_factory=list)
    """Bytes after which the next answers with a body break off."""
    false_etag: str = ""
    spoilt: bool = False
    """Whether the bytes are others than the etag says."""
    asked: list[tuple[str, str, str, bool]] = field(default_factory=list)
    """Method, path, range and whether a token came along."""
    pause: float = 0.0
    """Seconds before each piece of a body, where it comes in pieces of 64 kB."""
    address: str = ""


def ask_only(held: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process ask this hub and no other."""
    template = held.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", held.address)
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


@contextmanager
def hub() -> Iterator[Hub]:
    """A hub at a free port of this machine, and a second host beside it that has the bytes."""
    held = Hub()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        held_by: ClassVar[Hub] = held

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self._note()
            if not self._refused():
                name = self._name()
                if name is None:
                    self._plain(404, {"X-Error-Code": "EntryNotFound"})
                    return
                data = held.files[name]
                self._plain(
                    302,
                    {
                        "X-Repo-Commit": COMMIT,
                        "X-Linked-Etag": f'"{held.false_etag or sha256(data).hexdigest()}"',
                        "X-Linked-Size": str(len(data)),
                        "Location": f"{held.address.replace('127.0.0.1', 'localhost')}/bytes/{name}",
                    },
                )

        def do_GET(self) -> None:
            self._note()
            if self._refused():
                return
            data = held.files[self.path.removeprefix("/bytes/")]
            if held.spoilt:
                data = data[:-1] + bytes([data[-1] ^ 1])
            start = int(self.headers.get("Range", "bytes=0-")[6:].partition("-")[0])
            body = data[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            if held.cut:
                self.wfile.write(body[: held.cut.pop(0)])
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
                return
            if held.pause:
                self._slowly(body)
            else:
                self.wfile.write(body)

        def _slowly(self, body: bytes) -> None:
            with suppress(ConnectionError):  # who asked has heard enough
                for start in range(0, len(body), PIECE):
                    time.sleep(held.pause)
                    self.wfile.write(body[start : start + PIECE])

        def _name(self) -> str | None:
            owner, name, _, _, file = self.path.removeprefix("/").split("/", 4)
            key = f"{owner}/{name}/{file}"
            return key if key in held.files else None

        def _note(self) -> None:
            token = "Authorization" in self.headers
            held.asked.append((self.command, self.path, self.headers.get("Range", ""), token))

        def _refused(self) -> bool:
            if not held.status:
                return False
            self._plain(held.status.pop(0), {"Retry-After": "0"})
            return True

        def _plain(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    held.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
