"""All settings on one screen, changed in place."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Switch

from tests.slow import slow
from tests.tui.looks import in_every_look
from tests.tui.past import Harness, notices, showing
from tests.tui.screen import text, until
from tui import messages
from tui.screens.settings import SettingsScreen
from tui.settings import PREFIX, Settings, load

FILE = "# mine\nmax_steps = 30  # enough\n"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file, and one setting that the environment decides."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", "~/shop")
    monkeypatch.setenv("PRODUCTRESEARCH_SEED", "7")
    path = tmp_path / "shop/settings.toml"
    path.parent.mkdir()
    path.write_text(FILE, encoding="utf-8")
    return path


async def settled(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: bool(pilot.app.screen.query("SettingRow")))
    await pilot.pause()


def field(pilot: Pilot[None], name: str) -> Input:
    return pilot.app.screen.query_one(f"#{name} Input", Input)


def changed(pilot: Pilot[None]) -> list[Settings]:
    assert isinstance(pilot.app, Harness)
    return [t.settings for t in pilot.app.told if isinstance(t, messages.SettingsChanged)]


async def test_every_setting_says_what_it_does_and_where_its_value_comes_from() -> None:
    async with showing(SettingsScreen(load()), size=(100, 60)) as pilot:
        await settled(pilot)
        for name in Settings.model_fields:
            assert name in text(pilot, f"#{name}")
        assert "from the settings file" in text(pilot, "#max_steps")
        assert "Steps after which the report is written" in text(pilot, "#max_steps")
        assert "environment variable PRODUCTRESEARCH_SEED" in text(pilot, "#seed")
        assert "default" in text(pilot, "#temperature")
        assert field(pilot, "seed").disabled
        assert "~/shop/settings.toml" in text(pilot, "#kept")


async def test_a_number_is_checked_while_typed_and_kept_with_enter(file: Path) -> None:
    async with showing(SettingsScreen(load())) as pilot:
        await settled(pilot)
        steps = field(pilot, "max_steps")
        steps.focus()
        steps.value = "1"
        await until(pilot, lambda: "greater than or equal to 3" in text(pilot, "#max_steps"))
        await pilot.press("enter")
        assert file.read_text(encoding="utf-8") == FILE

        steps.value = "12"
        await until(pilot, lambda: "Enter keeps it" in text(pilot, "#max_steps"))
        await pilot.press("enter")
        await until(pilot, lambda: "max_steps is written" in notices(pilot))
        assert [settings.max_steps for settings in changed(pilot)] == [12]
    assert file.read_text(encoding="utf-8") == "# mine\nmax_steps = 12  # enough\n"


async def test_a_switch_is_kept_at_once(file: Path) -> None:
    async with showing(SettingsScreen(load())) as pilot:
        await settled(pilot)
        pilot.app.screen.query_one("#approve_plan Switch", Switch).focus()
        await pilot.press("enter")
        await until(pilot, lambda: "approve_plan is written" in notices(pilot))
        assert [settings.approve_plan for settings in changed(pilot)] == [False]
        assert "from the settings file" in text(pilot, "#approve_plan")
    assert file.read_text(encoding="utf-8") == f"{FILE}approve_plan = false\n"


async def test_a_setting_becomes_the_default_again(file: Path) -> None:
    async with showing(SettingsScreen(load())) as pilot:
        await settled(pilot)
        field(pilot, "temperature").focus()
        await pilot.press("ctrl+r")
        field(pilot, "max_steps").focus()
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "the default again" in notices(pilot))
        assert field(pilot, "max_steps").value == "40"
    assert file.read_text(encoding="utf-8") == "# mine\n"


async def test_escape_takes_back_what_was_typed_and_then_leaves(file: Path) -> None:
    async with showing(SettingsScreen(load())) as pilot:
        await settled(pilot)
        field(pilot, "engine").focus()
        await pilot.press("x", "escape")
        assert field(pilot, "engine").value == ""
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, SettingsScreen))
    assert file.read_text(encoding="utf-8") == FILE


async def test_a_file_that_cannot_be_written_is_one_sentence(file: Path) -> None:
    async with showing(SettingsScreen(load())) as pilot:
        await settled(pilot)
        file.write_text('engine = """\nrules"""\n', encoding="utf-8")
        field(pilot, "engine").focus()
        await pilot.press("x", "enter")
        await until(pilot, lambda: "only an editor can change" in notices(pilot))
        assert changed(pilot) == []


@pytest.mark.longer
@pytest.mark.parametrize("width", [20, *slow(40)])
async def test_a_narrow_terminal_is_no_fault(width: int) -> None:
    async with showing(SettingsScreen(load()), size=(width, 10)) as pilot:
        await settled(pilot)
        await pilot.press(*["tab"] * 8)


@in_every_look
def test_the_settings(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    async def ready(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for each in pilot.app.screen.query(Input):
            each.cursor_blink = False
        steps = field(pilot, "max_steps")
        steps.value = "1"
        await pilot.pause()
        steps.focus()
        await pilot.pause()

    assert snap_compare(Harness(SettingsScreen(load()), theme), terminal_size=size, run_before=ready)
