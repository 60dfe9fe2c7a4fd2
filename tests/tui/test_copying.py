"""What is copied reaches a clipboard: a program's, given real programs, or the terminal's."""

import base64
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from tests.tui.past import notices
from tests.tui.screen import until
from tui import copying
from tui.copying import copy, osc52

TMUX = shutil.which("tmux")
VARIABLES = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "TMUX", "STY", "WAYLAND_DISPLAY", "DISPLAY")


class Heard(HeadlessDriver):
    """A terminal without a screen that keeps what it is told to copy."""

    written = ""

    def write(self, data: str) -> None:
        if "52;c;" in data:
            Heard.written += data


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, and no desktop but what a test names."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(Heard, "written", "")
    return programs


@pytest.fixture
def program(desk: Path) -> Callable[[str, str], Path]:
    """Writes a small program; answers with the file that it may write to."""

    def write(name: str, body: str) -> Path:
        path, out = desk / name, desk / f"{name}.out"
        path.write_text(f'#!/bin/sh\nout="{out}"\n{body}\n', encoding="utf-8")
        path.chmod(0o755)
        return out

    return write


@asynccontextmanager
async def copied(text: str, what: str = "") -> AsyncIterator[Pilot[None]]:
    """An app that has copied a text and says so."""
    async with App[None](driver_class=Heard).run_test(notifications=True) as pilot:
        # `run_test` has a driver of its own, which hears nothing.
        pilot.app._driver = Heard(pilot.app)
        copy(pilot.app, text, what)
        await until(pilot, lambda: "Copied" in notices(pilot))
        yield pilot


def unwrapped(sequence: str) -> str:
    """What a terminal gets out of a sequence."""
    found = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", sequence)
    assert found is not None
    return base64.b64decode(found[1]).decode("utf-8")


@given(st.text())
def test_a_terminal_gets_the_text_as_it_was(text: str) -> None:
    text = text.encode("utf-8", "replace").decode("utf-8")
    plain = osc52(text, tmux=False, screen=False)
    assert unwrapped(plain) == text

    in_tmux = osc52(text, tmux=True, screen=False)
    inner = in_tmux.removeprefix("\x1bPtmux;").removesuffix("\x1b\\")
    assert inner.replace("\x1b\x1b", "\x1b") == plain

    pieces = re.findall(r"\x1bP(.*?)\x1b\\", osc52(text, tmux=False, screen=True), re.DOTALL)
    assert "".join(pieces) == plain
    assert all(len(piece) <= copying.SCREEN_CHUNK for piece in pieces)


async def test_a_program_of_the_desktop_comes_first(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    out = program("wl-copy", 'while IFS= read -r line; do echo "$line" >> "$out"; done')
    async with copied("größer 👍\nzwei\n", "the report") as pilot:
        assert notices(pilot) == "Copied the report with wl-copy."
    assert out.read_text(encoding="utf-8") == "größer 👍\nzwei\n"
    assert Heard.written == ""


async def test_a_program_that_fails_gives_way_to_the_next(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    program("xclip", "exit 1")
    out = program("xsel", 'IFS= read -r line; echo "$line $*" > "$out"')
    async with copied("one\n") as pilot:
        assert "with xsel" in notices(pilot)
    assert out.read_text(encoding="utf-8") == "one --clipboard --input\n"


async def test_a_program_that_hangs_is_left_after_its_time(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "TIME_LIMIT", 0.2)
    program("pbcopy", "while :; do :; done")
    async with copied("one") as pilot:
        assert "through the terminal" in notices(pilot)
    assert unwrapped(Heard.written) == "one"


async def test_a_program_without_a_desktop_is_not_asked(program: Callable[[str, str], Path]) -> None:
    out = program("xclip", 'echo asked > "$out"')
    async with copied("one") as pilot:
        assert notices(pilot) == "Copied 3 characters through the terminal, if it allows that."
    assert not out.exists()


async def test_windows_gets_its_own_encoding(program: Callable[[str, str], Path]) -> None:
    out = program("clip.exe", '/bin/cat > "$out"')
    async with copied("größer") as pilot:
        assert "clip.exe" in notices(pilot)
    assert out.read_bytes().decode("utf-16-le") == "größer"


async def test_over_ssh_the_terminal_copies(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.2 50000 10.0.0.1 22")
    out = program("pbcopy", 'echo asked > "$out"')
    async with copied("one"):
        assert unwrapped(Heard.written) == "one"
    assert not out.exists()


@pytest.mark.parametrize(("variable", "begins"), [("TMUX", "\x1bPtmux;\x1b\x1b]52"), ("STY", "\x1bP\x1b]52")])
async def test_in_a_multiplexer_the_sequence_is_wrapped(
    monkeypatch: pytest.MonkeyPatch, variable: str, begins: str
) -> None:
    monkeypatch.setenv(variable, "something")
    async with copied("one"):
        assert Heard.written.startswith(begins)


@pytest.mark.skipif(TMUX is None, reason="needs tmux")
async def test_tmux_takes_what_is_copied_over_ssh(
    tmp_path: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk / "tmux").symlink_to(str(TMUX))
    run = partial(subprocess.run, check=True, capture_output=True, encoding="utf-8")
    server = [str(TMUX), "-S", str(tmp_path / "socket"), "-f", "/dev/null"]
    run([*server, "new-session", "-d", "/bin/sleep 60"])
    try:
        monkeypatch.setenv("SSH_CONNECTION", "10.0.0.2 50000 10.0.0.1 22")
        monkeypatch.setenv("TMUX", f"{tmp_path / 'socket'},0,0")
        async with copied("größer\nzwei", "the report") as pilot:
            assert notices(pilot) == "Copied the report with tmux."
        assert run([*server, "show-buffer"]).stdout == "größer\nzwei"
    finally:
        run([*server, "kill-server"])


async def test_a_long_text_is_copied_with_a_word_of_caution() -> None:
    async with copied("x" * 80_000) as pilot:
        assert "some terminals take 74,994" in notices(pilot)
    assert len(unwrapped(Heard.written)) == 80_000


async def test_what_is_named_is_shown_as_text() -> None:
    async with copied("one", "[red]the[/] report") as pilot:
        assert "[red]the[/] report" in notices(pilot)
