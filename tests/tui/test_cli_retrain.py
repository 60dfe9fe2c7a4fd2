"""`productresearch retrain` as it is typed: what it foretells, and until when it works."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from finetune.retrain import forecast
from finetune.retrain.drawing import own_past
from finetune.retrain.journal import Follower, alone
from finetune.retrain.run import begin_anew_where_ended, job_of
from models.bundled_agent import bundled_agent
from models.in_use import ModelsInUse
from tests.agent.shop import QUESTION, open_shop
from tests.tui.commands import Commands, commands
from tui.giving_way import LOWER
from tui.told import UsageError
from tui.training import choices
from tui.training.course import STAGES
from tui.training.looking import samples_of
from tui.training.retraining import deadline_of, wanted_of
from tui.training.standing import standing

PRIORITY = """
import os
from tui.commands import app
from tui.training import retraining
retraining.retrain_in_terminal = lambda wanted, until: print(os.nice(0))
app(["retrain"])
"""
EVENING = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """A home with a shop and a question."""
    home = tmp_path / "home"
    open_shop(home).close()
    run = commands(home, monkeypatch)
    assert run("research", "--yes", "--engine", "rules", QUESTION).exit_code == 0
    return run


@pytest.mark.longer
def test_a_forecast_says_what_it_would_take_and_leaves_what_was_begun_alone(run: Commands) -> None:
    wanted = wanted_of(60, choices.HELD_OUT, choices.MINUTES, choices.SEED, keep=False)
    in_use = ModelsInUse(run.home, bundled_agent())
    begun = job_of(run.home, in_use, wanted, own_past(run.home))
    begin_anew_where_ended(begun)
    before = {path for path in run.home.rglob("*") if path.is_file() and path.suffix != ".lock"}
    told = run("retrain", "--dry-run", "--tasks", "60").stdout
    for said in (
        "Your past: 1 orders, searches and questions",
        "was begun, and is gone on with",
        "Dialogues: 60, about",
        "Training: at most 13 min,",
        "GB of memory",
        f"Comparison: 20 to {choices.HELD_OUT} tasks",
        "In all: about",
        "Disk: about",
        "Nothing was changed.",
    ):
        assert said in told
    assert {path for path in run.home.rglob("*") if path.is_file() and path.suffix != ".lock"} == before
    assert begun.of_past.exists()


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("23:30", "In all: about 20 min to 40 min; at 23:30 it has ended."),
        ("23:00", "In all: about 20 min to 40 min; it may stop before its end, at 23:00, and"),
        ("22:40", "In all: about 20 min to 40 min; it stops before its end, at 22:40, and"),
        ("", "In all: about 20 min to 40 min."),
    ],
)
def test_a_forecast_says_whether_the_time_is_enough(until: str, said: str) -> None:
    deadline = replace(deadline_of(until, EVENING), clock=lambda: EVENING)
    assert forecast.whole(1200, 2400, deadline).startswith(said)


@pytest.mark.parametrize("words", [("history", "forget", "training"), ("reset",)])
def test_what_a_retraining_works_with_is_not_deleted_beneath_it(
    run: Commands, words: tuple[str, ...]
) -> None:
    with alone(run.home):
        done = run(*words, "--yes")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith("A retraining is at work in this home; stop it first")
    assert (run.home / "catalog.sqlite").exists()


@pytest.mark.longer
def test_a_data_set_alone_is_made_followed_and_kept_from_others(run: Commands) -> None:
    before = os.umask(0o022)
    try:
        done = run("retrain", "--distill-only", "--tasks", "4")
        assert os.umask(0o022) == 0o022  # given back
    finally:
        os.umask(before)
    assert done.exit_code == 0
    assert done.stdout == ""
    assert re.search(r"The data set is made, in .*/dataset\.$", done.stderr.strip())
    seen = standing(run.home, Follower(run.home))
    assert seen.course is not None
    assert (seen.phase, STAGES[seen.done]) == ("stopped", "training")
    assert seen.course.why.startswith("The data set is made")
    assert seen.funnel is not None
    assert seen.funnel.kept
    assert seen.data is not None
    assert next(samples_of(seen.data / "dataset", seen.data / "base", "train"))
    kept = [path for path in (run.home / "retrain").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_one_that_was_begun_in_the_background_hears_that_it_is_to_stop(run: Commands) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell leaves it to what it puts behind
    try:
        assert run("retrain", "--until", "never").exit_code == 2
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(os, "nice"), reason="knows no priorities")
def test_it_gives_way_to_whatever_else_is_done() -> None:
    told = subprocess.run([sys.executable, "-c", PRIORITY], capture_output=True, text=True, check=True)
    assert int(told.stdout) == max(LOWER, os.nice(0))


@pytest.mark.parametrize(("until", "day", "hour"), [("23:15", 27, 23), ("07:00", 28, 7), ("22:30", 28, 22)])
def test_until_is_the_next_time_that_the_clock_shows_it(until: str, day: int, hour: int) -> None:
    moment = deadline_of(until, EVENING).until
    assert moment is not None
    assert (moment.day, moment.hour) == (day, hour)


@pytest.mark.parametrize("until", ["7", "25:00", "tomorrow", "07:00:00"])
def test_what_is_no_time_of_the_day_is_one_sentence(until: str) -> None:
    with pytest.raises(UsageError, match=r"is no time of the day; write it as 07:00"):
        deadline_of(until, EVENING)


def test_without_a_time_it_takes_as_long_as_it_takes() -> None:
    assert deadline_of("", EVENING).until is None
