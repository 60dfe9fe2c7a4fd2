"""Which users, categories and phrasing families belong to training, validation and test.

Everything is decided by a hash of names under one number, so that a split depends neither on the order in
which things are met nor on the seed that tasks are drawn with. A task of a split takes all three from that
split; a random world belongs to one split as a whole.
"""

from collections.abc import Iterable
from hashlib import blake2b

from distill.task import HOME, Split
from index.product import Record

Path = tuple[str, ...]

SPLIT_SEED = 11
"""Data sets that were drawn with different seeds must agree on what is held out, or what one tests another
has taught. The held-out tasks of a model are those of this number: another one makes its scores void."""
HELD_OUT = 0.1
"""Share of each of the two held-out splits."""
OWNER = "me"
"""The user whose catalogue it is; there is only one. Their history trains."""
HELD_BACK = "me, held back"
"""The same user with the part of the history that is never learned from."""


class Splits(Record):
    """How one world's users, categories and families are divided."""

    world: Split | None
    """The split of the whole world where it is a random one; its users and categories exist nowhere else."""
    categories: dict[Path, Split]
    families: dict[str, Split]

    def of_user(self, user: str) -> Split:
        """The split of a user; in a random world that of the world."""
        if self.world is not None:
            return self.world
        if user in (OWNER, HELD_BACK):
            return "train" if user == OWNER else "test"
        return _split_at(_place(f"{SPLIT_SEED}:user:{user}"))

    def paths_of(self, user: str) -> list[Path]:
        """The categories that a user is asked about: what was held back may be about any."""
        if user == HELD_BACK:
            return sorted(self.categories)
        return self.categories_of(self.of_user(user))

    def categories_of(self, split: Split) -> list[Path]:
        """The categories from which a task of this split may be drawn, by path."""
        return sorted(path for path, each in self.categories.items() if (self.world or each) == split)

    def families_of(self, split: Split) -> list[str]:
        """The phrasing families in which a task of this split may be written, by name."""
        return sorted(name for name, each in self.families.items() if each == split)


def draw_splits(world: str, categories: Iterable[Path], families: Iterable[str]) -> Splits:
    """Divide a world's categories and the phrasing families about 8 to 1 to 1.

    Held-out splits get at least one category and two families wherever training keeps as many.
    """
    paths = {" > ".join(path): path for path in categories}
    return Splits(
        world=None if world == HOME else split_of_world(world),
        categories={
            paths[name]: split for name, split in _divided(paths, f"{SPLIT_SEED}:category", 1).items()
        },
        families=_divided(families, f"{SPLIT_SEED}:family", 2),
    )


def split_of_world(world: str) -> Split:
    """The split of a random world, the same whatever seed its tasks are drawn with."""
    return _split_at(_place(f"world:{world}"))


def held_back(event: str) -> bool:
    """Whether an event of the owner's, by its id, is never learned from: one in five."""
    return _place(f"{SPLIT_SEED}:event:{event}") < 2 * HELD_OUT


def _divided(names: Iterable[str], salt: str, least: int) -> dict[str, Split]:
    """Names to splits: the first by hash to the test, the next to validation, the rest to training."""
    ordered = sorted(set(names), key=lambda name: (_place(f"{salt}:{name}"), name))
    held = max(least, round(len(ordered) * HELD_OUT))
    held = min(held, len(ordered) // 3)
    if not held and len(ordered) == 2:
        return {ordered[0]: "test", ordered[1]: "train"}
    return {
        name: "test" if at < held else "validation" if at < 2 * held else "train"
        for at, name in enumerate(ordered)
    }


def _split_at(place: float) -> Split:
    return "test" if place < HELD_OUT else "validation" if place < 2 * HELD_OUT else "train"


def _place(text: str) -> float:
    """A number from 0 to 1 that is the same for the same text on every machine."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) / 2**64
