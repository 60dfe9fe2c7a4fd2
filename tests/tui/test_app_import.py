"""What a linter cannot see: what the first paint loads, and how often the app may paint."""

import os
import subprocess
import sys

import pytest

PAINT = """
import asyncio, sys
from tui.app import ResearchApp

HEAVY = {"torch", "chromadb", "llama_cpp", "transformers", "pydantic", "agent", "index", "PIL"}

def open_bench(cancel):
    print("loaded:", sorted(HEAVY & set(sys.modules)))
    raise OSError("enough seen")

async def paint():
    app = ResearchApp(open_bench)
    async with app.run_test() as pilot:
        while app.fault is None:
            await pilot.pause(0.02)

asyncio.run(paint())
"""


def test_the_first_paint_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PAINT], capture_output=True, encoding="utf-8", timeout=60, check=True
    )

    assert done.stdout.strip() == "loaded: []"


@pytest.mark.parametrize(("chosen", "paints"), [({}, "250"), ({"TEXTUAL_FPS": "30"}, "30")])
def test_it_paints_faster_than_textual_unless_the_person_chose(chosen: dict[str, str], paints: str) -> None:
    asked = "import tui.app, textual.constants; print(textual.constants.MAX_FPS)"
    bare = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    done = subprocess.run(
        [sys.executable, "-c", asked], env=bare | chosen, capture_output=True, encoding="utf-8", check=True
    )

    assert done.stdout.strip() == paints
