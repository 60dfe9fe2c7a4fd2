"""A report that is being written: its pieces come at a pace, are styled and plain, and its parts are few."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widgets import Static

from tests.agent.shop import open_shop
from tests.tui.screen import text
from tui.app import ResearchApp
from tui.bench import Bench
from tui.messages import Acting, Drafted, Wrote
from tui.pacing import PAUSE, WHILE_TYPING, paced
from tui.settings import Settings
from tui.styled import styled
from tui.widgets.draft import LONG, DraftView
from tui.widgets.prompt import Prompt

# -- the pace ------------------------------------------------------------------------------------------


def at_times(messages: list[tuple[float, Message]], clock: list[float]) -> Iterator[Message]:
    """Messages that come at their times."""
    for at, message in messages:
        clock[0] = at
        yield message


def test_pieces_that_come_within_a_pause_are_one() -> None:
    clock = [10.0]
    pieces: list[tuple[float, Message]] = [(10 + n * PAUSE * 0.4, Drafted(str(n))) for n in range(8)]
    sent = list(paced(at_times(pieces, clock), clock=lambda: clock[0]))
    assert sent == [Drafted("0"), Drafted("123"), Drafted("456"), Drafted("7")]


def test_pieces_wait_longer_while_somebody_types() -> None:
    clock = [10.0]
    pieces: list[tuple[float, Message]] = [(10 + n * WHILE_TYPING * 0.6, Drafted(str(n))) for n in range(7)]
    typed = 10.0 + WHILE_TYPING
    sent = list(paced(at_times(pieces, clock), lambda: min(typed, clock[0]), lambda: clock[0]))
    assert sent == [Drafted("0"), Drafted("12"), Drafted("34"), Drafted("5"), Drafted("6")]


async def test_a_key_is_noticed_where_questions_are_written(tmp_path: Path) -> None:
    open_shop(tmp_path).close()
    app = ResearchApp(lambda cancel: Bench(Settings(engine="rules"), tmp_path, cancel))
    async with app.run_test() as pilot:
        before = monotonic()
        await pilot.press("a")
        assert app.screen.query_one(Prompt).typed_at >= before


def test_what_comes_after_pieces_stays_after_them() -> None:
    clock = [10.0]
    said: list[Message] = [
        Wrote("a"),
        Drafted("b"),
        Wrote("c"),
        Drafted("d"),
        Acting("", "search"),
        Drafted(""),
    ]
    sent = list(paced(at_times([(0.0, message) for message in said], clock), clock=lambda: clock[0]))
    assert sent == [Wrote("ac"), Drafted("bd"), Acting("", "search"), Drafted("")]


# -- the style -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("## Verdict", "Verdict"),
        ("- **Best** fit", "• Best fit"),
        (r"\*not bold\* \[P1\]", "*not bold* [P1]"),
        ("*a tent*, 2 * 3", "a tent, 2 * 3"),
        ("[red]x[/] **open", "[red]x[/] **open"),
        ("one\n\ntwo", "one\n\ntwo"),
    ],
)
def test_markdown_is_styled_and_nothing_else_is_meant(markdown: str, plain: str) -> None:
    assert styled(markdown).plain == plain


def test_bold_is_bold() -> None:
    assert [(span.start, span.end, span.style) for span in styled("a **b**").spans] == [(2, 3, "bold")]


# -- the widget ----------------------------------------------------------------------------------------


class Drafting(App[None]):
    def compose(self) -> ComposeResult:
        yield DraftView(id="draft")


async def test_a_long_draft_is_few_widgets_and_stays_at_its_end() -> None:
    async with Drafting().run_test(size=(80, 24)) as pilot:
        draft = pilot.app.query_one(DraftView)
        await draft.begin()
        for number in range(200):
            await draft.write(f"Paragraph {number} has its say.\n\n")
        await pilot.pause()
        assert "Paragraph 0 has" in text(pilot, "#draft")
        assert "Paragraph 199 has" in text(pilot, "#draft")
        assert len(draft.query(Static)) <= 200 * 30 / LONG + 2
        assert draft.scroll_y == draft.max_scroll_y > 0


async def test_a_draft_begins_anew() -> None:
    async with Drafting().run_test(size=(80, 24)) as pilot:
        draft = pilot.app.query_one(DraftView)
        for said in ("the first", "the second"):
            await draft.begin()
            await draft.write(said)
        await pilot.pause()
        assert text(pilot, "#draft") == "the second"
