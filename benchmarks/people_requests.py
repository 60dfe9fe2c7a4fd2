"""What people asked, with gold needs: two published sets as requests over small catalogues of their own.

What the gold is and how it came about stands in `people_words`, which measures. The sets stay outside the
project: `people_words.jsonl` holds a reader's labels of requests by their number, and none of their text.
"""

import gzip
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

from pydantic import Field

from agent.plan import PlanNeed
from index.catalog import Catalog
from index.ingest import ingest
from index.product import Record
from index.search import Index

DATA = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", "../shared/data"))
GOALS = DATA / "webshop" / "dev" / "human_goals.jsonl.gz"
CHOICES = tuple(DATA / "pahf-shopping" / "dev" / f"phase{phase}.json.gz" for phase in (1, 3))
LABELS = Path(__file__).with_name("people_words.jsonl")
SCHEMA = Path(__file__).parents[1] / "tests" / "schemas" / "people_words.toml"
SOURCE = "people-words"

ProductRow = dict[str, str | list[str]]
"""One product of a small catalogue, as its file holds it."""


class Asked(NamedTuple):
    """A request with its gold."""

    text: str
    category: str
    needs: tuple[PlanNeed, ...]
    options: tuple[str, ...] = ()
    """Ids of the products to choose among, where there are such."""
    suits: str | None = None
    """The option that suits; None where none does."""


class Label(Record):
    """What a reader made of one request."""

    n: int
    """Its number in the published file."""
    category: str
    kind: str
    """What is wanted; the title of the request's product."""
    needs: tuple[PlanNeed, ...] = Field(min_length=1)
    left: int = 0
    """Conditions that no attribute of the catalogue takes."""

    def product(self) -> ProductRow:
        """A product that has what is asked for."""
        row: ProductRow = {"id": str(self.n), "title": self.kind, "category": self.category}
        for name in dict.fromkeys(need.on for need in self.needs):
            values = [need.value for need in self.needs if need.on == name]
            row[name] = values if len(values) > 1 else values[0]
        return row


def read_labels() -> list[Label]:
    """The labelled requests, in the order in which they were drawn."""
    return [Label.model_validate_json(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]


def requests(labels: Sequence[Label]) -> list[Asked]:
    """The labels with the texts of the published file."""
    with gzip.open(GOALS, "rt", encoding="utf-8") as lines:
        texts = {row["n"]: row["goal"] for row in map(json.loads, lines)}
    return [Asked(texts[label.n], label.category, label.needs) for label in labels]


class Choice(Record):
    """One line of the other set: a person says that they want something, and three options stand."""

    product: str
    a: tuple[str, ...] = Field(alias="Option A")
    b: tuple[str, ...] = Field(alias="Option B")
    c: tuple[str, ...] = Field(alias="Option C")
    user: str = Field(alias="User")
    task: str = Field(alias="Task")
    gt: Literal["A", "B", "C"] | None
    """The option that suits."""

    @property
    def options(self) -> Mapping[str, tuple[str, ...]]:
        """By letter, the features of each."""
        return {"A": self.a, "B": self.b, "C": self.c}


class Choices:
    """All choices, the shop of their options, and the tastes that they show."""

    def __init__(self, phases: Sequence[Sequence[Choice]]) -> None:
        self._choices = [(phase, choice) for phase, choices in enumerate(phases) for choice in choices]
        options: defaultdict[str, dict[tuple[str, ...], str]] = defaultdict(dict)
        liked: defaultdict[tuple[int, str, str], set[str]] = defaultdict(set)
        for phase, choice in self._choices:
            for features in choice.options.values():
                options[choice.product].setdefault(
                    features, f"{choice.product}-{len(options[choice.product])}"
                )
            if choice.gt is not None:
                liked[phase, choice.user, choice.product].update(choice.options[choice.gt])
        self._options, self._liked = options, liked
        self._groups = {kind: parted(list(of_kind)) for kind, of_kind in options.items()}

    def products(self) -> Iterator[ProductRow]:
        """Every option as a product of its kind."""
        for kind, options in self._options.items():
            for features, number in options.items():
                row: ProductRow = {"id": number, "title": kind, "category": kind}
                yield row | self.grouped(kind, features)

    def grouped(self, kind: str, features: Sequence[str]) -> ProductRow:
        """The features of an option under the names of their groups."""
        return {_name(kind, feature, self._groups): feature for feature in features}

    def of_phase(self, phase: int) -> list[Choice]:
        """The choices of a published phase, from 0, as they were made."""
        return [choice for at, choice in self._choices if at == phase]

    def drawn(self, count: int) -> list[int]:
        """Places of so many choices, drawn by a seed among those of a person whose tastes are known."""
        known = [
            at for at, (phase, c) in enumerate(self._choices) if (phase, c.user, c.product) in self._liked
        ]
        return Random("choices").sample(known, min(count, len(known)))

    def asked(self, at: int, *, told: bool) -> Asked:
        """A choice as it was said, or with the person's tastes told behind it."""
        phase, choice = self._choices[at]
        ids = {
            letter: f"{SOURCE}:{self._options[choice.product][features]}"
            for letter, features in choice.options.items()
        }
        needs = tuple(self._tastes(phase, choice)) if told else ()
        said = "; ".join(need.value.replace("|", " or ") for need in needs)
        text = f"{choice.task.rstrip('.?! ')}. It must have {said}." if needs else choice.task
        suits = ids[choice.gt] if choice.gt is not None else None
        return Asked(text, choice.product, needs, tuple(ids.values()), suits)

    def _tastes(self, phase: int, choice: Choice) -> Iterator[PlanNeed]:
        liked = self._liked[phase, choice.user, choice.product]
        for number, group in enumerate(self._groups[choice.product], start=1):
            if here := sorted(group & liked):
                yield PlanNeed(on=f"feature_{number}", op="=", value="|".join(here))


@cache
def read_choices() -> Choices:
    """Both published phases; what a person likes changes between them."""
    phases = []
    for path in CHOICES:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            phases.append([Choice.model_validate(row) for row in json.load(file)])
    return Choices(phases)


def parted(options: Sequence[tuple[str, ...]]) -> list[set[str]]:
    """Features in groups of which every option has one each: two of a group never stand together."""
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for features in options:
        for feature in features:
            beside[feature].update(set(features) - {feature})
    groups = [{feature} for feature in options[0]]
    waiting = sorted(beside.keys() - set(options[0]))
    while waiting:
        for feature in waiting:
            free = [group for group in groups if not beside[feature] & group]
            if len(free) == 1:
                free[0].add(feature)
        left = [feature for feature in waiting if not any(feature in group for group in groups)]
        if left == waiting:
            raise ValueError(f"{left[0]!r} could stand in several groups of features")
        waiting = left
    return groups


def _name(kind: str, feature: str, groups: Mapping[str, Sequence[set[str]]]) -> str:
    number = next(at for at, group in enumerate(groups[kind], start=1) if feature in group)
    return f"feature_{number}"


def stocked(home: Path, rows: Iterable[ProductRow]) -> Index:
    """A catalogue of these products, without vectors."""
    home.mkdir(parents=True)
    file = home / "products.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with Catalog.open(home / "catalog.sqlite") as catalog:
        ingest(file, catalog, schema=SCHEMA)
    return Index.open(home, meaning=False)
