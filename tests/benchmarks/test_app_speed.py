"""The app is not far slower than it should be: figures of `benchmarks.app` stay within thrice their targets.

Small and quick, over the tiny shop; on a machine with other work the true figures take the benchmark.
"""

from pathlib import Path

import pytest

from benchmarks.app import idle, reading, streaming
from benchmarks.app.first_paint import first_paint, loaded_too_early
from benchmarks.app.long_report import draft, lengthened, researched
from tests.agent.shop import QUESTION, open_shop
from tui.shown import Block

FAR = 3
"""Times the target."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The tiny shop."""
    open_shop(tmp_path).close()
    return tmp_path


@pytest.fixture
def blocks(home: Path) -> tuple[Block, ...]:
    """A report of 1,000 words over it."""
    return lengthened(researched(home, QUESTION), 1000)


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    assert loaded_too_early(tmp_path) == []


@pytest.mark.longer
def test_the_first_paint_comes_soon(tmp_path: Path) -> None:
    seen = first_paint(tmp_path, 3)
    assert seen.ours <= FAR * 2.5 * seen.textual


@pytest.mark.longer
async def test_keys_are_painted_while_a_report_streams_and_an_import_runs(
    home: Path, blocks: tuple[Block, ...]
) -> None:
    text = draft(blocks)[:3000]
    seen = await streaming.ours(home, f"{text}\n\n{streaming.END}", 400, 300)
    assert seen.pressed
    assert seen.imported
    assert seen.keys.p50 <= FAR * 50


@pytest.mark.longer
async def test_a_report_is_walked_through_and_scrolled(home: Path, blocks: tuple[Block, ...]) -> None:
    seen = await reading.ours(home, blocks, keys=10)
    assert seen.walked
    assert seen.walked.p50 <= FAR * 50
    assert seen.scrolled.p50 <= FAR * 50


@pytest.mark.slow
def test_the_idle_app_is_small(home: Path) -> None:
    assert idle.idle(home).ours <= FAR * 150
