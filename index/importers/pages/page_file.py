"""One saved page, note or PDF on its way into the catalogue: its products, their reviews, and its text.

Products go through the same reader as the rows of a file, under the schema `saved_page.toml`. A page is named
by its address, or by its file where it says none; a product by its shop's host and its number.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.columns import ColumnSchema, parse_schema
from index.importers.cells import day_of, text_of
from index.importers.faults import RowError, SchemaError
from index.importers.identity import hashed
from index.importers.layout import Layout
from index.importers.lines import SourceFile
from index.importers.pages.addresses import absolute, host_of, page_address
from index.importers.pages.paging import packed, pages_of, parts_of
from index.importers.pages.pdf import read_pdf
from index.importers.pages.prose import read_note
from index.importers.pages.telling import Setting, Telling, stars_of, tellings_of, told
from index.importers.pages.things import Thing
from index.importers.products import read_product
from index.importers.proposals import source_name
from index.importers.rejects import Rejects
from index.importers.rows import Cell, Rejected, Row
from index.product import Origin, Page, Product, Review
from index.text.numerals import QuantityError
from index.text.sanitize import TEXT_LIMIT, TITLE_LIMIT, plain, plain_lines, plain_url
from index.text.sentences import split_sentences
from index.text.units import UnitError

if TYPE_CHECKING:
    from index.importers.pages.markup import Markup
    from index.importers.pages.saved_html import SavedHtml

PAGE_FORMS = frozenset({"html", "markdown", "text", "pdf"})
_ID_LIMIT = 120
_KEPT = 2_000
_SCHEMA = Path(__file__).parents[2] / "schemas" / "saved_page.toml"


def page_schema(mapping: Mapping[str, str]) -> ColumnSchema:
    """The schema of saved pages under the source that `mapping` names; raises SchemaError for other roles."""
    schema = _page_schema()
    for role, name in mapping.items():
        if role not in ("source", "url"):
            raise SchemaError(
                f"A saved page has no columns, so --map cannot give it {role}; "
                "it takes source=NAME and url=ADDRESS."
            )
        if role == "source":
            schema = schema.model_copy(update={"source": source_name(Path(name))})
        elif not plain_url(name):
            raise SchemaError(f"{name!r} is no web address; it begins with https:// or http://.")
    return schema


class PageFile:
    """A page, note or PDF; what is counted and noted while its records are made is read afterwards."""

    def __init__(self, file: SourceFile, schema: ColumnSchema, url: str, rejects: Rejects) -> None:
        self.file = file
        self.schema = schema
        self.rejects = rejects
        self.read = 0
        self.repeated = 0
        self.skipped = 0
        self.notes: list[str] = []
        self._url = page_address(url)
        self._changed = _file_day(file.path)

    def has_pictures(self) -> bool:
        """Never: the pictures of a page are addresses, whichever folder it lies in."""
        return False

    def records(self) -> Iterator[Product | Review | Page]:
        """The records of the file; a product that cannot be one goes to the rejects."""
        made = {"html": self._html, "pdf": self._pdf}.get(self.file.form, self._note)
        for record in made():
            self.read += 1
            yield record
        self.read += self.rejects.count

    def _html(self) -> Iterator[Product | Review | Page]:
        # lxml is paid for by those who import pages.
        from index.importers.pages.main_text import main_text
        from index.importers.pages.markup import Markup
        from index.importers.pages.saved_html import read_html

        page = read_html(self.file, self._url)
        # A page may say any day; the file cannot have been changed before it was saved.
        seen = page.saved if page.saved and page.saved <= self._changed + timedelta(days=1) else self._changed
        titles = []
        for record in self._products(page, Markup(page), seen):
            titles += [record.title] if isinstance(record, Product) else []
            yield record
        text = main_text(page)
        if not text and not self.read:
            self.notes.append("It holds neither a product nor a text.")
        name = page.url or self._unnamed(page.title)
        yield from pages_of(
            parts_of(text),
            origin=self._origin(seen),
            title=page.title or (titles[0] if len(titles) == 1 else ""),
            url=page.url,
            name=name,
            unit="part",
        )

    def _note(self) -> Iterator[Page]:
        title, text = read_note(self.file)
        if self.file.form == "text":
            self.notes.append("It has no columns and is read as a text; a table would need a line of names.")
        yield from pages_of(
            parts_of(text),
            origin=self._origin(self._changed),
            title=title,
            url=self._url,
            name=self._url or self._unnamed(title),
            unit="part",
        )

    def _pdf(self) -> Iterator[Page]:
        pdf = read_pdf(self.file.path)
        self.notes += [pdf.note] if pdf.note else []
        title = plain(pdf.title, TITLE_LIMIT) or self.file.path.stem
        yield from pages_of(
            packed(pdf.pages),
            origin=self._origin(self._changed),
            title=title,
            url=self._url,
            name=self._url or self.file.path.name,
            unit="from page",
        )

    def _unnamed(self, title: str) -> str:
        """What identifies a text without an address: two files of one name are rarely of one title."""
        return f"{self.file.path.name}\x1f{title}"

    def _origin(self, seen: date) -> Origin:
        return Origin(source=self.schema.source, file=self.file.path.name, row=1, seen=seen)

    def _products(self, page: "SavedHtml", markup: "Markup", seen: date) -> Iterator[Product | Review]:
        setting = Setting(self.schema, page.url, seen)
        syntaxes = (markup.json_ld, markup.microdata, markup.rdfa, markup.open_graph)
        tellings = told(*(tellings_of(syntax(), setting) for syntax in syntaxes))
        self.notes += markup.notes
        layout = Layout(self.schema)
        seen_ids: set[str] = set()
        for number, telling in enumerate(tellings, start=1):
            try:
                row = Row(number, telling.cells)
                (product,) = read_product(layout.read(row), self.file.path.resolve(), seen)
            except (RowError, QuantityError, UnitError) as error:
                kept = json.dumps(dict(telling.cells))[:_KEPT]
                self.rejects.add(Rejected(number, str(error), kept))
                continue
            product = self._named(product, telling, page)
            if product.id in seen_ids:
                self.repeated += 1
                continue
            seen_ids.add(product.id)
            yield product
            yield from self._reviews(product, telling.reviews, seen)

    def _named(self, product: Product, telling: Telling, page: "SavedHtml") -> Product:
        """The product under its shop's name for it, with the offers of the page and no local pictures."""
        address = page_address(telling.url) or page.url
        number = next(iter(product.gtin), "") or product.sku or product.mpn
        own = number or hashed((telling.url and address) or f"{address}\x1f{product.title}")
        host = host_of(address)
        name = plain(f"{host}/{own}" if host else own, _ID_LIMIT)
        pictures = tuple(
            dict.fromkeys(filter(None, (absolute(image, page.url) for image in _pictures(telling))))
        )
        return product.model_copy(
            update={"id": f"{self.schema.source}:{name}", "offers": telling.offers, "images": pictures[:20]}
        )

    def _reviews(self, product: Product, things: tuple[Thing, ...], seen: date) -> Iterator[Review]:
        told: set[str] = set()
        for thing in things:
            review = _review(product, thing, seen)
            if review is not None and review.id not in told:
                told.add(review.id)
                yield review


def _review(product: Product, thing: Thing, seen: date) -> Review | None:
    """The review that a thing is, or None where it says nothing."""
    title = plain(thing.text("name", "headline"), TITLE_LIMIT)
    body = plain_lines(thing.text("reviewBody", "description", "text"), TEXT_LIMIT)
    rating = next((stars_of(rated) for rated in thing.things("reviewRating")), None)
    sentences = split_sentences(body)
    if not (title or sentences) and rating is None:
        return None
    written = _day(thing.text("datePublished", "dateCreated"))
    own = hashed("\x1f".join([product.id, title, *sentences, str(written), str(rating)]))
    return Review(
        id=f"{product.origin.source}:review:{own}",
        product_id=product.id,
        origin=product.origin.model_copy(update={"seen": seen}),
        rating=rating,
        title=title,
        sentences=sentences,
        written=written,
    )


def _day(text: str) -> date | None:
    try:
        return day_of(text)
    except RowError:
        return None


def _pictures(telling: Telling) -> tuple[str, ...]:
    cell: Cell = telling.cells.get("@image")
    return tuple(text_of(item) for item in (cell if isinstance(cell, list) else [cell]))


@cache
def _page_schema() -> ColumnSchema:
    return parse_schema(_SCHEMA.read_text(encoding="utf-8"), _SCHEMA.name)


def _file_day(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
