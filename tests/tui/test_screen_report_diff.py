"""Two reports compared on the screen: in plain words, unchanged parts folded."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Collapsible

from agent.report.record import Report
from tests.tui.looks import in_every_look
from tests.tui.past import FIRST_ID, LATER_ID, Harness, bench, home, researched, showing
from tests.tui.screen import text
from tui.bench import Bench
from tui.screens.report_diff import ReportDiffScreen

__all__ = ["bench", "home", "researched"]


@pytest.fixture
def reports(bench: Bench) -> tuple[Report, Report]:
    with bench.sessions() as sessions:
        return sessions.report(FIRST_ID), sessions.report(LATER_ID)


async def test_what_differs_is_told_and_the_rest_is_folded(reports: tuple[Report, Report]) -> None:
    async with showing(ReportDiffScreen(*reports)) as pilot:
        shown = text(pilot, "#differences")
        assert "price: price < 60 EUR (hard) → price < 90 EUR (hard)" in shown
        assert "Marn Basic: gone, was budget [A:P4]" in shown
        assert "unchanged" in shown
        folds = list(pilot.app.screen.query(Collapsible))
        assert all(fold.collapsed for fold in folds)

        await pilot.press("u")
        assert not any(fold.collapsed for fold in folds)
        await pilot.press("u")
        assert all(fold.collapsed for fold in folds)


async def test_a_report_compared_with_itself_has_not_changed(reports: tuple[Report, Report]) -> None:
    async with showing(ReportDiffScreen(reports[0], reports[0])) as pilot:
        assert "Nothing that both reports speak of has changed." in text(pilot, "#differences")


async def test_hostile_titles_are_text(reports: tuple[Report, Report]) -> None:
    before, after = reports
    hostile = "[red]Gift[/] \x1b[31m\u202e kettle"
    pick = after.picks[0].model_copy(update={"title": hostile, "role": "upgrade"})
    async with showing(ReportDiffScreen(before, after.model_copy(update={"picks": (pick,)}))) as pilot:
        assert "[red]Gift[/] kettle: best fit → upgrade" in text(pilot, "#differences")


async def test_twenty_columns_are_no_fault(reports: tuple[Report, Report]) -> None:
    async with showing(ReportDiffScreen(*reports), size=(20, 10)) as pilot:
        await pilot.press("u", "pagedown", "end")


@in_every_look
def test_the_comparison(
    reports: tuple[Report, Report], snap_compare: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    async def ready(pilot: Pilot[None]) -> None:
        await pilot.pause()

    assert snap_compare(Harness(ReportDiffScreen(*reports), theme), terminal_size=size, run_before=ready)
