"""The catalogue from the command line: the demo, taking out, making anew, checking; and how far it is."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from index.catalog import Catalog
from index.gathering.scratch import sweep
from index.importers.import_report import Progress as Reading
from index.vectors import Progress as Embedding
from tui import settings
from tui.embedding import embed_pending, open_vectors, rebuild_vectors
from tui.import_text import counted


def add_demo(seed: int, *, vectors: bool) -> None:
    """Write the demo shop and its vectors."""
    from index.demo.shop import build_demo  # the generator's phrase banks are read for the demo alone

    with open_catalog() as catalog:
        say("Writing the demo shop, some seconds …")
        build_demo(catalog, seed, day=date.today())
        counts = catalog.counts()
        say(f"{counts.products:,} products, {counts.reviews:,} reviews, {counts.pages:,} pages")
        if vectors:
            embed(catalog)


def embed(catalog: Catalog, ray: str = "") -> None:
    """Make the vectors that are missing; `ray` names a cluster that makes them."""
    with _embedding() as progress:
        embed_pending(settings.home(), catalog, progress, ray)


def remove_source(name: str) -> None:
    """Take a source out and say what went with it."""
    with open_catalog() as catalog:
        gone = next((source for source in catalog.sources() if source.name == name), None)
        catalog.remove_source(name)
    if gone is not None:
        counts = {
            "products": gone.products,
            "reviews": gone.reviews,
            "pages": gone.pages,
            "events": gone.events,
        }
        say(f"Removed {name}: {counted(counts) or 'nothing was in it'}.")


def rebuild(ray: str = "") -> None:
    """Make everything that is derived from the records anew: the text indexes and the vectors."""
    with open_catalog() as catalog:
        catalog.rebuild_texts()
        with _embedding() as progress:
            rebuild_vectors(settings.home(), catalog, progress, ray)
        say(f"Rebuilt for {catalog.counts().products:,} products.")


def problems() -> list[str]:
    """What is wrong with the catalogue or its vectors, in sentences; nothing is embedded for it."""
    with open_catalog() as catalog, closing(open_vectors(settings.home(), _never)) as vectors:
        return [*catalog.verify(), *vectors.verify(catalog)]


def open_catalog() -> Catalog:
    """The person's catalogue; what a killed import left unpacked goes first."""
    sweep(settings.home())
    return Catalog.open(settings.home() / "catalog.sqlite")


def _never(texts: Sequence[str]) -> NoReturn:
    raise AssertionError(f"verifying embeds nothing, and was asked for {len(texts)} texts")


def console() -> Console:
    """Where narration goes."""
    return Console(stderr=True)


def say(line: str) -> None:
    """A line of narration."""
    console().print(Text(line), soft_wrap=True)


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int, int, str], None]]:
    """A progress bar with rate and time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    told = (TextColumn("{task.fields[told]}"), TimeRemainingColumn())
    began = time.monotonic()
    here = console()
    with Progress(*columns, *told, console=here, transient=True, disable=not here.is_terminal) as progress:
        task = progress.add_task(what, total=None, told="")

        def advance(done: int, total: int, count: int, noun: str) -> None:
            rate = count / max(time.monotonic() - began, 0.001)
            progress.update(task, completed=done, total=total, told=f"{count:,} {noun}, {rate:,.0f}/s")

        yield advance


@contextmanager
def reading(what: str) -> Iterator[Callable[[Reading], None]]:
    """Progress of an import."""
    with _bar(what) as advance:
        yield lambda read: advance(read.done, read.total, read.rows, "rows")


@contextmanager
def _embedding() -> Iterator[Embedding]:
    with _bar("embedding") as advance:
        yield lambda done, total: advance(done, total, done, "products")
