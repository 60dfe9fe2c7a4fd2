"""Research by a real server on this machine: a report, a cancel while it writes, a server that is gone."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from agent.policy import PolicyError, step_of
from models.bundled_agent import bundled_agent
from tests.agent.shop import QUESTION, open_shop
from tests.llama_server import llama_server
from tests.tui.commands import Commands, commands
from tui.bench import Bench
from tui.settings import Settings


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of llama.cpp over the bundled agent."""
    model = tmp_path_factory.mktemp("served") / "micro-agent.gguf"
    copyfile(bundled_agent(), model)
    with llama_server(model) as found:
        yield found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    open_shop(tmp_path / "home").close()
    return commands(tmp_path / "home", monkeypatch)


def test_a_server_researches_and_the_report_says_so(run: Commands, address: str) -> None:
    result = run("research", "--yes", "--engine", address, QUESTION)
    assert result.exit_code == 0, result.stderr
    assert "Written by micro-agent" in result.stdout
    assert "Brissa Calm 17" in result.stdout


@contextmanager
def slow_server() -> Iterator[tuple[str, threading.Event]]:
    """A server that never comes to an answer, and what is set once whoever asked has hung up."""
    hung_up = threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            body = b'{"object": "list", "data": [{"id": "slow", "object": "model"}]}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if not self.connection.recv(1):  # nothing more is sent by whoever waits
                hung_up.set()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", hung_up
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_server_that_writes_is_hung_up_on_where_the_person_cancels(run: Commands) -> None:
    cancel = threading.Event()
    with slow_server() as (address, hung_up):
        bench = Bench(Settings(engine=address), run.home, cancel)
        assert bench.researcher == address
        with bench.research(QUESTION, "") as research:
            threading.Timer(0.3, cancel.set).start()
            began = time.monotonic()
            with pytest.raises(PolicyError, match="cancelled"):
                step_of(research.policy.next(research.trajectory, research.desk))
            assert time.monotonic() - began < 5
        assert hung_up.wait(10)
        bench.close()


def test_a_server_that_is_not_there_is_one_sentence(run: Commands) -> None:
    refused = run("research", "--yes", "--engine", "http://127.0.0.1:9", QUESTION)
    assert refused.exit_code == 1
    assert refused.stderr == (
        "No server of models answers at http://127.0.0.1:9; start it, or name another address.\n"
    )
