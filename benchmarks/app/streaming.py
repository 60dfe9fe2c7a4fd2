"""Keys at the prompt while a report streams in and an import runs, in our app and in a plain one.

The plain app is what Textual's own widgets give without more: an `Input`, and a `Markdown` that is given the
whole text at every piece.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple, cast

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Input, Markdown

from benchmarks.app.terminal import Spread, Terminal, Typist, spread, typed, waits
from index.catalog import Catalog
from index.importers.import_report import Progress
from tui import messages
from tui.app import ResearchApp
from tui.bench import Bench
from tui.ingesting import Importable, ingest_apart
from tui.pacing import paced
from tui.settings import Settings
from tui.widgets.course import Course
from tui.widgets.prompt import Prompt
from tui.widgets.status import Status

SIZE = (120, 40)
PIECE = 4
"""Characters of a token."""
END = "unmistakeable"
"""The last word of the text."""


class Streamed(NamedTuple):
    """What the keys waited, and how far the stream was behind when its last piece had been sent."""

    keys: Spread
    pressed: int
    behind: float
    """Seconds until the last words were painted."""
    imported: int
    """Rows that were imported meanwhile."""

    @property
    def rest(self) -> str:
        """All but the keys."""
        return f"last words {self.behind:.1f} s after they were sent, {self.imported:,} rows imported"


def app_over(home: Path) -> ResearchApp:
    """Our app by the rules, drawing on the terminal that is measured."""
    app = ResearchApp(lambda cancel: Bench(Settings(engine="rules", approve_plan=False), home, cancel))
    app.driver_class = Terminal
    return app


def terminal_of(app: App[str]) -> Terminal:
    """Where it draws."""
    return cast("Terminal", app._driver)


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something to come about; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


class _OverError(Exception):
    """The import is to stop."""


class Importing(threading.Thread):
    """Imports files of product rows into a home, one after another, until it is stopped."""

    def __init__(self, home: Path, rows: int) -> None:
        super().__init__(daemon=True)
        self._home = home
        self._rows = rows
        self._over = threading.Event()
        self._done = 0
        self._reading = 0

    @property
    def imported(self) -> int:
        """Rows read so far."""
        return self._done + self._reading

    def run(self) -> None:
        """Write a file, import it, and again."""
        draw, number = Random(4), 0
        with suppress(_OverError), Catalog.open(self._home / "catalog.sqlite") as catalog:
            while True:
                number += 1
                path = self._home / f"more-{number}.jsonl"
                path.write_text("\n".join(_row(draw, number, n) for n in range(self._rows)), encoding="utf-8")
                ingest_apart(Importable(path, None, {}, dry_run=False), catalog.path, self._progress)
                self._done, self._reading = self._done + self._reading, 0

    def _progress(self, progress: Progress) -> None:
        if progress.stage == "importing":
            self._reading = progress.rows
        if self._over.is_set():
            raise _OverError

    def stop(self) -> None:
        """Give up the file that is being read."""
        self._over.set()
        self.join()


def _row(draw: Random, file: int, number: int) -> str:
    words = ["light", "tent", "steel", "quiet", "red", "large", "warm", "travel", "double", "wall"]
    row = {
        "id": f"more-{file}-{number}",
        "title": " ".join(draw.choices(words, k=6)).title(),
        "category": draw.choice(["Tents", "Kettles", "Lamps"]),
        "brand": draw.choice(["Fjell", "Brook", "Tarn"]),
        "price": round(draw.uniform(5, 500), 2),
        "currency": "EUR",
        "weight": f"{draw.uniform(0.2, 9):.1f} kg",
        "colour": draw.choice(["red", "white", "green"]),
        "description": " ".join(draw.choices(words, k=40)),
    }
    return json.dumps(row)


def written(text: str, tokens_a_second: float) -> Iterator[str]:
    """A text in pieces of a token, so many a second."""
    due = time.perf_counter()
    for at in range(0, len(text), PIECE):
        due += 1 / tokens_a_second
        time.sleep(max(0.0, due - time.perf_counter()))
        yield text[at : at + PIECE]


def as_messages(pieces: Iterable[str]) -> Iterator[Message]:
    """What the loop's worker says of each piece."""
    for piece in pieces:
        yield messages.Wrote(piece)
        yield messages.Drafted(piece)


async def ours(home: Path, text: str, tokens_a_second: float, rows: int) -> Streamed:
    """Our app while it is written to."""
    app = app_over(home)
    async with app.run_test(headless=False, size=SIZE):
        await until(lambda: app._bench is not None)
        app.query_one("#work").add_class("-asked")
        app.query_one(Course).begin("a light tent for two")
        app.query_one(Status).work()
        screen, prompt = app.screen, app.query_one(Prompt)

        def stream() -> None:
            screen.post_message(messages.Drafted(""))
            for message in paced(as_messages(written(text, tokens_a_second)), lambda: prompt.typed_at):
                screen.post_message(message)

        return await _measured(terminal_of(app), stream, home, rows)


async def _measured(terminal: Terminal, stream: Callable[[], None], home: Path, rows: int) -> Streamed:
    """Type while it streams."""
    typist, importing = Typist(terminal, typed()), Importing(home, rows)
    importing.start()
    typist.start()
    await asyncio.to_thread(stream)
    ended = time.perf_counter()
    await asyncio.to_thread(typist.stop)
    imported = importing.imported
    await asyncio.to_thread(importing.stop)
    await asyncio.sleep(0.3)
    found = waits(terminal, typist.presses, time.perf_counter())
    last = terminal.first(ended, lambda frame: END in frame.text)
    return Streamed(spread(found), len(found), (last or time.perf_counter()) - ended, imported)


class Piece(Message):
    """More of the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Plain(App[str]):
    """An input under a Markdown that is given everything at every piece."""

    def __init__(self) -> None:
        super().__init__(driver_class=Terminal)

    def compose(self) -> ComposeResult:
        """Text over input."""
        with VerticalScroll() as scroll:
            scroll.anchor()
            yield PlainMarkdown()
        yield Input()

    def on_mount(self) -> None:
        """Begin at the input."""
        self.query_one(Input).focus()


class PlainMarkdown(Markdown):
    """Everything so far."""

    def __init__(self) -> None:
        super().__init__()
        self.all = ""
        self.over = False

    async def on_piece(self, piece: Piece) -> None:
        """Everything anew."""
        self.all += piece.text
        if not self.over:
            await self.update(self.all)


async def plain(home: Path, text: str, tokens_a_second: float, rows: int) -> Streamed:
    """The plain app while it is written to."""
    app = Plain()
    async with app.run_test(headless=False, size=SIZE):
        page = app.query_one(PlainMarkdown)

        def stream() -> None:
            for piece in written(text, tokens_a_second):
                page.post_message(Piece(piece))

        try:
            return await _measured(terminal_of(app), stream, home, rows)
        finally:
            page.over = True
