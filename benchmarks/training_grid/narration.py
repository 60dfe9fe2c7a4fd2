"""Narration, beside the table that goes to stdout."""

import sys


def said(line: str) -> None:
    """Say where the grid is."""
    print(line, file=sys.stderr, flush=True)
