"""From a run to a data set by the commands: what each leaves to the next, and what is said without it."""

import re
import sys
from pathlib import Path

import pytest

from distill.dataset.export import open_dataset
from tests.distill.killed_run import prepared
from tests.tui.commands import Commands, commands

LOOSE = ("--balance", "10")


@pytest.fixture
def distill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """The commands over the tiny shop."""
    return commands(prepared(tmp_path, 3) / "home", monkeypatch)


@pytest.fixture
def held(distill: Commands, tmp_path: Path) -> Path:
    """A run of three dialogues."""
    assert distill("distill", "run", tmp_path / "tasks.jsonl", tmp_path / "run").exit_code == 0
    return tmp_path / "run"


def test_a_run_becomes_a_data_set_by_three_commands(distill: Commands, held: Path, tmp_path: Path) -> None:
    sifted = distill("distill", "filter", held, *LOOSE)
    assert (sifted.exit_code, sifted.stderr) == (0, "1 of 3 kept, 0 of them with their report masked.\n")
    assert sifted.stdout.splitlines()[0] == "stage\tin\tout\tdropped"
    assert distill("distill", "internalize", held).exit_code == 0
    exported = distill("distill", "export", held, tmp_path / "set", "--licence", "kettles=CC0")
    assert exported.exit_code == 0
    assert "train.jsonl\t1\t" in exported.stdout
    (sample,) = open_dataset(tmp_path / "set").samples("train")
    assert sample.metadata.variant == "internalized"


def test_what_must_come_first_is_named(distill: Commands, held: Path, tmp_path: Path) -> None:
    for command in (("internalize", held), ("export", held, tmp_path / "set")):
        refused = distill("distill", *command)
        assert refused.exit_code == 1
        assert refused.stderr.endswith(f"run `productresearch distill filter {held}` first.\n")
    distill("distill", "filter", held, *LOOSE)
    refused = distill("distill", "export", held, tmp_path / "set")
    assert refused.stderr.endswith(f"run `productresearch distill internalize {held}` first.\n")
    assert distill("distill", "internalize", tmp_path / "nowhere").exit_code == 1
    assert not (tmp_path / "nowhere").exists()


def test_another_choice_takes_back_what_was_made_of_the_one_before(
    distill: Commands, held: Path, tmp_path: Path
) -> None:
    for command in ("filter", "internalize", "filter"):
        assert distill("distill", command, held).exit_code == 0
    refused = distill("distill", "export", held, tmp_path / "set")
    assert "distill internalize" in refused.stderr


def test_a_damaged_funnel_is_told_in_a_sentence(distill: Commands, held: Path, tmp_path: Path) -> None:
    for command in ("filter", "internalize"):
        distill("distill", command, held)
    (held / "funnel.json").write_text('{"entered": 3}', encoding="utf-8")
    refused = distill("distill", "export", held, tmp_path / "set")
    assert refused.exit_code == 1
    assert refused.stderr.endswith("funnel.json is no funnel: kept: Field required; filter the run again.\n")


def test_what_cannot_be_meant_is_refused_before_anything_is_done(distill: Commands, tmp_path: Path) -> None:
    tasks, run = tmp_path / "tasks.jsonl", tmp_path / "run"
    refused = distill("distill", "run", tasks, run, "--ray", "auto", "--workers", "2")
    assert (refused.exit_code, run.exists()) == (2, False)
    assert "Leave out --workers with --ray" in refused.stderr
    assert distill("distill", "tasks", tmp_path).exit_code == 2
    assert distill("distill", "evaluate", tasks, "--html", tmp_path).exit_code == 2
    assert distill("distill", "evaluate", tasks, "--json", tmp_path).exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_what_is_said_of_a_run_that_broke_off_begins_a_line_of_its_own(tmp_path: Path) -> None:
    from tests.tui.terminal import Screen  # pty is there on Unix alone

    home = prepared(tmp_path, 400) / "home"
    screen = Screen(home, ["distill", "run", str(tmp_path / "tasks.jsonl"), str(tmp_path / "run")])
    screen.wait_for("a minute")
    screen.type("\x03")
    assert screen.end() == 130
    assert re.search(r"^research: .* steps approved", screen.shown, re.MULTILINE)
