"""The records of one saved page, note or PDF: its products, their reviews, and its text.

Products go through the same reader as the rows of a file, under the schema `saved_page.toml`. A page is named
by its address, or by its file where it says none; a product by its shop's host and its number.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from index.columns import ColumnSchema
from index.importers.cells import day_of, text_of
from index.importers.faults import RowError
from index.importers.identity import hashed
from index.importers.layout import Layout
from index.importers.lines import SourceFile
from index.importers.pages.addresses import absolute, host_of, page_address
from index.importers.pages.paging import packed, pages_of, parts_of
from index.importers.pages.pdf import Pdf
from index.importers.pages.prose import read_note
from index.importers.pages.telling import Setting, Telling, stars_of, tellings_of, told
from index.importers.pages.things import Thing
from index.importers.products import read_product
from index.importers.rows import Rejected, Row
from index.product import Origin, Page, Product, Review
from index.text.numerals import QuantityError
from index.text.sanitize import TEXT_LIMIT, TITLE_LIMIT, plain, plain_lines
from index.text.sentences import split_sentences
from index.text.units import UnitError

if TYPE_CHECKING:
    from index.importers.pages.saved_html import SavedHtml

_ID_LIMIT = 120
_KEPT = 2_000
_MOST_IMAGES = 20


class Note(NamedTuple):
    """A sentence about the file as a whole."""

    text: str


class PageJob(NamedTuple):
    """One file to be read, and how it is meant."""

    file: SourceFile
    schema: ColumnSchema
    url: str
    """Its address where the person says one, or empty."""

    @property
    def changed(self) -> date:
        """The day of the file itself."""
        return datetime.fromtimestamp(self.file.path.stat().st_mtime, UTC).date()

    def origin(self, seen: date) -> Origin:
        """Where its records were read."""
        return Origin(source=self.schema.source, file=self.file.path.name, row=1, seen=seen)

    def unnamed(self, title: str) -> str:
        """What identifies a text without an address: two files of one name are rarely of one title."""
        return f"{self.file.path.name}\x1f{title}"


Found = Product | Review | Page | Rejected | Note


def read_page_file(job: PageJob) -> Iterator[Found]:
    """What a file holds, products before their reviews; raises FileFaultError."""
    match job.file.form:
        case "html":
            yield from _html(job)
        case "pdf":
            yield from _pdf(job)
        case _:
            yield from _note(job)


def _html(job: PageJob) -> Iterator[Found]:
    # lxml is paid for by those who import pages.
    from index.importers.pages.main_text import main_text
    from index.importers.pages.saved_html import read_html

    page = read_html(job.file, page_address(job.url))
    # A page may say any day; the file cannot have been changed before it was saved.
    seen = page.saved if page.saved and page.saved <= job.changed + timedelta(days=1) else job.changed
    titles: list[str] = []
    for found in _products(job, page, seen):
        titles += [found.title] if isinstance(found, Product) else []
        yield found
    text = main_text(page)
    if not text and not titles:
        yield Note("It holds neither a product nor a text.")
    yield from pages_of(
        parts_of(text),
        origin=job.origin(seen),
        title=page.title or (titles[0] if len(titles) == 1 else ""),
        url=page.url,
        name=page.url or job.unnamed(page.title),
        unit="part",
    )


def _note(job: PageJob) -> Iterator[Found]:
    title, text = read_note(job.file)
    if job.file.form == "text":
        yield Note("It has no columns and is read as a text; a table would need a line of names.")
    url = page_address(job.url)
    yield from pages_of(
        parts_of(text),
        origin=job.origin(job.changed),
        title=title,
        url=url,
        name=url or job.unnamed(title),
        unit="part",
    )


def _pdf(job: PageJob) -> Iterator[Found]:
    pdf = Pdf(job.file.path)
    url = page_address(job.url)
    yield from pages_of(
        packed(pdf.pages()),
        origin=job.origin(job.changed),
        title=plain(pdf.title, TITLE_LIMIT) or job.file.path.stem,
        url=url,
        name=url or job.file.path.name,
        unit="from page",
    )
    if pdf.note:
        yield Note(pdf.note)


def _products(job: PageJob, page: "SavedHtml", seen: date) -> Iterator[Found]:
    from index.importers.pages.markup import Markup

    setting = Setting(job.schema, page.url, seen)
    markup = Markup(page)
    syntaxes = (markup.json_ld, markup.microdata, markup.rdfa, markup.open_graph)
    tellings = told(*(tellings_of(syntax(), setting) for syntax in syntaxes))
    yield from map(Note, markup.notes)
    layout = Layout(job.schema)
    path = job.file.path.resolve()
    ids: set[str] = set()
    for number, telling in enumerate(tellings, start=1):
        try:
            (read,) = read_product(layout.read(Row(number, telling.cells)), path, seen)
        except (RowError, QuantityError, UnitError) as error:
            yield Rejected(number, str(error), json.dumps(dict(telling.cells))[:_KEPT])
            continue
        product = _named(read, telling, page.url)
        if product.id not in ids:
            ids.add(product.id)
            yield product
            yield from _reviews(product, telling.reviews)


def _named(product: Product, telling: Telling, page: str) -> Product:
    """The product under its shop's name for it, with the offers of the page and pictures on the web alone."""
    address = page_address(telling.url) or page
    number = next(iter(product.gtin), "") or product.sku or product.mpn
    own = number or hashed((telling.url and address) or f"{address}\x1f{product.title}")
    host = host_of(address)
    cell = telling.cells.get("@image")
    pictures = (absolute(text_of(item), page) for item in (cell if isinstance(cell, list) else [cell]))
    return product.model_copy(
        update={
            "id": f"{product.origin.source}:{plain(f'{host}/{own}' if host else own, _ID_LIMIT)}",
            "offers": telling.offers,
            "images": tuple(dict.fromkeys(filter(None, pictures)))[:_MOST_IMAGES],
        }
    )


def _reviews(product: Product, things: tuple[Thing, ...]) -> Iterator[Review]:
    made = (review for thing in things if (review := _review(product, thing)) is not None)
    yield from {review.id: review for review in made}.values()


def _review(product: Product, thing: Thing) -> Review | None:
    """The review that a thing is, or None where it says nothing."""
    title = plain(thing.text("name", "headline"), TITLE_LIMIT)
    sentences = split_sentences(plain_lines(thing.text("reviewBody", "description", "text"), TEXT_LIMIT))
    rating = next((stars_of(rated) for rated in thing.things("reviewRating")), None)
    if not (title or sentences) and rating is None:
        return None
    written = _day(thing.text("datePublished", "dateCreated"))
    own = hashed("\x1f".join([product.id, title, *sentences, str(written), str(rating)]))
    return Review(
        id=f"{product.origin.source}:review:{own}",
        product_id=product.id,
        origin=product.origin,
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
