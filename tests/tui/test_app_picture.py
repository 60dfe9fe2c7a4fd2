"""What the screen looks like after a run: a picture that is read when it changes."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import Input

from agent.report.record import Report
from tests.tui.looks import in_every_look
from tests.tui.screen import text, until
from tui import messages
from tui.app import ResearchApp
from tui.bench import Bench
from tui.report_blocks import blocks
from tui.settings import Settings
from tui.shown import Choice, Claim, Ledger, Meter, NeedShown, Passage, QuizTab
from tui.widgets.course import Course, StepTitle
from tui.widgets.drawer import Drawer
from tui.widgets.ledger import LedgerView
from tui.widgets.prompt import Prompt
from tui.widgets.quiz import Quiz

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


async def first_page(pilot: Pilot[Any]) -> None:
    """Nothing was imported yet."""


async def plan(pilot: Pilot[Any]) -> None:
    """The needs wait for the person."""
    pilot.app.query_one("#work").add_class("-asked")
    pilot.app.screen.post_message(messages.Bound(LEDGER))
    pilot.app.screen.post_message(messages.Approving())
    await until(pilot, lambda: pilot.app.query_one("#agree").display)


async def question(pilot: Pilot[Any]) -> None:
    """A question about two things."""
    bounds = (
        Choice("at most 55 dB", 2, "noise level at most 55 dB"),
        Choice("nothing else", None, "", closes=True),
    )
    tabs = (
        QuizTab("noise level", bounds, "52 to 75 dB"),
        QuizTab("colour", (Choice("white", 2, "colour white"),)),
    )
    pilot.app.query_one("#work").add_class("-asked")
    pilot.app.screen.post_message(messages.Asked("What else matters to you?", tabs))
    await until(pilot, lambda: pilot.app.query_one(Quiz).display)


async def evidence(pilot: Pilot[Any]) -> None:
    """What a claim rests on."""
    record = Passage(
        "[P1] [red]Brissa[/] Calm 17",
        ("noise level: 58 dB", "price: 49.90 EUR"),
        "kettles.jsonl row 1, seen 2026-10-01, record kettles:1",
        (
            (True, "Copied by code from its record: noise level: 58 dB."),
            (False, "The catalogue says something else now."),
        ),
    )
    pilot.app.query_one("#work").add_class("-asked").add_class("-reading")
    pilot.app.query_one(Drawer).show(Claim("Noise level 58 dB."), (record,))


SCENES = {scene.__name__: scene for scene in (first_page, plan, question, evidence)}


@in_every_look
@pytest.mark.parametrize("scene", SCENES)
def test_home(
    tmp_path: Path, snap_compare: Callable[..., bool], scene: str, size: tuple[int, int], theme: str
) -> None:
    async def run_before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        pilot.app.query_one("#prompt", Prompt).cursor_blink = False
        await until(
            pilot, lambda: "no products" in text(pilot, "#status") and bool(pilot.app.query(LedgerView))
        )
        await SCENES[scene](pilot)
        if other := pilot.app.query("#other"):
            other.first(Input).cursor_blink = False
        await pilot.pause(0.3)

    def open_bench(cancel: threading.Event) -> Bench:
        return Bench(Settings(engine="rules"), tmp_path, cancel)

    assert snap_compare(ResearchApp(open_bench), terminal_size=size, run_before=run_before)
