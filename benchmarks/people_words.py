"""Are people's own words understood? The first plan beside gold needs, by rules and by a model.

    python -m benchmarks.people_words [MODEL.gguf] [--count 104] [--threads 2]

Two published sets are asked, which stay outside the project (PRODUCTRESEARCH_SHARED_DATA).

**webshop/dev** is bare text: requests of crowd workers, without labels or products. 104 requests drawn by a
seed were labelled by one reader before any policy read them (`people_words.jsonl`: the line's number, what
kind of thing is meant, each condition as a need of a plan; none of the text). The labelled requests are the
catalogue, imported under `tests/schemas/people_words.toml`: each is one product of its department that has
what its request asks for, so that a card mixes up to twenty requests. Values are in the request's words,
which favours whoever copies. Conditions that no attribute takes (a model number, "for muscle aches") are
counted and left out. So are, on both sides, needs of the title: they name the kind of thing itself.

**pahf-shopping/dev** states no need at all ("a TV that I prefer"): the gold is nothing, and a plan is right
if it holds no need. Then the same request is asked with the person's tastes behind it, in one sentence of
ours; people whom nothing ever suited are left out. Their taste is what the options that suited them held;
the gold is one `=` with alternatives for each of the three features in which options differ. With it "none
of these" is decided by code: whether the plan's hard needs leave none of the three options where none suits,
and leave the right one where one does.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from agent.ledger import Need, judge
from agent.opening import begin
from agent.plan import bind
from benchmarks.people_requests import Asked, read_choices, read_labels, requests, stocked
from benchmarks.readers import BUNDLED, RULES, Reader, by_model, need_figures, plan
from distill.evaluate.figures import Figure, shown
from distill.evaluate.intervals import bootstrap
from distill.evaluate.metrics import NeedScores, need_scores
from index.search import Index

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)
SHARE = Figure("share", "share")


class Understood(NamedTuple):
    """What became of one request."""

    scores: NeedScores
    category: bool
    needs: tuple[Need, ...]


def main() -> None:
    """Print every reader's figures over every kind of request."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", default=BUNDLED if BUNDLED.exists() else None)
    parser.add_argument("--count", type=int, default=104, help="requests of each kind")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    readers = [RULES, *(by_model(asked.model, asked.threads) if asked.model else ())]
    labels, choices = read_labels(), read_choices()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with stocked(home / "requests", [label.product() for label in labels]) as index:
            some = labels[: asked.count]
            left = sum(label.left for label in some)
            _print(f"webshop/dev ({left} conditions have no attribute)", requests(some), index, readers)
        with stocked(home / "options", choices.products()) as index:
            for name, told in (("pahf-shopping/dev as said", False), ("… with tastes told", True)):
                drawn = [choices.asked(at, told=told) for at in choices.drawn(asked.count)]
                _print(name, drawn, index, readers)


def _print(name: str, asked: Sequence[Asked], index: Index, readers: Sequence[Reader]) -> None:
    print(f"\n{name}: {len(asked)} requests, {sum(len(a.needs) for a in asked)} gold needs")
    for reader in readers:
        found = [understood(each, index, reader) for each in asked]
        print(f"  {reader.name}: " + "; ".join(_figures(asked, found, index)), flush=True)


def _figures(asked: Sequence[Asked], found: Sequence[Understood], index: Index) -> Iterator[str]:
    """Each figure with its interval over requests."""
    yield from need_figures([f.scores for f in found])
    yield f"right category {_share([f.category for f in found])}"
    if not any(a.needs and a.options for a in asked):
        return
    chosen = [(a.suits, chooses_right(a, f.needs, index)) for a, f in zip(asked, found, strict=True)]
    yield f"none taken where none suits {_share([right for suits, right in chosen if suits is None])}"
    yield f"what suits stays {_share([right for suits, right in chosen if suits is not None])}"


def _share(held: Sequence[bool]) -> str:
    return f"{shown(bootstrap([float(one) for one in held], SHARE.name), SHARE)} of {len(held)}"


def understood(asked: Asked, index: Index, reader: Reader) -> Understood:
    """Ask for the first plan and hold what it binds to against the gold; no plan is a plan of nothing."""
    trajectory, desk = begin(asked.text, index, reader.name, 0, NOW)
    plan(reader, trajectory, desk)
    card = index.card_for((asked.category,))
    gold = [bind(need, f"T{n}", card, index) for n, need in enumerate(asked.needs, start=1)]
    right = desk.category is not None and desk.category.path == card.path
    return Understood(need_scores(gold, _untitled(desk.needs)), right, tuple(desk.needs))


def _untitled(needs: Sequence[Need]) -> list[Need]:
    return [need for need in needs if need.attribute != "title"]


def chooses_right(asked: Asked, needs: Sequence[Need], index: Index) -> bool:
    """Whether hard needs leave none of the options where none suits, and the right one where one does."""
    options = index.catalog.products(asked.options)
    fitting = {product.id for product in options if judge(needs, product).fits}
    return asked.suits in fitting if asked.suits is not None else not fitting


if __name__ == "__main__":
    main()
