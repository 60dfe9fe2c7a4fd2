"""Makes the README's pictures of a real run over the demo catalogue: `python -m benchmarks.pictures HOME`.

HOME is a data home that `productresearch index demo` has filled. The pictures fetch nothing: the web fonts
that the SVG exports name are taken out, and the reader's own monospaced font stands in.
"""

import asyncio
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from textual.pilot import Pilot

from agent.loop import Reported
from agent.report.markdown import markdown
from tui.app import ResearchApp
from tui.bench import Bench
from tui.narration import Narrator
from tui.settings import Settings
from tui.widgets.report import ClaimView

QUESTION = "quiet wireless headphones with long battery life under $200"
IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZE = (120, 40)


def main(home: Path) -> None:
    """All pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    pictures = asyncio.run(app_pictures(home)) | {"research": research_picture(home)}
    for name, svg in pictures.items():
        (IMAGES / f"{name}.svg").write_text(without_web_fonts(svg), encoding="utf-8")


async def app_pictures(home: Path) -> dict[str, str]:
    """The app's screens, on the way that a person takes: plan, report with evidence, comparison, product."""
    app = ResearchApp(lambda cancel: Bench(Settings(engine="rules"), home, cancel))
    taken = {}
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*QUESTION, "enter")
        await _until(pilot, lambda: app.query_one("#agree").display)
        taken["app-plan"] = app.export_screenshot()
        await pilot.press("enter")
        await _until(pilot, lambda: "Written by" in _last(app))
        await pilot.press("f6", "down", "down", "down", "e")
        await _until(pilot, lambda: app.query_one("#drawer").display)
        await pilot.pause(1)
        taken["app"] = app.export_screenshot()
        await pilot.press("escape", "c")
        await pilot.pause(2)
        taken["app-compare"] = app.export_screenshot()
        await pilot.press("o")
        await pilot.pause(3)
        taken["app-product"] = app.export_screenshot()
        await pilot.press("escape", "escape", "f2")
        await pilot.pause(3)
        taken["app-catalogue"] = app.export_screenshot()
    return taken


async def _until(pilot: Pilot[str], condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await pilot.pause(0.1)


def _last(app: ResearchApp) -> str:
    claims = app.query(ClaimView)
    return claims.last().claim.text if claims else ""


def research_picture(home: Path) -> str:
    """What `productresearch research` prints: its steps, then the report as far as its picks."""
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=110, file=nowhere, force_terminal=True)
        console.print(f'$ productresearch research "{QUESTION}"', style="bold", highlight=False)
        bench = Bench(Settings(engine="rules"), home, threading.Event())
        narrator = Narrator(console)
        with bench.research(QUESTION, "") as run:
            for event in run.run():
                narrator.tell(event)
                if isinstance(event, Reported):
                    beginning = markdown(event.report).partition("\n## Comparison")[0]
                    console.print(Markdown(beginning))
        bench.close()
        return console.export_svg(title="productresearch research")


def without_web_fonts(svg: str) -> str:
    """The picture without rules that would fetch a font."""
    return re.sub(r"\s*@font-face\s*\{[^}]*\}", "", svg)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
