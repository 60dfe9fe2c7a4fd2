"""A server of models on loopback that misbehaves as told, request by request, and then recovers."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from models.served_forms import PROOF, proof

PROVING = (proof({"grammar": ""}) or {})["messages"]
MODEL = "faulty-7b"


class FaultyTeacher:
    """What the server does next, and what it was asked.

    Behaviours: `slow`, `busy` (429), `busy 7` (Retry-After), `fault` (500), `refuse` (404), `drop` (no answer
    at all), `half body`, `drip` (a body without end), `flood` (bytes without end), `page` (HTML), `elsewhere`
    (a redirect), `thought` (a budget filled with thought), `no schema` (400 for a form it does not know), and
    any other text, which is the content of a good completion. Asked whether it holds to a form, it shows that
    it does; this is not recorded.
    """

    def __init__(self) -> None:
        self.next = deque[str]()
        self.always = ""
        """What it does once `next` is empty."""
        self.asked: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []
        self.stopped = Event()
        self.address = ""

    def will(self, *behaviours: str, then: str = "") -> None:
        """Forget the past; misbehave in this order, and then always so."""
        self.next = deque(behaviours)
        self.always = then
        self.asked.clear()
        self.headers.clear()


@contextmanager
def faulty_teacher() -> Iterator[FaultyTeacher]:
    """A running server."""
    teacher = FaultyTeacher()

    class Handler(_Handler):
        script = teacher

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    teacher.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield teacher
    finally:
        teacher.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    script: FaultyTeacher

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """List the models, unless the script has something else for it."""
        behaviour = self.script.next.popleft() if self.script.next else ""
        if behaviour:
            self._behave(behaviour)
        else:
            self._send(200, json.dumps({"object": "list", "data": [{"id": MODEL}]}).encode())

    def do_POST(self) -> None:
        """Answer a chat as the script says."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["messages"] == PROVING:
            self._send(200, completion(PROOF))
            return
        self.script.asked.append(asked)
        self.script.headers.append(dict(self.headers.items()))
        self._behave(self.script.next.popleft() if self.script.next else self.script.always)

    def _behave(self, behaviour: str) -> None:
        match behaviour.split():
            case ["slow"]:
                self.script.stopped.wait(20)
                self.close_connection = True
            case ["drop"]:
                self.close_connection = True
            case ["busy"]:
                self._send(429, b'{"error": {"message": "too many requests"}}')
            case ["busy", seconds]:
                self._send(429, b"{}", {"Retry-After": seconds})
            case ["fault"]:
                self._send(500, b'{"error": {"message": "out of memory"}}')
            case ["refuse"]:
                key = self.headers.get("Authorization", "no key")
                self._send(404, json.dumps({"error": {"message": f"no such model for {key}"}}).encode())
            case ["no", "schema"]:
                self._send(400, b'{"error": {"message": "response_format is not known"}}')
            case ["elsewhere"]:
                self._send(307, b"", {"Location": "http://192.0.2.1/v1/chat/completions"})
            case ["page"]:
                self._send(200, b"<html>welcome</html>")
            case ["half", "body"]:
                self._start(200, 4000)
                self.wfile.write(b'{"choices": [{"mess')
                self.close_connection = True
            case ["drip"]:
                self._endless(b" ", 0.05)
            case ["flood"]:
                self._endless(b" " * 65536, 0.0)
            case ["thought"]:
                self._send(200, completion("<think>\nFirst I wonder, and then I wonder again", "length"))
            case _:
                self._send(200, completion(behaviour))

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._start(status, len(body), headers)
        self.wfile.write(body)

    def _start(self, status: int, length: int | None, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def _endless(self, part: bytes, pause: float) -> None:
        self.close_connection = True
        self._start(200, None)
        try:
            while not self.script.stopped.wait(pause):
                self.wfile.write(part)
        except OSError:
            return


def completion(content: str, finish: str = "stop") -> bytes:
    """A chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()
