"""The keys at the foot: whole ones, what the pointer does over them, and that they follow the focus."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.widgets import Input, Label

from tests.tui.screen import text, until
from tui.widgets.keys import Keys


class Field(Input):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f7", "app.do('field')", "Field")]


class Foot(App[None]):
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,f3", "do('first')", "First", tooltip="Does the first thing"),
        Binding("f4", "do('off')", "Second"),
        Binding("f5", "do('hidden')", "Hidden", show=False),
        Binding("f6", "do('last')", "A last thing"),
    ]

    def __init__(self, focuses: bool) -> None:
        super().__init__()
        self.focuses = focuses
        self.done: list[str] = []
        self.rung = 0

    def compose(self) -> ComposeResult:
        yield Label("above")
        yield Field()
        yield Keys()

    def on_mount(self) -> None:
        if self.focuses:
            self.query_one(Field).focus()

    def action_do(self, what: str) -> None:
        self.done.append(what)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        return None if parameters == ("off",) else True

    def bell(self) -> None:
        self.rung += 1


@asynccontextmanager
async def foot(columns: int = 60, focuses: bool = False) -> AsyncIterator[tuple[Foot, Pilot[None]]]:
    app = Foot(focuses)
    async with app.run_test(size=(columns, 6)) as pilot:
        await until(pilot, lambda: bool(pilot.app.query_one(Keys).keys))
        yield app, pilot


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (60, " f2 First  f4 Second  f6 A last thing           ▏^p palette"),
        (40, " f2 First  f4 Second        ▏^p palette"),
        (24, " f2 First   ▏^p palette"),
        (12, "▏^p palette"),
    ],
)
async def test_a_key_is_shown_whole_or_not_at_all(columns: int, shown: str) -> None:
    async with foot(columns) as (_, pilot):
        assert text(pilot, "Keys").rstrip() == shown


async def test_keys_follow_the_focus() -> None:
    async with foot(focuses=True) as (app, pilot):
        assert "f7 Field" in text(pilot, "Keys")
        app.set_focus(None)
        await until(pilot, lambda: "f7 Field" not in text(pilot, "Keys"))


@pytest.mark.parametrize(
    ("column", "done", "rung"), [(0, ["first"], 0), (9, ["first"], 0), (10, [], 1), (45, [], 0)]
)
async def test_a_click_presses_what_stands_there(column: int, done: list[str], rung: int) -> None:
    async with foot() as (app, pilot):
        await pilot.click("Keys", offset=(column, 0))
        await pilot.pause()
        assert (app.done, app.rung) == (done, rung)


async def test_what_a_click_would_press_is_marked_and_told() -> None:
    async with foot() as (app, pilot):
        keys = app.query_one(Keys)
        await pilot.hover("Keys", offset=(2, 0))
        assert (keys.hovered, keys.tooltip) == ("f2", "Does the first thing")
        await pilot.hover("Keys", offset=(12, 0))
        assert (keys.hovered, keys.tooltip) == ("", None)
        await pilot.hover("Keys", offset=(2, 0))
        await pilot.hover("Label")
        assert keys.hovered == ""
