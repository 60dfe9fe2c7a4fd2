"""The person's editor and pager, given real programs and a terminal that can be lent."""

import shlex
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from tui.opening import OpeningError, edit, page


class Lent(HeadlessDriver):
    """A terminal without a screen that counts how often it is lent and taken back."""

    course: tuple[str, ...] = ()

    @property
    def can_suspend(self) -> bool:
        return True

    def suspend_application_mode(self) -> None:
        self.course += ("lent",)

    def resume_application_mode(self) -> None:
        self.course += ("back",)


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a program, and how it is called; no editor or pager is named but by a test."""
    for name in ("VISUAL", "EDITOR", "PAGER"):
        monkeypatch.delenv(name, raising=False)

    def write(body: str) -> str:
        path = tmp_path / "my program"
        path.write_text(
            f'#!/bin/sh\nfor file; do :; done\nout="{tmp_path / "out"}"\n{body}\n', encoding="utf-8"
        )
        path.chmod(0o755)
        return shlex.quote(str(path))

    return write


@asynccontextmanager
async def lending() -> AsyncIterator[tuple[Pilot[None], Lent]]:
    async with App[None]().run_test() as pilot:
        driver = Lent(pilot.app)
        pilot.app._driver = driver
        yield pilot, driver


async def test_the_editor_of_choice_changes_the_text(
    script: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = script('echo "$1 $file" > "$out"; echo "and größer" >> "$file"')
    monkeypatch.setenv("VISUAL", f"{program} --wait")
    monkeypatch.setenv("EDITOR", "false")
    async with lending() as (pilot, driver):
        assert edit(pilot.app, "one\n", ".md") == "one\nand größer\n"
        assert driver.course == ("lent", "back")
    flag, path = (tmp_path / "out").read_text(encoding="utf-8").split()
    assert flag == "--wait"
    assert path.endswith(".md")
    assert not Path(path).exists()


async def test_the_pager_reads_the_text(
    script: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PAGER", script('cat "$file" > "$out"'))
    async with lending() as (pilot, _):
        page(pilot.app, "# a report\n")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "# a report\n"


@pytest.mark.parametrize(
    ("editor", "says"),
    [
        ("", "Set the variable VISUAL or EDITOR"),
        ("no-such-editor -w", "no-such-editor cannot be run: No such file"),
        ("false", "false ended with exit code 1"),
        ("'open", "is no command"),
        ("   ", "is no command"),
    ],
)
async def test_what_cannot_be_run_is_one_sentence(
    script: Callable[[str], str],  # noqa: ARG001 - clears the variables
    monkeypatch: pytest.MonkeyPatch,
    editor: str,
    says: str,
) -> None:
    monkeypatch.setenv("EDITOR", editor)
    async with lending() as (pilot, driver):
        with pytest.raises(OpeningError, match=says) as refusal:
            edit(pilot.app, "mine", ".md")
        assert driver.course in ((), ("lent", "back"))
    assert "\n" not in str(refusal.value)


async def test_what_is_left_may_be_no_text(
    script: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", script('printf "\\377\\376" > "$file"'))
    async with lending() as (pilot, _):
        with pytest.raises(OpeningError, match="no text"):
            edit(pilot.app, "mine", ".md")


async def test_an_interrupt_is_the_programs_own(
    script: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setenv("EDITOR", script('kill -INT $PPID; echo kept > "$file"'))
    async with lending() as (pilot, _):
        assert edit(pilot.app, "mine", ".md") == "kept\n"
    assert signal.getsignal(signal.SIGINT) is before


async def test_a_terminal_that_cannot_be_lent_is_said(
    script: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", script("exit 0"))
    async with App[None]().run_test() as pilot:
        with pytest.raises(OpeningError, match="cannot be lent"):
            edit(pilot.app, "mine", ".md")
