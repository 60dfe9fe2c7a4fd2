"""The labelled sample of citations: sentences over invented records, judged by a reader beforehand.

`support_sample.jsonl` holds the records first and then the statements, each with an excerpt for the reader.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from agent.desk import Desk
from agent.report.draft import Polarity, Section, parse_prose
from agent.report.ground import Ground
from distill.evaluate.statements import Statement
from distill.evaluate.support import weigh
from distill.evaluate.weighed import Support
from index.catalog import Catalog
from index.demo.shop import meanings
from index.product import Product, Record, Review
from index.search import Index

SAMPLE = Path(__file__).with_name("support_sample.jsonl")


class Labelled(Record):
    """One statement with the verdict of a reader."""

    category: str
    tag: str
    """The record whose citation is judged."""
    section: Section
    about: str
    polarity: Polarity | None
    sentence: str
    excerpt: str
    supported: bool
    fresh: bool = False
    """Labelled after the checker was finished, over other categories: nothing was mended by these."""


class Shown(NamedTuple):
    """A record under its tag in its category."""

    category: str
    tag: str
    record: Product | Review


def read() -> tuple[list[Shown], list[Labelled]]:
    """The records and the statements."""
    shown, labelled = [], []
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "product" in row:
            shown.append(Shown(row["category"], row["tag"], Product.model_validate(row["product"])))
        elif "review" in row:
            shown.append(Shown(row["category"], row["tag"], Review.model_validate(row["review"])))
        else:
            labelled.append(Labelled.model_validate(row))
    return shown, labelled


def judged(home: Path, *, labels: bool) -> Iterator[tuple[Labelled, Support, str]]:
    """What the checker says of each statement; without `labels` the reviews have lost their aspects."""
    shown, statements = read()
    home.mkdir(parents=True)
    with (
        Catalog.open(home / "catalog.sqlite") as catalog,
        catalog.importing("sample", "support_sample.jsonl", "sample") as batch,
    ):
        known = {s.record.category for s in shown if isinstance(s.record, Product)}
        for (path, attribute), meaning in meanings().items():
            if tuple(path.split(" > ")) in known:
                batch.describe(tuple(path.split(" > ")), attribute, meaning)
        for each in shown:
            batch.add(_kept(each.record, labels=labels))
    with Index.open(home) as index:
        grounds = {s.category: Ground(_desk(s.category, shown, index, labels=labels)) for s in shown}
        for one in statements:
            (sentence,) = parse_prose(one.sentence)
            statement = Statement(one.section, one.about, one.polarity, sentence)
            weighed = {c.tag: c for c in weigh([statement], grounds[one.category])}
            yield one, weighed[one.tag].support, weighed[one.tag].reason


def _kept(record: Product | Review, *, labels: bool) -> Product | Review:
    bare = isinstance(record, Review) and not labels
    return record.model_copy(update={"aspects": ()}) if bare else record


def _desk(category: str, shown: list[Shown], index: Index, *, labels: bool) -> Desk:
    desk = Desk(index=index, category=index.card_for(category))
    for each in shown:
        record = _kept(each.record, labels=labels)
        if each.category != category:
            continue
        if isinstance(record, Product):
            assert desk.evidence.show_product(record, opened=True).tag == each.tag
        else:
            assert desk.evidence.show_review(record).tag == each.tag
    return desk
