"""Drives an app by its keys and reads what stands on its screen, for every test of the app."""

import asyncio
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from tui.widgets.prompt import Prompt
from tui.widgets.status import Status

PATIENCE = 20.0
"""Seconds to wait on a busy machine for what takes a fraction of one."""


async def until(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    """Wait for what a thread of the app brings about; raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await pilot.pause(0.02)


async def ask(pilot: Pilot[Any], question: str, *, then: str = "Done") -> None:
    """Type a question and wait for what the status says of it."""
    pilot.app.query_one(Status).say("")  # what it said of the question before
    pilot.app.query_one("#prompt", Prompt).value = question
    await pilot.press("enter")
    await until(pilot, lambda: then in text(pilot, "#status"))
    await pilot.pause()


def text(pilot: Pilot[Any], selector: str) -> str:
    """What stands in a part of the screen, as the terminal shows it; all of it where it scrolls."""
    return "\n".join(_lines(pilot.app.screen.query_one(selector)))


def _lines(widget: Widget) -> list[str]:
    children = [line for child in widget.children for line in _lines(child)]
    if children or not widget.size:
        return children
    strips = widget.render_lines(widget.outer_size.region)
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]
