"""One model in every seat, from tasks to a dataset, by the command line: random weights end in no traceback.

Nearly nothing that they write counts. What is held here is that it is recorded by its cause, that nothing
passes for finished which is not, and that rules stand where a model's word may not.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.report.draft import parse_draft
from agent.trajectory import Question, Trajectory
from agent.wire import messages, parse, system_text
from distill.internalizing.internalize import read_internalized
from distill.running.store import RunFolder
from distill.seats.prompting import research_system
from distill.stage import CLOCK
from tests.distill.bazaar import open_bazaar
from tests.faulty_teacher import faulty_teacher
from tests.gguf_factory import write_gguf
from tests.llama_server import llama_server
from tests.tui.commands import Commands, commands

TASKS = 3
THREADS = ("--threads", "1")
"""Threads of a tiny model only wait for each other."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop's home."""
    folder = tmp_path_factory.mktemp("home")
    open_bazaar(folder).close()
    return folder


@pytest.fixture(scope="module")
def dice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model."""
    path = tmp_path_factory.mktemp("dice") / "dice.gguf"
    return write_gguf(path, vocab=4096, layers=1, width=32, context=16384)


@pytest.fixture(scope="module", params=["in process", pytest.param("served", marks=pytest.mark.slow)])
def teacher(request: pytest.FixtureRequest, dice: Path) -> Iterator[str]:
    """The model as it is named on the command line: a file, or the address of a real server."""
    if request.param == "in process":
        yield str(dice)
        return
    with llama_server(dice, context=16384) as address:
        yield address


@pytest.fixture
def distill(home: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """The commands over the shop."""
    return commands(home, monkeypatch)


def show(capsys: pytest.CaptureFixture[str], told: str) -> None:
    """Print what a command told past the capture."""
    with capsys.disabled():
        sys.stdout.write("".join(f"\n  {line}" for line in told.strip().splitlines()))


def draw(distill: Commands, path: Path, count: int) -> Path:
    """Tasks by rules."""
    assert distill("distill", "tasks", path, "--count", f"{count}").exit_code == 0
    return path


@pytest.mark.slow
def test_drawing_ends_with_the_reason_where_no_question_of_the_model_counts(
    distill: Commands, teacher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tasks.jsonl"
    done = distill("distill", "tasks", out, "--count", "2", "--user", teacher, *THREADS)
    show(capsys, done.stderr)
    assert done.exit_code == 1
    assert re.search(r"^user: 0 of 40 answers count \(0\.0%\); .*untrue \d+", done.stderr, re.MULTILINE)
    assert "40 of the last 40 attempts of the teacher failed, more than 80%" in done.stderr
    assert not out.exists()


@pytest.mark.longer
def test_a_model_holds_dialogues_from_every_seat_and_none_passes_for_finished_that_is_not(
    distill: Commands, teacher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, run = draw(distill, tmp_path / "tasks.jsonl", TASKS), tmp_path / "run"
    done = distill("distill", "run", tasks, run, "--teacher", teacher, *THREADS)
    show(capsys, done.stderr)
    assert done.exit_code == 0
    assert re.search(r"^research: \d+ of \d+ answers count .* \d+ of \d+ steps approved", done.stderr, re.M)
    with RunFolder.open(run) as folder:
        held = [pair.dialogue for pair in folder.pairs()]
    stops = Counter(dialogue.stop for dialogue in held)
    assert len(held) == TASKS
    for dialogue in held:
        assert bool(dialogue.cause) == (dialogue.stop != "reported")
        assert dialogue.stop != "failed", dialogue.cause
        assert len({*dialogue.seats.model_dump().values()}) == 1, (
            "one model by one name, and no path or address"
        )
    assert all(f"{stop}: {count}" in done.stderr for stop, count in stops.items())
    sifted = distill("distill", "filter", run)
    kept = int(re.findall(r"^(\d+) of 3 kept", sifted.stderr, re.M)[0])
    assert kept <= stops["reported"]
    assert distill("distill", "internalize", run, "--teacher", teacher, *THREADS).exit_code == 0
    assert distill("distill", "export", run, tmp_path / "dataset").exit_code == 0


@pytest.mark.slow
def test_a_model_that_nobody_sends_back_comes_to_a_report_that_is_judged_or_runs_out_of_steps(
    distill: Commands, teacher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, run = draw(distill, tmp_path / "tasks.jsonl", 2), tmp_path / "run"
    seats = ("--teacher", teacher, "--user", "rules", "--supervise", "report")
    done = distill("distill", "run", tasks, run, *seats, *THREADS)
    show(capsys, done.stderr)
    assert done.exit_code == 0
    with RunFolder.open(run) as folder:
        held = [pair.dialogue for pair in folder.pairs()]
    assert len(held) == 2
    assert "judge: " in done.stderr
    for dialogue in held:
        assert dialogue.stop in ("reported", "steps", "faults", "teacher")
        assert bool(dialogue.cause) == (dialogue.stop != "reported")


@pytest.mark.slow
def test_the_rules_reflections_stand_where_those_of_the_model_may_not(
    distill: Commands, teacher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, run = draw(distill, tmp_path / "tasks.jsonl", 2 * TASKS), tmp_path / "run"
    assert distill("distill", "run", tasks, run, "--faults", "1").exit_code == 0
    assert distill("distill", "filter", run, "--rubric", "0", "--balance", "10").exit_code == 0
    done = distill("distill", "internalize", run, "--teacher", teacher, *THREADS)
    show(capsys, done.stderr)
    assert done.exit_code == 0
    asked, stood = (int(n) for n in re.findall(r"became (\d+) reflections, (\d+) of them", done.stderr)[0])
    replaced = sum(int(n) for n in re.findall(r"rules' version stands in (\d+):", done.stderr))
    assert asked == stood + replaced > 0
    assert "rewriter: " in done.stderr
    for each in read_internalized(run):
        assert each.variant("internalized").trajectory.entries
    assert distill("distill", "export", run, tmp_path / "dataset").exit_code == 0


@pytest.mark.longer
def test_a_run_stops_with_the_reason_once_more_of_its_teachers_answers_failed_than_may(
    distill: Commands, tmp_path: Path
) -> None:
    tasks, run = draw(distill, tmp_path / "tasks.jsonl", 12), tmp_path / "run"
    with faulty_teacher() as server:
        server.will(then="I would rather talk about the weather.")
        seats = ("--supervisor", server.address, "--most-failed", "0.5")
        done = distill("distill", "run", tasks, run, *seats)
        again = distill("distill", "run", tasks, run, *seats)
    assert done.exit_code == 1
    assert (
        "40 of the last 40 attempts of the teacher failed, more than 50% (in all: malformed 40)"
        in done.stderr
    )
    assert "judge: 0 of 40 answers count (0.0%); malformed 40" in done.stderr
    with RunFolder.open(run) as folder:
        held = [pair.dialogue for pair in folder.pairs()]
    assert len(held) == 12
    assert {dialogue.stop for dialogue in held} == {"teacher"}
    assert all(dialogue.cause.startswith("malformed: The judge seat") for dialogue in held)
    assert again.exit_code == 0


@pytest.mark.parametrize("block", range(2))
def test_the_researchers_examples_are_steps_on_the_wire(block: int) -> None:
    example = research_system().split("\nExample\n")[1 + block]
    steps = [parse(text) for text in re.split(r"^(?=<think>)", example, flags=re.M)[1:]]
    assert [s.call.name if s.call else "report" for s in steps] == [
        ["plan", "product_search", "product_reviews"],
        ["report"],
    ][block]
    reports = [parse_draft(s.report) for s in steps if s.report is not None]
    assert all(d.verdict and d.picks and not d.findings for d in reports)


def test_a_student_is_rendered_without_the_examples() -> None:
    assert len(research_system()) - len(system_text()) < 700 * 3
    trajectory = Trajectory(
        id="t", wire=1, started=CLOCK, author="x", entries=(Question(text="a hose", at=CLOCK),)
    )
    said = [str(m["content"]) for m in (messages(trajectory)[0], messages(trajectory, research_system())[0])]
    assert ["Velmora" in text for text in said] == [False, True]
