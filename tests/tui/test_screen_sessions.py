"""Past research on its screen, driven by its keys."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from agent.session import SessionSummary
from tests.agent.shop import QUESTION
from tests.slow import slow
from tests.tui.looks import in_every_look
from tests.tui.past import (
    FIRST_ID,
    LATER,
    LATER_ID,
    Harness,
    bench,
    home,
    notices,
    researched,
    showing,
)
from tests.tui.screen import text, until
from tui import messages
from tui.bench import Bench
from tui.screens.sessions import SessionsScreen

__all__ = ["bench", "home", "researched"]


def chosen(pilot: Pilot[None]) -> str | None:
    screen = pilot.app.screen
    assert isinstance(screen, SessionsScreen)
    return screen.query_one("#past").chosen  # type: ignore[attr-defined, no-any-return]


async def listed(pilot: Pilot[None], many: str = "3 sessions") -> None:
    await until(pilot, lambda: many in text(pilot, "#said"))
    await pilot.pause()


async def on_top(pilot: Pilot[None], name: str) -> None:
    await until(pilot, lambda: type(pilot.app.screen).__name__ == name)
    await pilot.pause()


async def test_all_research_is_listed_newest_first(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        shown = text(pilot, "#past")

        assert shown.index("something for tea") < shown.index(LATER) < shown.index(QUESTION)
        assert "2026-10-04 08:00  unfinished" in shown
        assert "2026-10-01 10:15  report" in shown
        assert "rules" in shown


async def test_words_of_questions_and_reports_are_found_while_one_types(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("slash", *"liters")
        await listed(pilot, "1 session")
        assert QUESTION in text(pilot, "#past")

        pilot.app.screen.query_one("#search", Input).value = "xyzzy"
        await until(pilot, lambda: "Nothing of the past" in text(pilot, "#said"))
        await pilot.press("escape")
        await listed(pilot)
        assert chosen(pilot)


@pytest.mark.parametrize("hostile", ['" OR 1=1 --', "'; DROP TABLE sessions", "\x00\x1b[2J", "*", "\ud800"])
async def test_whatever_is_typed_is_only_words(bench: Bench, hostile: str) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        pilot.app.screen.query_one("#search", Input).value = hostile
        await pilot.pause(0.1)
        pilot.app.screen.query_one("#search", Input).value = ""
        await listed(pilot)


async def test_enter_goes_on_with_a_session(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("down", "enter")
        await on_top(pilot, "Screen")

        app = pilot.app
        assert isinstance(app, Harness)
        assert [t.session_id for t in app.told if isinstance(t, messages.SessionChosen)] == [LATER_ID]


async def test_a_click_points_and_a_second_one_goes_on(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.click("#past", offset=(5, 3))
        await pilot.pause()
        assert chosen(pilot) == LATER_ID

        await pilot.click("#past", offset=(5, 3))
        await on_top(pilot, "Screen")


async def test_a_fork_is_a_session_of_its_own(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("end", "f")
        await listed(pilot, "4 sessions")
        copy = chosen(pilot)
        assert copy not in (None, FIRST_ID)
        await pilot.press("d", "d")
        await listed(pilot, "3 sessions")
        assert FIRST_ID in {s.id for s in _stored(bench)}


async def test_what_is_deleted_after_a_second_key_can_be_brought_back(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("end", "d")
        assert "d once more" in text(pilot, "#said")
        assert len(_stored(bench)) == 3

        await pilot.press("d")
        await listed(pilot, "2 sessions")
        assert FIRST_ID not in {s.id for s in _stored(bench)}

        await pilot.press("u")
        await listed(pilot)
        assert chosen(pilot) == FIRST_ID
        with bench.sessions() as sessions:
            assert sessions.report(FIRST_ID).picks
            assert sessions.evidence(FIRST_ID)


async def test_moving_on_spares_a_session(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("d", "down", "d")
        assert len(_stored(bench)) == 3


async def test_a_note_is_kept_shown_and_found(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("n")
        await on_top(pilot, "NoteScreen")
        pilot.app.screen.query_one(TextArea).text = "for [b]Mira[/b]'s kitchen"
        await pilot.press("ctrl+s")
        await on_top(pilot, "SessionsScreen")
        await until(pilot, lambda: "for [b]Mira[/b]'s kitchen" in text(pilot, "#past"))

        await pilot.press("slash", *"mira")
        await listed(pilot, "1 session")


async def test_a_note_left_with_escape_is_as_it_was(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("n")
        await on_top(pilot, "NoteScreen")
        await pilot.press("x", "escape")
        await on_top(pilot, "SessionsScreen")
        assert [s.note for s in _stored(bench)] == ["", "", ""]


@pytest.mark.longer
async def test_a_report_is_read(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("end", "v")
        await on_top(pilot, "ReadingScreen")
        await until(pilot, lambda: "Sources" in text(pilot, "#paper"))
        await pilot.press("escape")
        await on_top(pilot, "SessionsScreen")


@pytest.mark.parametrize("key", ["v", "x"])
async def test_a_session_without_a_report_says_so(bench: Bench, key: str) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press(key)
        await until(pilot, lambda: "no report yet" in notices(pilot))
        assert isinstance(pilot.app.screen, SessionsScreen)


async def test_a_report_is_exported(bench: Bench, tmp_path: Path) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("end", "x")
        await on_top(pilot, "ExportScreen")
        pilot.app.screen.query_one("#name", Input).value = str(tmp_path / "kept.md")
        await pilot.press("enter")
        await on_top(pilot, "SessionsScreen")
        assert "kept.md" in notices(pilot)
    assert (tmp_path / "kept.md").exists()


async def shortlist(pilot: Pilot[None]) -> None:
    """Open that of the oldest session, in which nothing is starred."""
    await listed(pilot)
    await pilot.press("end", "s")
    await on_top(pilot, "ShortlistScreen")
    await until(pilot, lambda: "0 of" in text(pilot, "#said"))


async def test_starred_products_stay_starred(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await shortlist(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "1 of" in text(pilot, "#said"))
        assert "★ Brissa Calm 17  49.90 EUR, best fit" in text(pilot, "#products")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "2 of" in text(pilot, "#said"))
        await pilot.press("space")
        await until(pilot, lambda: "1 of" in text(pilot, "#said"))
    with bench.sessions() as sessions:
        assert sessions.shortlist(FIRST_ID) == {"kettles:1"}


async def test_what_was_taken_or_refused_is_kept_until_the_same_key_again(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await shortlist(pilot)
        await pilot.press("t")
        await until(pilot, lambda: "Brissa Calm 17  taken" in text(pilot, "#products"))
        await pilot.press("x")
        await until(pilot, lambda: "Brissa Calm 17  not for me" in text(pilot, "#products"))
        with bench.sessions() as sessions:
            assert [(v.product, v.verdict) for v in sessions.verdicts()] == [("kettles:1", "refused")]
        await pilot.press("x")
        await until(pilot, lambda: "not for me" not in text(pilot, "#products"))
    with bench.sessions() as sessions:
        assert sessions.verdicts() == ()


async def test_two_marked_reports_are_compared_the_earlier_first(bench: Bench) -> None:
    async with showing(SessionsScreen(bench)) as pilot:
        await listed(pilot)
        await pilot.press("down", "=")
        assert f"= {LATER}" in text(pilot, "#past")
        await pilot.press("down", "=")
        await on_top(pilot, "ReportDiffScreen")
        shown = text(pilot, "#differences")
        assert f"A: “{QUESTION}”" in shown
        assert f"B: “{LATER}”" in shown


async def test_a_damaged_store_is_one_sentence(bench: Bench, home: Path) -> None:
    for path in home.glob("sessions.sqlite*"):
        path.unlink()
    (home / "sessions.sqlite").write_bytes(b"no database" * 100)
    async with showing(SessionsScreen(bench)) as pilot:
        await until(pilot, lambda: "session store" in notices(pilot))
        await pilot.press("d", "v", "u")
        assert isinstance(pilot.app.screen, SessionsScreen)


async def test_without_research_it_says_what_to_do(tmp_path: Path) -> None:
    from threading import Event

    from tui.settings import Settings

    async with showing(SessionsScreen(Bench(Settings(engine="rules"), tmp_path, Event()))) as pilot:
        await until(pilot, lambda: "No research yet" in text(pilot, "#said"))


@pytest.mark.longer
@pytest.mark.parametrize("width", [20, *slow(40)])
async def test_a_narrow_terminal_is_no_fault(bench: Bench, width: int) -> None:
    async with showing(SessionsScreen(bench), size=(width, 12)) as pilot:
        await listed(pilot)
        await pilot.press("n", "escape", "end", "s", "escape", "v")
        await on_top(pilot, "ReadingScreen")


@in_every_look
def test_the_list(bench: Bench, snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    with bench.sessions() as sessions:
        sessions.annotate(FIRST_ID, "for Mira's kitchen, by her birthday")

    async def ready(pilot: Pilot[None]) -> None:
        await listed(pilot)
        await pilot.press("down", "=")
        await pilot.pause()

    assert snap_compare(Harness(SessionsScreen(bench), theme), terminal_size=size, run_before=ready)


@pytest.mark.longer
@in_every_look
@pytest.mark.parametrize("key", ["n", "s", "v"])
def test_what_opens_over_the_list(
    bench: Bench, snap_compare: Callable[..., bool], key: str, size: tuple[int, int], theme: str
) -> None:
    with bench.sessions() as sessions:
        sessions.annotate(FIRST_ID, "for Mira's kitchen, by her birthday")
        sessions.star(FIRST_ID, "kettles:1", starred=True)

    async def ready(pilot: Pilot[None]) -> None:
        await listed(pilot)
        await pilot.press("end", key)
        await on_top(pilot, {"n": "NoteScreen", "s": "ShortlistScreen", "v": "ReadingScreen"}[key])
        if key == "n":
            pilot.app.screen.query_one(TextArea).cursor_blink = False
        if key == "s":
            await until(pilot, lambda: "1 of" in text(pilot, "#said"))
        if key == "v":
            await until(pilot, lambda: "Sources" in text(pilot, "#paper"))
        await pilot.pause()

    assert snap_compare(Harness(SessionsScreen(bench), theme), terminal_size=size, run_before=ready)


def _stored(bench: Bench) -> Sequence[SessionSummary]:
    with bench.sessions() as sessions:
        return sessions.list()
