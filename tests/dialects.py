"""Servers of models on loopback that each speak a dialect: which forms they hold to, and how they stream.

A test gives what is to be said, as a stream of bytes or as a whole answer; nothing here is scripted by time.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from models.served_forms import PROOF, proof

PROVING = (proof({"grammar": ""}) or {})["messages"]
MODEL = "dialect-1b"
Say = Callable[[dict[str, Any]], "Answer"]


@dataclass(frozen=True)
class Answer:
    """A status, headers, and the parts of a body in the order in which they are sent."""

    parts: Sequence[bytes] = ()
    status: int = 200
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    then: str = "end"
    """`end`, `stay` (the line stays open and silent), or `again` (the last part without end)."""
    pause: float = 0.0
    """Seconds before each part."""


@dataclass
class Dialect:
    """A server: what it takes, and what it says."""

    say: Say
    """The answer to a request that was taken."""
    refuses: tuple[str, ...] = ()
    """Fields that bring a 400; `grammar+tools` for the two together."""
    ignores: tuple[str, ...] = ()
    """Fields that are taken and not held to."""
    status: int = 400
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    address: str = ""
    hung_up: Event = field(default_factory=Event)
    """Set once a client left while it was still being told something."""
    stopped: Event = field(default_factory=Event)

    def answer(self, request: dict[str, Any]) -> Answer:
        """What it says to a request."""
        self.asked.append(request)
        fields = {*request, *({"grammar+tools"} if {"grammar", "tools"} <= {*request} else ())}
        if refused := fields.intersection(self.refuses):
            said = {"error": {"message": f"{refused.pop()} is not supported"}}
            return Answer([json.dumps(said).encode()], self.status)
        if request["messages"] == PROVING:
            bound = {"grammar", "response_format"} & ({*request} - {*self.ignores})
            return whole(PROOF if bound else "Yes.")
        return self.say(request)

    @property
    def forms(self) -> list[str]:
        """The fields that bound each request for a step or answer, in words."""
        steps = [request for request in self.asked if request["messages"] != PROVING]
        return ["+".join(k for k in ("grammar", "response_format", "tools") if k in r) for r in steps]


def whole(text: str, **message: object) -> Answer:
    """A completion that is told at its end."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}}
    return Answer([json.dumps({"choices": [{**choice, "finish_reason": "stop"}]}).encode()])


def chunk(finish: str | None = None, **delta: object) -> bytes:
    """The JSON of one event."""
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}).encode()


def event(data: bytes) -> bytes:
    """An event as most servers write it."""
    return b"data: " + data + b"\n\n"


DONE = event(b"[DONE]")


def stream(*parts: bytes, then: str = "end", pause: float = 0.0) -> Answer:
    """A stream of bytes."""
    return Answer(parts, kind="text/event-stream; charset=utf-8", then=then, pause=pause)


def spoken(text: str, size: int = 7, pause: float = 0.0) -> Answer:
    """A text as a stream of small pieces."""
    pieces = [event(chunk(content=text[at : at + size])) for at in range(0, len(text), size)]
    return stream(*pieces, event(chunk("stop")), DONE, pause=pause)


@contextmanager
def serving(dialect: Dialect) -> Iterator[Dialect]:
    """The server, while it runs."""

    class Handler(_Handler):
        speaks = dialect

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    dialect.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield dialect
    finally:
        dialect.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    speaks: Dialect

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        self._send(Answer([json.dumps({"object": "list", "data": [{"id": MODEL}]}).encode()]))

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.speaks.headers.append(dict(self.headers.items()))
        self._send(self.speaks.answer(request))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        try:
            for part in answer.parts:
                self._part(part, answer.pause)
            while answer.then == "again" and not self.speaks.stopped.is_set():
                self._part(answer.parts[-1], answer.pause)
            if answer.then == "stay" and not self.connection.recv(1):
                self.speaks.hung_up.set()
        except OSError:
            self.speaks.hung_up.set()

    def _part(self, part: bytes, pause: float) -> None:
        self.speaks.stopped.wait(pause)
        self.wfile.write(part)
        self.wfile.flush()
