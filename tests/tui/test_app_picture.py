"""What the screen looks like after a run: a picture that is read when it changes."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rich.text import Text
from textual.pilot import Pilot

from agent.report.record import Report
from tests.tui.looks import in_every_look
from tests.tui.screen import text, until
from tui import messages
from tui.app import ResearchApp
from tui.bench import Bench
from tui.report_blocks import blocks
from tui.settings import Settings
from tui.shown import Ledger, Meter, NeedShown
from tui.widgets.course import Course, StepTitle
from tui.widgets.prompt import Prompt

LEDGER = Ledger(
    needs=(
        NeedShown("N1", "price <= 60 EUR", "price <= 60 EUR", hard=True, met=6),
        NeedShown(
            "N2", "noise level <= 55 dB, the lowest quarter of 7", "noise_level low", hard=False, met=2
        ),
    ),
    fitting=6,
    products=8,
)


async def show_a_run(pilot: Pilot[Any], report: Report, theme: str) -> None:
    """The messages of a run, as a worker posts them."""
    app, home = pilot.app, pilot.app.screen
    app.theme = theme
    app.query_one("#prompt", Prompt).cursor_blink = False
    await until(pilot, lambda: "no products" in text(pilot, "#status"))
    app.query_one("#work").add_class("-asked")
    app.query_one(Course).begin("a quiet kettle under 60 EUR")
    home.post_message(messages.Acting("Look at the best.", "visit product: id=P1"))
    brought = "P1 [red]Brissa[/] Calm 17"
    home.post_message(messages.Acted(brought, 0.31, f"{brought}\n1.7 L", failed=False))
    home.post_message(messages.Told(Text("· I change N1 to hard: price <= 60 EUR.", style="magenta")))
    home.post_message(messages.Bound(LEDGER))
    home.post_message(messages.Metered(Meter("micro-agent.gguf", 331, 5200, 16384)))
    home.post_message(messages.Reported(report, "", tuple(blocks(report)), ()))
    await until(pilot, lambda: "Written by" in text(pilot, "#report"))
    for step in app.query(StepTitle):
        step.action_open()
    await pilot.pause()


@in_every_look
def test_a_finished_run(
    tmp_path: Path, report: Report, snap_compare: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    def open_bench(cancel: threading.Event) -> Bench:
        return Bench(Settings(engine="rules", approve_plan=False), tmp_path, cancel)

    assert snap_compare(
        ResearchApp(open_bench),
        terminal_size=size,
        run_before=partial(show_a_run, report=report, theme=theme),
    )
