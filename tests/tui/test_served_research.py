"""Research by servers on this machine, a real one first: reports, cancels, and servers that do wrong."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copyfile
from typing import Any

import psutil
import pytest

from agent.loop import Interrupted, Research, Writing
from agent.opening import begin
from agent.policy import PolicyError, step_of
from agent.session import Sessions
from agent.trajectory import Step, ToolCall
from distill.seats.served_policy import ServedPolicy
from distill.seats.step_json import written_step
from distill.seats.tally import Tally
from models.bundled_agent import bundled_agent
from models.engine import Sampling
from models.served import connect
from models.served_errors import DroppedError
from models.served_forms import Form
from tests.agent.shop import QUESTION, open_shop
from tests.dialects import Answer, Dialect, chunk, event, serving, spoken, stream
from tests.llama_server import llama_server
from tests.tui.commands import Commands, commands
from tui.asked import AppPerson
from tui.bench import Bench
from tui.drive import drive
from tui.messages import Drafted, Reported
from tui.person import Absent
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


@pytest.mark.longer
def test_a_server_researches_and_the_report_says_so(run: Commands, address: str) -> None:
    result = run("research", "--yes", "--engine", address, QUESTION)
    assert result.exit_code == 0, result.stderr
    assert "Written by micro-agent" in result.stdout
    assert "Brissa Calm 17" in result.stdout


@pytest.mark.slow
def test_a_report_of_a_server_is_drafted_as_it_is_written(run: Commands, address: str) -> None:
    cancel = threading.Event()
    settings = Settings(engine=address, approve_plan=False)
    person = AppPerson(lambda _: None, cancel, approve_plan=False)
    bench = Bench(settings, run.home, cancel)
    began = time.monotonic()
    told = [(time.monotonic() - began, each) for each in drive(bench, person, QUESTION, "")]
    bench.close()
    drafted = [(at, message.text) for at, message in told if isinstance(message, Drafted)]
    (reported,) = [at for at, message in told if isinstance(message, Reported)]
    assert len(drafted) > 20
    assert drafted[0][0] < reported - 0.1
    draft = "".join(text for _, text in drafted)
    assert draft.startswith("## Verdict")
    assert "{{" not in draft


@pytest.mark.slow
def test_streamed_or_whole_a_server_takes_the_same_steps_and_the_times_are_told(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (server,) = (p for p in psutil.Process().children() if "llama_cpp.server" in p.cmdline())
    taken: list[list[Step]] = []
    for live in (False, True, False, True):
        home = tmp_path / str(len(taken))
        policy = ServedPolicy(connect(address), Sampling(), Tally(), live=live)
        sessions = Sessions(home.with_suffix(".sqlite"))
        with open_shop(home) as shop:
            trajectory, desk = begin(QUESTION, shop, policy.author, 0, datetime(2026, 11, 1, tzinfo=UTC))
            work = Research(policy, Absent(), sessions, trajectory, desk)
            began, used = time.monotonic(), sum(server.cpu_times()[:2])
            written = [(time.monotonic() - began, e.text) for e in work.run() if isinstance(e, Writing)]
        sessions.close()
        spent, used = time.monotonic() - began, sum(server.cpu_times()[:2]) - used
        first = next(at for at, text in written if "##" in text)
        with capsys.disabled():
            sys.stdout.write(
                f"\n  {'streamed' if live else 'whole'}: {spent:.1f} s, {used:.1f} s of its processor; "
                f"first word after {written[0][0]:.2f} s, the report's first after {first:.1f} s; "
                f"{len(written)} pieces, {len(written) / spent:.0f} a second\n"
            )
        taken.append([e for e in work.trajectory.entries if isinstance(e, Step)])
    assert taken[0][-1].report
    assert all(steps == taken[0] for steps in taken)


def test_a_real_server_stops_writing_where_the_person_hangs_up(address: str) -> None:
    endless: Form = {
        "messages": [{"role": "user", "content": "Count."}],
        "grammar": 'root ::= "a" root',
        "max_tokens": 7000,
    }
    client, other = connect(address), connect(address)
    writing = client.write(endless)
    began = time.monotonic()
    for _ in range(20):
        next(writing)
    a_token = (time.monotonic() - began) / 20
    client.hang_up()
    with pytest.raises(DroppedError):
        list(writing)
    # It answers one at a time, so this one waits for as long as the first is still written.
    began = time.monotonic()
    other.chat({"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1})
    assert time.monotonic() - began < a_token * 7000 / 4


def test_a_cancel_in_the_middle_of_a_stream_hangs_up_and_leaves_a_session_to_go_on_with(
    run: Commands,
) -> None:
    cancel = threading.Event()
    unfinished = stream(event(chunk(content="<think>\nSo")), then="stay")
    with serving(Dialect(lambda _: unfinished)) as dialect:
        bench = Bench(Settings(engine=dialect.address), run.home, cancel)
        with bench.research(QUESTION, "") as research:
            events = []
            for each in research.run():
                events.append(each)
                cancel.set()
        bench.close()
        assert events == [Writing("So"), Interrupted()]
        assert dialect.hung_up.wait(5)
        assert dialect.forms == ["grammar+tools"]
    with bench.sessions() as sessions:
        assert [session.finished for session in sessions.list()] == [False]


def test_what_a_hostile_server_writes_is_seen_as_letters_and_the_key_is_nowhere(
    run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-quite-secret"
    plan = ToolCall(name="plan", arguments={"category": "C1", "needs": f"as read {key}"})
    steps = iter([Step(thought=f"\x1b[2J{key}", call=plan)])
    report = Step(thought="Done.", report=f"## Verdict\nTake \x1b]0;owned\x07 {key}.\n## Picks\n- none")

    def say(_: dict[str, Any]) -> Answer:
        return spoken(written_step(next(steps, report)))

    monkeypatch.setenv("PRODUCTRESEARCH_SERVER_KEY", key)
    with serving(Dialect(say, ignores=("grammar",))) as dialect:
        done = run("research", "--yes", "--engine", dialect.address, QUESTION)
    assert dialect.headers, done.stderr
    assert dialect.headers[-1]["Authorization"] == f"Bearer {key}"
    assert done.exit_code in (0, 3), done.stderr
    shown = done.stdout + done.stderr
    assert "\x1b" not in shown
    assert "\x07" not in shown
    kept = [path.read_bytes() for path in run.home.rglob("*") if path.is_file()]
    assert any(b"as read" in content for content in kept)
    assert key not in shown
    assert all(key.encode() not in content for content in kept)


def test_a_server_that_breaks_off_in_a_report_is_one_sentence_and_the_session_stays(run: Commands) -> None:
    broken = stream(event(chunk(content='{"thought": "So')))
    with serving(Dialect(lambda _: broken, ignores=("grammar",))) as dialect:
        done = run("research", "--yes", "--engine", dialect.address, QUESTION)
        assert len([form for form in dialect.forms if form]) == 1
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "dropped the connection before its answer was whole" in done.stderr
    assert "Traceback" not in done.stderr


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
