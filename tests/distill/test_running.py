"""A run holds every task once and keeps it, whatever becomes of it, its workers, its disk or its teacher."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent.moves import Wish
from agent.plan import PlanNeed
from distill.errors import RunError, StoppedError
from distill.running.casting import CastSpec
from distill.running.run import Progress, run
from distill.running.store import Pair, RunFolder
from distill.task import Change, Task
from tests.distill.kettle_task import NEEDS
from tests.distill.killed_run import KEPT, SPEC, TASKS, TIMED, hold, left, prepared, rows
from tests.faulty_teacher import faulty_teacher

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="needs fork, SIGKILL and a limit on file sizes")
FEW = 6
TWO_WORKERS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
import sys
from pathlib import Path
from tests.distill.killed_run import hold
try:
    hold(Path(sys.argv[1]), 2)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that nothing disturbed."""
    folder = prepared(tmp_path_factory.mktemp("whole"))
    hold(folder)
    return folder


def test_every_task_is_held_once_and_kept_in_the_order_of_the_tasks(whole: Path) -> None:
    with RunFolder.open(whole / "run") as folder:
        pairs = list(folder.pairs())
        assert [p.task.id for p in pairs] == [f"kettle-{n}" for n in range(1, TASKS + 1)]
        assert all(p.dialogue.task == p.task.id for p in pairs)
        assert folder.pair("kettle-3") == pairs[2]


def test_a_run_that_has_ended_does_nothing_more(whole: Path) -> None:
    before = set(rows(whole / "run", TIMED))
    progress = hold(whole)
    assert (progress.total, progress.done, progress.held) == (TASKS, TASKS, 0)
    assert set(rows(whole / "run", TIMED)) == before


def test_labels_lie_apart_and_who_reads_dialogues_never_reads_them(tmp_path: Path) -> None:
    hold(prepared(tmp_path, FEW))
    with RunFolder.open(tmp_path / "run") as folder:
        assert any(folder.labels(f"kettle-{n}") for n in range(1, FEW + 1))
    (tmp_path / "run" / "labels.sqlite").write_bytes(b"no database")
    with RunFolder.open(tmp_path / "run") as folder:
        assert len(list(folder.pairs())) == FEW
        with pytest.raises(RunError, match="damaged"):
            folder.labels("kettle-1")


def test_a_run_is_read_while_it_is_written(tmp_path: Path) -> None:
    prepared(tmp_path, 24)
    with ExitStack() as stack:
        half: list[int] = []
        reading: list[Iterator[Pair]] = []

        def read(progress: Progress) -> None:
            if progress.done == 8:
                folder = stack.enter_context(RunFolder.open(tmp_path / "run"))
                half.append(len(list(folder.pairs())))
                reading.append(folder.pairs())
                next(reading[0])

        run(tmp_path / "tasks.jsonl", tmp_path / "run", tmp_path / "home", SPEC, read)
        assert half == [8]
        assert len(list(reading[0])) == 23, "a reader keeps nobody from writing, and sees what is written"


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        (CastSpec(fault_share=0.7, seed=4), "seed 3 and not 4"),
        (CastSpec(fault_share=0.2, seed=3), "fault_share 0.7 and not 0.2"),
        (CastSpec(fault_share=0.7, seed=3, states=frozenset()), "states"),
    ],
)
def test_a_run_made_with_other_settings_is_not_gone_on_with(whole: Path, spec: CastSpec, named: str) -> None:
    with pytest.raises(RunError, match=named):
        hold(whole, spec=spec)


def test_a_run_over_other_tasks_is_not_gone_on_with(whole: Path, tmp_path: Path) -> None:
    other = prepared(tmp_path, FEW)
    with pytest.raises(RunError, match=r"made with tasks .* go on as it was begun, or take another folder"):
        run(other / "tasks.jsonl", whole / "run", whole / "home", SPEC, unheard)


def test_two_processes_do_not_work_on_one_run(whole: Path) -> None:
    with RunFolder.open(whole / "run") as folder:
        made = folder.made
    with RunFolder.begin(whole / "run", made), pytest.raises(RunError, match="Another process works on"):
        hold(whole)


def test_a_damaged_line_of_the_tasks_is_named_before_anything_is_held(tmp_path: Path) -> None:
    tasks = prepared(tmp_path, FEW) / "tasks.jsonl"
    lines = tasks.read_text(encoding="utf-8").splitlines(keepends=True)
    tasks.write_text("".join([*lines[:4], lines[4][:70] + "\n", lines[5]]), encoding="utf-8")
    with pytest.raises(RunError, match=r"^Line 5 of the tasks is no task: "):
        hold(tmp_path)
    tasks.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    with pytest.raises(RunError, match=r"^Line 7 of the tasks repeats kettle-2 of line 2\.$"):
        hold(tmp_path)
    unweighed = re.sub(r'"weights":\{[^}]*\}', '"weights":{"depth":1.0}', lines[0])
    tasks.write_text(unweighed, encoding="utf-8")
    with pytest.raises(
        RunError, match=r"^Line 1 .* rubric\.weights: .*no weight is given to comprehensiveness"
    ):
        hold(tmp_path)
    assert not (tmp_path / "run").exists()


def test_tasks_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"tasks\.jsonl cannot be read: No such file"):
        hold(tmp_path)


def test_a_folder_without_a_run_and_a_damaged_run_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no run"):
        RunFolder.open(tmp_path)
    hold(prepared(tmp_path, FEW))
    (tmp_path / "run" / "dialogues.sqlite").write_bytes(b"something else" * 400)
    with pytest.raises(RunError, match=r"is damaged .* take another folder"):
        hold(tmp_path)


def test_a_dialogue_that_breaks_is_kept_as_failed_with_its_cause(tmp_path: Path) -> None:
    tasks = prepared(tmp_path, FEW) / "tasks.jsonl"
    lines = tasks.read_text(encoding="utf-8").splitlines(keepends=True)
    wish = Wish(kind="edit", target="need:99", need=PlanNeed(on="price", op="<", value="20 EUR"))
    broken = Task.model_validate_json(lines[1]).model_copy(
        update={"change": Change(after=1, wish=wish, needs=NEEDS)}
    )
    tasks.write_text("".join([lines[0], broken.model_dump_json() + "\n", *lines[2:]]), encoding="utf-8")
    hold(tmp_path)
    with RunFolder.open(tmp_path / "run") as folder:
        said = folder.pair("kettle-2").dialogue
        assert sum(pair.dialogue.stop == "reported" for pair in folder.pairs()) == FEW - 1
    assert (said.stop, said.cause) == (
        "failed",
        "The dialogue broke with IndexError: tuple index out of range.",
    )


@pytest.mark.slow
@UNIX
def test_a_run_killed_at_random_moments_is_completed_by_the_next(tmp_path: Path) -> None:
    assert_kills_leave_no_trace("run", tmp_path, moments=5)


@UNIX
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("verb", "moments"), [("run", 30), ("workers", 10), ("tasks", 10)])
def test_work_killed_at_many_random_moments_is_completed_by_the_next(
    tmp_path: Path, verb: str, moments: int
) -> None:
    assert_kills_leave_no_trace(verb, tmp_path, moments)


@pytest.mark.slow
@UNIX
def test_a_drawing_of_tasks_killed_at_a_random_moment_is_completed_by_the_next(tmp_path: Path) -> None:
    assert_kills_leave_no_trace("tasks", tmp_path, moments=2)


@pytest.mark.longer
def test_two_workers_give_the_same_dialogues_as_one(whole: Path, tmp_path: Path) -> None:
    progress = hold(prepared(tmp_path), workers=2)
    assert (progress.done, progress.held) == (TASKS, TASKS)
    assert left(tmp_path) == left(whole)


@pytest.mark.longer
@UNIX
def test_a_worker_that_is_killed_ends_the_run_in_a_sentence_and_the_next_completes_it(
    whole: Path, tmp_path: Path
) -> None:
    prepared(tmp_path)

    def kill_one(progress: Progress) -> None:
        for worker in workers_of(os.getpid())[:1] if progress.held else ():
            os.kill(worker.pid, signal.SIGKILL)

    with pytest.raises(RunError, match=r"A worker died.* run the same command again to go on"):
        run(tmp_path / "tasks.jsonl", tmp_path / "run", tmp_path / "home", SPEC, kill_one, workers=2)
    held = set(rows(tmp_path / "run", TIMED))
    assert held
    hold(tmp_path)
    assert left(tmp_path) == left(whole)
    assert held <= set(rows(tmp_path / "run", TIMED))


@pytest.mark.slow
@UNIX
def test_workers_leave_with_a_run_that_is_killed(tmp_path: Path) -> None:
    prepared(tmp_path)
    runner = subprocess.Popen([sys.executable, "-c", TWO_WORKERS, str(tmp_path)])
    workers = waited_for(lambda: workers_of(runner.pid) if len(workers_of(runner.pid)) == 2 else [])
    waited_for(lambda: list(rows(tmp_path / "run", KEPT)))
    runner.kill()
    runner.wait()
    assert psutil.wait_procs(workers, timeout=10)[1] == []


@pytest.mark.longer
@pytest.mark.parametrize("starting", [True, False], ids=["while-they-start", "while-they-work"])
@UNIX
def test_an_interrupt_ends_a_run_and_its_workers_without_a_word(
    whole: Path, tmp_path: Path, starting: bool
) -> None:
    prepared(tmp_path)
    runner = subprocess.Popen(
        [sys.executable, "-c", TWO_WORKERS, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    waited_for(lambda: workers_of(runner.pid) if starting else list(rows(tmp_path / "run", KEPT)))
    os.killpg(runner.pid, signal.SIGINT)
    assert runner.communicate(timeout=20)[0] == "interrupted\n"
    hold(tmp_path)
    assert left(tmp_path) == left(whole)


@UNIX
def test_a_full_disk_ends_the_run_in_a_sentence_and_loses_nothing(whole: Path, tmp_path: Path) -> None:
    prepared(tmp_path)
    held: list[int] = []

    def fill(progress: Progress) -> None:
        held.append(progress.done)
        if progress.done == 8:
            room((tmp_path / "run" / "dialogues.sqlite").stat().st_size)

    import resource  # only Unix has it

    try:
        with pytest.raises(RunError, match="takes no more; free some space and run the same command again"):
            run(tmp_path / "tasks.jsonl", tmp_path / "run", tmp_path / "home", SPEC, fill)
    finally:
        room(resource.RLIM_INFINITY)
    with RunFolder.open(tmp_path / "run") as folder:
        assert len(list(folder.pairs())) == held[-1] == 8
    hold(tmp_path)
    assert left(tmp_path) == left(whole)


def test_a_teacher_that_fails_too_often_stops_the_run_and_keeps_what_was_held(tmp_path: Path) -> None:
    prepared(tmp_path)
    with faulty_teacher() as server:
        server.will(then="I would rather talk about the weather.")
        spec = CastSpec(supervisor=server.address, seed=3)
        with pytest.raises(
            StoppedError, match=r"of the last 40 attempts .* failed, more than 80%.*malformed"
        ):
            hold(tmp_path, spec=spec)
        first = len(set(rows(tmp_path / "run", TIMED)))
        assert 0 < first < TASKS
    with RunFolder.open(tmp_path / "run") as folder:
        assert {pair.dialogue.stop for pair in folder.pairs()} == {"teacher"}
        assert all("malformed" in pair.dialogue.cause for pair in folder.pairs())


def assert_kills_leave_no_trace(verb: str, folder: Path, moments: int) -> None:
    command = [sys.executable, "-m", "tests.distill.killed_run", verb, str(folder), str(moments), "7"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    differences, kills = told[:-1], int(told[-1].split()[0])
    assert differences == []
    assert kills >= moments // 3


def workers_of(process: int) -> list[psutil.Process]:
    """The worker processes of a run; the one that tracks resources is no worker."""
    return [child for child in psutil.Process(process).children() if "spawn_main" in command_of(child)]


def command_of(process: psutil.Process) -> str:
    """How a process was started; empty where it ended while this asked, or waits to be fetched."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def waited_for(look: Any, seconds: float = 60) -> Any:
    """What a look finds once it finds something."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def room(size: int) -> None:
    """Let no file grow beyond `size` bytes from now on."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def unheard(progress: Progress) -> None:
    """Progress that nobody watches."""
