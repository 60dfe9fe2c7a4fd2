"""The labelled sample of citations over catalogues of others, which stay outside the project.

`support_elsewhere.jsonl` names records by id and line and holds none of them: shelves first, then sentences
of our own with the verdict of a reader who had the records before them and had run no checker.
"""

import gzip
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from agent.desk import Desk
from agent.ledger import Seen, SeenProduct
from agent.report.draft import Polarity, Section, parse_prose
from agent.report.ground import Ground
from distill.evaluate.statements import Statement
from distill.evaluate.support import weigh
from distill.evaluate.weighed import Support
from index.catalog import Catalog
from index.ingest import ingest
from index.product import Record
from index.search import Index

SAMPLE = Path(__file__).with_name("support_elsewhere.jsonl")
DATA = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
SHOP = DATA / "magento-sample"
PARTS = DATA / "pc-parts" / "pc_parts.jsonl.gz"
PARTS_SCHEMA = Path(__file__).parents[1] / "schemas" / "pc_parts.toml"
BESIDE = 20
"""One part in so many of a shelf's category is imported too, so that its card knows the usual words."""

Kind = Literal["shown", "typed", "words", "compared", "quoted", "retold"]
"""A field shown, a number typed, other words about a product, a comparison; a review quoted or retold."""


class Shelf(Record):
    """Records that one researcher would have seen, under tags by their order."""

    shelf: str
    catalogue: Literal["shop", "parts"]
    held_out: bool
    """Nothing in the checker was mended by statements over it."""
    products: tuple[str, ...]
    lines: tuple[int, ...] = ()
    """Lines of the parts' file on which the products stand."""
    reviews: tuple[int, ...] = ()
    """Lines of the shop's reviews."""


class Labelled(Record):
    """One statement with the verdict of a reader."""

    shelf: str
    tag: str
    """The record whose citation is judged."""
    at: str
    """Fields or sentences of that record on which the verdict rests; empty where it says nothing."""
    section: Section
    about: str
    polarity: Polarity | None
    kind: Kind
    twist: str
    """How it departs from the record's own words; for what is not supported, what is wrong with it."""
    sentence: str
    supported: bool
    reason: str


class Judged(NamedTuple):
    """A statement with what the checker says of it."""

    statement: Labelled
    held_out: bool
    support: Support
    reason: str

    @property
    def agrees(self) -> bool:
        """Whether the checker says what the reader does; what it cannot tell counts as not supported."""
        return (self.support == "supported") == self.statement.supported


def present() -> bool:
    """Whether the catalogues lie where the environment says."""
    return SHOP.exists() and PARTS.exists()


@cache
def read() -> tuple[tuple[Shelf, ...], tuple[Labelled, ...]]:
    """The shelves and the statements."""
    rows = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    shelves = tuple(Shelf.model_validate(row) for row in rows if "catalogue" in row)
    return shelves, tuple(Labelled.model_validate(row) for row in rows if "sentence" in row)


def judged(index: Index) -> Iterator[Judged]:
    """What the checker says of each statement."""
    shelves, statements = read()
    held_out = {shelf.shelf for shelf in shelves if shelf.held_out}
    grounds = {shelf.shelf: Ground(desk(shelf, index)) for shelf in shelves}
    for one in statements:
        (sentence,) = parse_prose(one.sentence)
        statement = Statement(one.section, one.about, one.polarity, sentence)
        weighed = {c.tag: c for c in weigh([statement], grounds[one.shelf])}[one.tag]
        yield Judged(one, one.shelf in held_out, weighed.support, weighed.reason)


def opened(home: Path) -> Index:
    """An index over the shop and the shelves' categories of parts; close it."""
    home.mkdir(parents=True)
    parts = home / "parts.jsonl"
    parts.write_text("".join(_some_parts()), encoding="utf-8")
    with Catalog.open(home / "catalog.sqlite") as catalog:
        ingest(SHOP / "products.jsonl", catalog)
        ingest(SHOP / "reviews.jsonl", catalog)
        ingest(parts, catalog, schema=PARTS_SCHEMA)
    return Index.open(home)


def _some_parts() -> Iterator[str]:
    """The lines of the shelves' parts, and one in twenty of their categories."""
    wanted = {line for shelf in read()[0] for line in shelf.lines}
    with gzip.open(PARTS, "rt", encoding="utf-8") as file:
        rows = list(enumerate(file, start=1))
    categories = {json.loads(text)["category"] for at, text in rows if at in wanted}
    for at, text in rows:
        if at in wanted or (at % BESIDE == 0 and json.loads(text)["category"] in categories):
            yield text


def desk(shelf: Shelf, index: Index) -> Desk:
    """A desk on which the records of a shelf were shown."""
    products = [index.catalog.product(product_id) for product_id in shelf.products]
    desk = Desk(index=index, category=index.card_for(products[0].category))
    for product in products:
        desk.evidence.show_product(product, opened=True)
    reviews = {r.origin.row: r for product in products for r in index.catalog.reviews(product.id)}
    for line in shelf.reviews:
        desk.evidence.show_review(reviews[line])
    return desk


def prose(seen: Seen) -> tuple[str, ...]:
    """The running text of a record."""
    if isinstance(seen, SeenProduct):
        return (seen.record.description, *seen.record.bullets)
    return (seen.record.title, *seen.record.sentences)
