"""The worlds in which tasks are set, opened for searching by words: the person's own home, or a random one.

A random world lives in a temporary folder as long as it is open. Its records go through the catalogue's own
importing batch, so it is searched, counted and filtered like any other.
"""

import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from distill.errors import DistillError
from distill.task import HOME
from distill.worlds.draw import draw_spec
from index.catalog import Catalog
from index.demo.records import draw, records
from index.demo.shop import write_shop
from index.search import Index

RANDOM = "random:"

OpenWorld = Callable[[str], Index]
"""Opens the index of a task's world, as `Worlds.index` does; the caller closes it."""


class WorldError(DistillError):
    """There is no such world; the message is for the person."""


@contextmanager
def open_world(world: str, home: Path) -> Iterator[Index]:
    """`home`, or `random:SEED` built anew; raises WorldError for another name."""
    if world == HOME:
        with Index.open(home, meaning=False) as index:
            yield index
        return
    seed = _seed(world)
    with tempfile.TemporaryDirectory(prefix="productresearch-world-") as folder:
        build_world(seed, Path(folder))
        with Index.open(Path(folder), meaning=False) as index:
            yield index


def build_world(seed: int, folder: Path) -> int:
    """Write a random world's catalogue into a folder; returns the number of records."""
    spec = draw_spec(seed)
    world = draw(spec, seed, round(sum(c.share for c in spec.categories)))
    with Catalog.open(folder / "catalog.sqlite") as catalog:
        return write_shop(catalog, spec, records(spec, world, seed), f"world:{seed}")


def _seed(world: str) -> int:
    number = world.removeprefix(RANDOM)
    if not world.startswith(RANDOM) or not number.isdecimal():
        raise WorldError(f"There is no world {world!r}; a world is `{HOME}` or `{RANDOM}` with a number.")
    return int(number)


class Worlds:
    """The worlds last asked for, kept open so that the next task in one of them costs nothing."""

    def __init__(self, home: Path, most: int = 4) -> None:
        self._home = home
        self._most = most
        self._open: OrderedDict[str, tuple[Index, ExitStack]] = OrderedDict()

    def index(self, world: str) -> Index:
        """The index of a world; it stays open until `most` others were asked for. Raises WorldError."""
        if world not in self._open:
            stack = ExitStack()
            self._open[world] = stack.enter_context(open_world(world, self._home)), stack
        self._open.move_to_end(world)
        while len(self._open) > self._most:
            _, (_, oldest) = self._open.popitem(last=False)
            oldest.close()
        return self._open[world][0]

    def close(self) -> None:
        """Close every world and remove the random ones."""
        while self._open:
            _, (_, stack) = self._open.popitem()
            stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
