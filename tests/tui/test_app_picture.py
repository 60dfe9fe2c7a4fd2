"""What the screen looks like after a run: a picture that is read when it changes."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.pilot import Pilot

from agent.report.record import Report
from tests.tui.screen import text, until
from tui import messages
from tui.app import ResearchApp
from tui.bench import Bench
from tui.settings import Settings
from tui.widgets.prompt import Prompt
from tui.widgets.steps import Steps

REPORT = """\
# a quiet kettle under 60 EUR

**2 products picked, known to meet every hard need.**

## Picks

- **Best fit** Brissa Calm 17 [P1] (49.90 EUR, 4.6 of 5)
- **Budget** Marn Basic [P2] (19.00 EUR): asks less and still fits.

## Your needs

| need | P1 Brissa Calm 17 | P2 Marn Basic | P3 Tolva | P4 Ondel Mini | P5 Ondel Grand |
| --- | --- | --- | --- | --- | --- |
| N1 hard: price \\<= 60 EUR | ✓ 49.90 EUR | ✓ 19.00 EUR | ✓ 55.00 EUR | ✓ 25.00 EUR | ✗ 89.00 EUR |
| N2 soft: noise level low | ✓ 58 dB | ? unknown | ✗ 75 dB | ✓ 60 dB | ✓ 55 dB |
"""


async def show_a_run(pilot: Pilot[Any], report: Report) -> None:
    """The messages of a run, as a worker posts them."""
    app = pilot.app
    app.query_one("#prompt", Prompt).cursor_blink = False
    await until(pilot, lambda: "no products" in text(pilot, "#status"))
    app.query_one("#work").add_class("-asked")
    app.query_one(Steps).begin("a quiet kettle under 60 EUR")
    told = [
        ("→ visit product: id=P1", "cyan"),
        ("  P1 [red]Brissa[/] Calm 17, which is long enough to wrap", "dim"),
    ]
    for line, style in told:
        app.post_message(messages.Told(Text(line, style=style)))
    app.post_message(
        messages.Bound((("N1 must: price <= 60 EUR", True), ("N2 wish: noise_level low", False)))
    )
    app.post_message(messages.Reported(report, REPORT))
    await until(pilot, lambda: "unknown" in text(pilot, "#paper"))
    await pilot.pause()


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_finished_run(
    tmp_path: Path, report: Report, snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    def open_bench(cancel: threading.Event) -> Bench:
        return Bench(Settings(engine="rules", approve_plan=False), tmp_path, cancel)

    assert snap_compare(
        ResearchApp(open_bench), terminal_size=size, run_before=partial(show_a_run, report=report)
    )
