"""What a linter cannot see: which libraries are loaded when the app paints for the first time."""

import subprocess
import sys

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
