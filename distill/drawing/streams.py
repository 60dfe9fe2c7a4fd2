"""Tasks over the person's own catalogue or over as many random worlds as are needed, one stream of them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count as counted
from itertools import islice
from pathlib import Path

from distill.drawing.history import own_history, read_histories
from distill.drawing.shoppers import draw_histories
from distill.drawing.splits import split_of_world
from distill.drawing.task_files import NOTHING, Begun
from distill.drawing.tasks import NoTasksError, Tally, draw_tasks
from distill.seats.roles import History, UserSeat
from distill.task import HOME, Split, Task
from distill.worlds.open import RANDOM, open_world
from index.search import Index

SHOPPERS = 2000
"""Invented people of the own catalogue; each comes round again where more tasks are drawn."""
OF_A_WORLD = 40
"""Tasks in one random world: enough to be worth building it, too few to learn it by heart."""

SeatOver = Callable[[Index], UserSeat]
"""The user seat over an index."""


def home_tasks(
    home: Path,
    files: Sequence[tuple[Path, Path]],
    count: int,
    seed: int,
    user: SeatOver,
    tally: Tally,
    *,
    own: bool = False,
    split: Split | None = None,
    begun: Begun = NOTHING,
) -> Iterator[Task]:
    """Tasks over the catalogue of a home, around the people of history files (with their schemas).

    Without files and own events the people are invented. Of `count` tasks those that an earlier run has left
    are not drawn again. Raises HistoryError, NoTasksError and CatalogueError.
    """
    with open_world(HOME, home) as index:
        people: list[History] = [person for file, schema in files for person in read_histories(file, schema)]
        people += [_own(index)] if own else []
        if not people:
            people = list(draw_histories(index, seed, min(count, SHOPPERS), split=split))
        wanted = count - begun.tasks
        yield from draw_tasks(index, HOME, people, wanted, seed, user(index), split, tally, begun.after)


def _own(index: Index) -> History:
    history = own_history(index.catalog)
    if not history.events:
        raise NoTasksError(
            "There are no orders or searches of yours yet; import an order history with "
            "`productresearch index add FILE`."
        )
    return history


def random_tasks(
    home: Path,
    count: int,
    seed: int,
    user: SeatOver,
    tally: Tally,
    split: Split | None = None,
    begun: Begun = NOTHING,
) -> Iterator[Task]:
    """Tasks over worlds drawn one after another from the seed, those that are left to draw of `count`.

    Where a split is given, only worlds of it are drawn.
    """
    given, after = begun.tasks, begun.after
    for world in islice(_worlds(seed, split), given // OF_A_WORLD, None):
        if given >= count:
            return
        with open_world(world, home) as index:
            inside = given % OF_A_WORLD
            wanted, after = min(OF_A_WORLD - inside, count - given), after if inside else 0
            people = list(draw_histories(index, seed, OF_A_WORLD // 4, world))
            of_world = Tally(given_up=tally.given_up)
            try:
                seat = user(index)
                for task in draw_tasks(index, world, people, wanted, seed, seat, split, of_world, after):
                    given += 1
                    yield task
            finally:
                tally.drawn += of_world.drawn
                tally.dropped.update(of_world.dropped)


def _worlds(seed: int, split: Split | None) -> Iterator[str]:
    """The random worlds of a seed, those of one split where it is given."""
    worlds = (f"{RANDOM}{seed * 1_000_000 + number}" for number in counted(1))
    return (world for world in worlds if split in (None, split_of_world(world)))
