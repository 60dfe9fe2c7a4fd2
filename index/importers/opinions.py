"""Reviews and saved pages out of rows: text from outside, split into sentences that can be quoted."""

from datetime import date
from pathlib import Path

from index.importers.cells import flag_of, leading_number, text_of
from index.importers.faults import RowError
from index.importers.identity import hashed
from index.importers.layout import RowReader
from index.product import Origin, Page, Review
from index.text.sanitize import TEXT_LIMIT, TITLE_LIMIT, plain_lines, plain_url
from index.text.sentences import split_sentences


def read_review(reader: RowReader, file: Path, seen: date) -> tuple[Review, ...]:
    """The review of one row; raises RowError where it says nothing or names no product."""
    product_id = reader.product_id()
    title = text_of(reader.cell("title"), TITLE_LIMIT)
    sentences = _sentences(reader)
    rating = reader.rating()
    if not title and not sentences and rating is None:
        raise RowError("it holds no text and no rating")
    written = reader.day("date")
    said = [product_id, title, *sentences, str(rating), *_who(reader)]
    own = reader.text("id") or hashed("\x1f".join(said))
    helpful = leading_number(reader.cell("helpful"))
    review = Review(
        id=f"{reader.schema.source}:review:{own}",
        product_id=product_id,
        origin=Origin(source=reader.schema.source, file=file.name, row=reader.row.number, seen=seen),
        rating=rating,
        title=title,
        sentences=sentences,
        written=written,
        verified=flag_of(reader.cell("verified")),
        helpful=int(helpful) if helpful is not None else None,
    )
    return (review,)


def read_page(reader: RowReader, file: Path, seen: date) -> tuple[Page, ...]:
    """The page of one row; raises RowError where it holds no text."""
    sentences = _sentences(reader)
    if not sentences:
        raise RowError("it holds no text")
    title = text_of(reader.cell("title"), TITLE_LIMIT) or sentences[0][:TITLE_LIMIT]
    url = plain_url(reader.text("url"))
    own = reader.text("id") or hashed(url or title)
    origin = Origin(
        source=reader.schema.source, file=file.name, row=reader.row.number, seen=reader.day("date") or seen
    )
    page = Page(
        id=f"{reader.schema.source}:page:{own}", origin=origin, title=title, url=url, sentences=sentences
    )
    return (page,)


def _who(reader: RowReader) -> tuple[str, str]:
    """What tells equal words of two people apart: who wrote, which is stored nowhere, and the moment."""
    return reader.text("writer"), reader.text("date")


def _sentences(reader: RowReader) -> tuple[str, ...]:
    return split_sentences(plain_lines(reader.joined("text"), TEXT_LIMIT))
