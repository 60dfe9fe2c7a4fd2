"""Makes the README's pictures of a real run over the demo catalogue: `python -m benchmarks.pictures HOME`.

HOME is a data home that `productresearch index demo` has filled. The pictures fetch nothing: the web fonts
that the SVG exports name are taken out, and the reader's own monospaced font stands in.
"""

import asyncio
import re
import sys
import threading
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from agent.loop import Reported
from agent.report.markdown import markdown
from tui.app import ResearchApp
from tui.bench import Bench
from tui.narration import Narrator
from tui.settings import Settings
from tui.widgets.paper import Paper

QUESTION = "quiet wireless headphones with long battery life under $200"
IMAGES = Path(__file__).parents[1] / "docs" / "images"
LAID_OUT = 200
"""Lines that the report has when its last section stands on the screen."""


def main(home: Path) -> None:
    """Both pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, svg in (("app", asyncio.run(app_picture(home))), ("research", research_picture(home))):
        (IMAGES / f"{name}.svg").write_text(without_web_fonts(svg), encoding="utf-8")


async def app_picture(home: Path) -> str:
    """The app after a finished run."""
    app = ResearchApp(lambda cancel: Bench(Settings(engine="rules"), home, cancel))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*QUESTION, "enter")
        async with asyncio.timeout(60):
            while app.query_one(Paper).max_scroll_y < LAID_OUT:
                await pilot.pause(0.1)
        await pilot.pause(2)
        return app.export_screenshot()


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
