"""What is stored of a record beside its JSON: digests, identifiers, words, and the texts that are indexed.

Pure functions; which row goes into which table is left to `writer`.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from index.conditions import padded
from index.identity.numbers import part_number
from index.product import Event, Page, PriceObservation, Product, Review

AnyRecord = Product | Review | Page | Event | PriceObservation

_WHERE_READ = {"row", "file", "seen"}
_UNTOLD = {"origin": _WHERE_READ}
_PRODUCT_UNTOLD = {"origin": _WHERE_READ, "offers": {"__all__": {"price": {"seen"}}}}

_REMEMBERED = 4_096
_KEY_ATTRIBUTES = 12
_EMBEDDED_CHARACTERS = 480
"""About 120 word pieces: what the embedder reads in half its window; more text costs time and adds little."""


class IndexedText(NamedTuple):
    """The columns of `products_fts`."""

    title: str
    brand: str
    category: str
    attributes: str
    description: str


def digest(record: Product | Review | Page | Event) -> str:
    """Hash of what a record says, without the row, the file and the days on which it was seen.

    So the same row of next week's export is unchanged: its dates move on, nothing is indexed again.
    """
    untold = _PRODUCT_UNTOLD if isinstance(record, Product) else _UNTOLD
    return hashed(record.model_dump_json(exclude=untold))  # type: ignore[arg-type]


def text_digest(text: IndexedText) -> str:
    """Hash of what is full-text indexed and embedded, so that a new price costs neither."""
    return hashed("\x1f".join(text))


def indexed_text(product: Product) -> IndexedText:
    """What BM25 finds a product by."""
    return IndexedText(
        title=product.title,
        brand=product.brand,
        category=" ".join(product.category),
        attributes="\n".join(_attribute_texts(product)),
        description="\n".join((product.description, *product.bullets)).strip(),
    )


def embedded_text(product: Product) -> str:
    """What the vector of a product is made from: its most telling fields first, cut to a fixed length."""
    facts = _attribute_texts(product)[:_KEY_ATTRIBUTES]
    brand = "" if product.brand.casefold() in product.title.casefold() else product.brand
    parts = [
        product.title,
        brand,
        " ".join(product.category),
        ", ".join(facts),
        product.description,
        *product.bullets,
    ]
    return ". ".join(filter(None, parts))[:_EMBEDDED_CHARACTERS]


def category_path(category: tuple[str, ...]) -> str:
    """A category as one text, as the table `categories` holds it."""
    return " > ".join(category)


@lru_cache(maxsize=_REMEMBERED)
def padded_words(words: tuple[str, ...]) -> str:
    """Words as SQL searches them: `instr(' black | tempered glass ', ' glass ')` finds whole words only."""
    return padded(words)


def identifiers(product: Product) -> set[str]:
    """Everything by which people name exactly this product, casefolded, also without hyphens and blanks.

    A part number that can prove two products to be one stands without any punctuation too.
    """
    written = {product.id, *product.gtin, product.mpn, product.sku, product.asin} - {""}
    folded = {value.casefold() for value in written}
    joined = {"".join(value.replace("-", " ").split()) for value in folded}
    return (folded | joined | {part_number(product.mpn)}) - {""}


def hashed(text: str) -> str:
    """A short digest of a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _attribute_texts(product: Product) -> list[str]:
    # "tempered glass: no" must not be found by "tempered glass"
    return [
        _attribute_text(a.name, "" if a.flag else a.raw, "" if a.flag else a.unit)
        for a in product.attributes
        if a.flag is not False
    ]


@lru_cache(maxsize=_REMEMBERED)
def _attribute_text(name: str, raw: str, unit: str) -> str:
    return " ".join(filter(None, (name.replace("_", " "), raw, unit)))
