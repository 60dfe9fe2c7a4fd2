"""Prints the app's speed, ours beside the alternative: `python -m benchmarks.app [PART …] [--home HOME]`.

HOME is where the demo shop is kept from run to run. Wall times on a machine with other work are long and
differ from run to run; both sides of a line are taken in turn, so that the ratio says more than the times.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from agent.report.record import Report
from benchmarks.app import first_paint, idle, long_report, reading, streaming
from tui.shown import Block

PRODUCTS, WORDS, PICKS, TOKENS, ROWS = 600, 3000, 14, 400, 4000
PAINT_LIMIT, KEY_LIMIT, FRAME_LIMIT, MEMORY_LIMIT = 2.5, 50, 50, 150


class Asked(NamedTuple):
    """What is measured, and over what."""

    home: Path
    repetitions: int


def paint(asked: Asked) -> None:
    """First paint, cold."""
    early = first_paint.loaded_too_early(asked.home)
    print(f"imported before the first paint of {', '.join(first_paint.HEAVY)}: {', '.join(early) or 'none'}")
    seen = first_paint.first_paint(asked.home, asked.repetitions)
    print(
        f"first paint, cold: {seen.ours:.3f} s, importing textual {seen.textual:.3f} s, "
        f"{seen.ours / seen.textual:.2f} times (at most {PAINT_LIMIT}); an app of one label {seen.bare:.3f} s"
    )


def keys(asked: Asked) -> None:
    """Keys while a report streams and an import runs."""
    report = long_report.researched(asked.home)
    text = f"{long_report.draft(long_report.lengthened(report, WORDS))}\n\n{streaming.END}"
    print(f"keys while {len(text.split()):,} words stream in, {TOKENS} tokens a second, and an import runs:")
    for name, run in (("ours", streaming.ours), ("an Input and a Markdown", streaming.plain)):
        with copied(asked.home) as home:
            seen = asyncio.run(run(home, text, TOKENS, ROWS))
        print(f"  {name}: {seen.keys} of {seen.pressed} keys (p95 at most {KEY_LIMIT} ms); {seen.rest}")


def report(asked: Asked) -> None:
    """A finished report of many words."""
    _read(asked, f"a report of {WORDS:,} words", lambda given: long_report.lengthened(given, WORDS))


def scroll(asked: Asked) -> None:
    """A finished report of many picks."""
    _read(asked, f"a report of {PICKS} picks with tables", lambda given: long_report.widened(given, PICKS))


def _read(asked: Asked, name: str, blocks: Callable[[Report], Sequence[Block]]) -> None:
    given = blocks(long_report.researched(asked.home))
    print(f"{name}:")
    for whose, seen in (
        ("ours", asyncio.run(reading.ours(asked.home, given))),
        ("a Markdown", asyncio.run(reading.plain(given))),
    ):
        walked = f"; a claim on: {seen.walked}" if seen.walked else ""
        print(
            f"  {whose}: beginning after {seen.beginning:.0f} ms, all after {seen.whole:.0f} ms, keys wait "
            f"{seen.longest:.0f} ms at most meanwhile{walked}; frames of scrolling: {seen.scrolled}, "
            f"{seen.late} of {reading.KEYS} over {FRAME_LIMIT} ms"
        )


def memory(asked: Asked) -> None:
    """The idle app."""
    seen = idle.idle(asked.home)
    print(f"idle: {seen.ours:.0f} MB (at most {MEMORY_LIMIT}), an app of one label {seen.bare:.0f} MB")
    if seen.ours > MEMORY_LIMIT:
        print("\n".join(f"  {line}" for line in idle.heaviest(asked.home)))


PARTS: dict[str, Callable[[Asked], None]] = {
    "paint": paint,
    "keys": keys,
    "report": report,
    "scroll": scroll,
    "memory": memory,
}


@contextmanager
def copied(home: Path) -> Iterator[Path]:
    """A copy of a home that may be written to."""
    with tempfile.TemporaryDirectory() as folder:
        yield shutil.copytree(home, Path(folder) / "home")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without it")
    parser.add_argument("--home", type=Path, help="where the demo shop is kept from run to run")
    parser.add_argument("--repetitions", type=int, default=15)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder) / "home"
        if not (home / "catalog.sqlite").exists():
            # In a process of its own: what it loads is not part of what is measured here.
            build = f"build(Path({str(home)!r}), {PRODUCTS})"
            shop = f"from pathlib import Path; from benchmarks.startup import build; {build}"
            subprocess.run([sys.executable, "-c", shop], check=True)
        for part in options.parts or PARTS:
            PARTS[part](Asked(home, options.repetitions))
        print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
