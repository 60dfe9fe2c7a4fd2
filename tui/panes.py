"""Which pane of a screen comes after the one with the cursor."""

from collections.abc import Sequence

from textual.widget import Widget


def after(focused: Widget | None, panes: Sequence[Widget]) -> Widget:
    """The pane behind the one in which the focused widget stands, the first one again after the last.

    Where the cursor is in none of them it counts as being in the first.
    """
    inside = (focused, *focused.ancestors) if focused else ()
    at = next((number for number, pane in enumerate(panes) if pane in inside), 0)
    return panes[(at + 1) % len(panes)]
