"""Themes and keys from the person's own files, jump mode, and the palette."""

import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.color import Color
from textual.pilot import Pilot
from textual.theme import BUILTIN_THEMES

from tests.agent.shop import QUESTION, open_shop
from tests.tui.screen import PATIENCE, ask, text, until
from tui.app import IDS, ResearchApp
from tui.bench import Bench
from tui.looks import HIGH_CONTRAST, LIGHT_COLOURS, LooksError, binding_ids, keymap_of, theme_of
from tui.screens.jump import JumpScreen
from tui.screens.research import ResearchScreen
from tui.settings import Settings, load
from tui.widgets.ledger import LedgerView
from tui.widgets.report import ClaimView


@asynccontextmanager
async def app_at(home: Path) -> AsyncIterator[Pilot[str]]:
    """The app over the tiny shop, with settings of its own."""
    open_shop(home).close()

    def open_bench(cancel: threading.Event) -> Bench:
        return Bench(load().model_copy(update={"engine": "rules", "approve_plan": False}), home, cancel)

    async with ResearchApp(open_bench).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "8 products" in text(pilot, "#status"))
        yield pilot


@pytest.fixture
def looks(tmp_path: Path) -> Path:
    """The folder of settings, themes and keys."""
    folder = tmp_path / "settings"
    (folder / "themes").mkdir(parents=True)
    return folder


async def test_a_theme_file_is_shown_and_shown_anew_when_it_is_saved(tmp_path: Path, looks: Path) -> None:
    mine = looks / "themes" / "mine.toml"
    mine.write_text('primary = "#123456"\nbackground = "#010203"\n')
    (looks / "settings.toml").write_text('theme = "mine"\n')
    async with app_at(tmp_path / "home") as pilot:
        await until(pilot, lambda: pilot.app.theme == "mine")
        assert pilot.app.theme_variables["background"].lower() == "#010203"
        mine.write_text('primary = "#123456"\nbackground = "#040506"\n')
        await until(pilot, lambda: pilot.app.theme_variables["background"].lower() == "#040506")


async def test_a_theme_that_is_chosen_is_chosen_next_time(tmp_path: Path, looks: Path) -> None:
    async with app_at(tmp_path / "home") as pilot:
        pilot.app.theme = HIGH_CONTRAST.name
        await until(pilot, lambda: (looks / "settings.toml").exists())
    assert load().theme == HIGH_CONTRAST.name


async def test_a_theme_that_is_chosen_while_the_catalogue_is_opened_stays(
    tmp_path: Path, looks: Path
) -> None:
    open_shop(tmp_path / "home").close()
    chosen = threading.Event()

    def open_bench(cancel: threading.Event) -> Bench:
        assert chosen.wait(PATIENCE)
        return Bench(load().model_copy(update={"engine": "rules"}), tmp_path / "home", cancel)

    async with ResearchApp(open_bench).run_test(size=(120, 40)) as pilot:
        pilot.app.theme = HIGH_CONTRAST.name
        chosen.set()
        await until(pilot, lambda: (looks / "settings.toml").exists())
        assert pilot.app.theme == HIGH_CONTRAST.name
    assert load().theme == HIGH_CONTRAST.name


def contrast(one: Color, other: Color) -> float:
    """As WCAG 2 counts it, from 1 to 21."""

    def light(colour: Color) -> float:
        parts = (
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
        )
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["textual-dark", "textual-light", HIGH_CONTRAST.name])
def test_headings_and_coloured_words_can_be_read_in_every_theme(name: str) -> None:
    theme = HIGH_CONTRAST if name == HIGH_CONTRAST.name else BUILTIN_THEMES[name]
    drawn = theme.to_color_system().generate()
    background = Color.parse(drawn["background"])
    for heading in ("text-primary", "text-accent"):
        assert contrast(Color.parse(drawn[heading]), background) >= 3
    if not theme.dark:
        for number in range(1, 8):
            assert contrast(Color(*LIGHT_COLOURS.ansi_colors[number]), background) >= 4.5


@pytest.mark.parametrize(
    "said", ["no toml at all [", 'primary = "no colour"', 'colour = "#fff"', "primary = 3"]
)
def test_a_file_that_is_no_theme_is_said_to_be_none(tmp_path: Path, said: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(said)
    with pytest.raises(LooksError, match=r"odd\.toml"):
        theme_of(path)


async def test_keys_are_what_the_person_says(tmp_path: Path, looks: Path) -> None:
    (looks / "keys.toml").write_text('jump = "f9"\n')
    async with app_at(tmp_path / "home") as pilot:
        await pilot.press("ctrl+o")
        assert not isinstance(pilot.app.screen, JumpScreen)
        await pilot.press("f9")
        assert isinstance(pilot.app.screen, JumpScreen)


@pytest.mark.parametrize("said", ['nothing = "f9"', "jump = 9", 'jump = ""', "["])
def test_a_keymap_that_says_something_wrongly_is_one_sentence(tmp_path: Path, said: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(said)
    with pytest.raises(LooksError, match=r"keys\.toml"):
        keymap_of(path, binding_ids(ResearchApp, ResearchScreen, LedgerView))


async def test_a_letter_jumps_to_a_claim_in_sight(tmp_path: Path) -> None:
    async with app_at(tmp_path / "home") as pilot:
        await ask(pilot, QUESTION)
        await pilot.press("ctrl+o")
        screen = pilot.app.screen
        assert isinstance(screen, JumpScreen)
        letter = next(key for key, widget in screen._places.items() if isinstance(widget, ClaimView))
        await pilot.press(letter)
        assert isinstance(pilot.app.focused, ClaimView)


async def test_the_palette_offers_what_keys_do(tmp_path: Path) -> None:
    async with app_at(tmp_path / "home") as pilot:
        offered = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
    assert {"Sessions", "Settings", "New", "Save report", "Jump", "Theme", "Keys"} <= {*offered}
    assert len({*offered}) == len(offered)


def test_every_key_has_an_id_and_a_sentence() -> None:
    for node in (ResearchApp, ResearchScreen, LedgerView):
        assert all(b.id and b.tooltip for b in node.BINDINGS if not isinstance(b, tuple))


def test_settings_know_the_theme() -> None:
    assert Settings(engine="rules").theme == "textual-dark"


def test_the_page_on_the_app_names_the_ids_that_keys_can_be_given_to() -> None:
    page = (Path(__file__).parents[2] / "docs" / "app.md").read_text(encoding="utf-8")
    table = page.rpartition("| where | ids |")[2]
    assert set(re.findall(r"`([a-z_.]+)`", table)) == {*IDS} - {"prompt.send"}
