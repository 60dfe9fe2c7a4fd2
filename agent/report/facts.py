"""What a record says under a name, as text and number, with the evidence that it rests on.

Field references, tables and the checks of typed values all read records through here, so that a fact is
written one way and can always be traced to a file and a row.
"""

from datetime import date
from typing import Literal

from agent.ledger import Evidence, Seen, SeenPage, SeenProduct, SeenReview, UnknownTagError
from agent.observe import attribute_text, price_text
from index.product import Product, Record

BUILT_IN = ("title", "brand", "price", "rating", "category")
"""Fields of every product; the rest are its attributes. An attribute of the same name is not reachable."""


class UnknownFieldError(Exception):
    """A field that a product does not have."""


class Cite(Record):
    """Where a fact stands: the tag it was shown under, the record, and the file and row it came from."""

    tag: str
    kind: Literal["product", "review", "page"]
    record_id: str
    source: str
    file: str
    row: int
    seen: date


class Fact(Record):
    """One thing that a record says."""

    name: str
    text: str
    number: float | None = None
    """Set where the text is one number, for sorting and for spreadsheets."""
    unit: str = ""
    """Unit or currency of the number."""
    cite: Cite


def cite(seen: Seen) -> Cite:
    """The evidence behind a record that was shown."""
    origin = seen.record.origin
    return Cite(
        tag=seen.tag,
        kind=seen.kind,
        record_id=seen.record.id,
        source=origin.source,
        file=origin.file,
        row=origin.row,
        seen=origin.seen,
    )


def field_names(product: Product) -> tuple[str, ...]:
    """The fields that `{{P1.name}}` may name: those that the product really has."""
    known = {
        "brand": product.brand,
        "price": product.price,
        "rating": product.rating,
        "category": product.category,
    }
    built_in = [name for name in BUILT_IN if name == "title" or known[name]]
    attributes = [a.name for a in product.attributes if a.name not in BUILT_IN]
    return (*built_in, *attributes)


def fact(seen: SeenProduct, name: str) -> Fact:
    """What a product says under a name; raises UnknownFieldError."""
    text, number, unit = _value(seen, name)
    evidence, price = cite(seen), seen.record.price
    if name == "price" and price:
        evidence = evidence.model_copy(update={"seen": price.seen})
    return Fact(name=name, text=text, number=number, unit=unit, cite=evidence)


def facts(seen: SeenProduct) -> tuple[Fact, ...]:
    """Everything a product says but its title, in the order of `field_names`."""
    return tuple(fact(seen, name) for name in field_names(seen.record) if name != "title")


def _value(seen: SeenProduct, name: str) -> tuple[str, float | None, str]:
    """Text, number and unit of one of `field_names`; raises UnknownFieldError."""
    product = seen.record
    match name:
        case "title":
            return product.title, None, ""
        case "brand" if product.brand:
            return product.brand, None, ""
        case "category" if product.category:
            return " > ".join(product.category), None, ""
        case "rating" if product.rating:
            return rating_words(product), product.rating, ""
        case "price" if price := product.price:
            return price_text(product), price.amount, price.currency
    attribute = None if name in BUILT_IN else product.attribute(name)
    if attribute is None:
        raise UnknownFieldError(f"{seen.tag} has no {name}")
    number = attribute.low if attribute.flag is None and attribute.low == attribute.high else None
    return attribute_text(attribute), number, attribute.unit if number is not None else ""


def rating_words(product: Product) -> str:
    """The mean rating with its votes, as people read it."""
    if product.rating is None:
        return "unrated"
    if product.rating_count is None:
        return f"{product.rating:.1f} of 5"
    return f"{product.rating:.1f} of 5 ({product.rating_count:,} rating{'s' * (product.rating_count != 1)})"


def sentence_of(evidence: Evidence, tag: str, number: int) -> tuple[str, Cite]:
    """A sentence of a review or page that was shown; raises UnknownTagError or UnknownFieldError."""
    seen = seen_text(evidence, tag)
    if not 1 <= number <= len(seen.record.sentences):
        raise UnknownFieldError(f"{tag} has {len(seen.record.sentences)} sentences, so no s{number}")
    return seen.record.sentences[number - 1], cite(seen)


def seen_text(evidence: Evidence, tag: str) -> SeenReview | SeenPage:
    """The review or page under a tag; raises UnknownTagError."""
    found = lookup(evidence, tag)
    if isinstance(found, SeenProduct):
        raise UnknownTagError(tag)
    return found


def seen_product(evidence: Evidence, tag: str) -> SeenProduct:
    """The product under a tag; raises UnknownTagError."""
    found = lookup(evidence, tag)
    if not isinstance(found, SeenProduct):
        raise UnknownTagError(tag)
    return found


def lookup(evidence: Evidence, tag: str) -> Seen:
    """What was shown under a tag; raises UnknownTagError."""
    return evidence.seen(tag)
