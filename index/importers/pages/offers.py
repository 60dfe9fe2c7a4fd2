"""Offers out of what a page describes: what is asked, by whom, and whether it can be had."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from index.importers.pages.addresses import absolute
from index.importers.pages.things import Thing
from index.product import Offer, Price
from index.text.money import currency_code, parse_price
from index.text.numerals import NoPriceError
from index.text.sanitize import plain

_MOST = 200
_NAME_LIMIT = 200
_PLAIN_AMOUNT = re.compile(r"\d{1,12}(?:\.\d+)?")
_THOUSANDS = re.compile(r"\d{1,3}\.\d{3}")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BEFORE = ("ListPrice", "StrikethroughPrice", "SRP", "MSRP", "RegularPrice")
"""Types of a price that is not the one asked."""


def offers_of(product: Thing, page: str, seen: date) -> tuple[Offer, ...]:
    """Everything asked for a product on a page at this address; offers that name no price are left out."""
    things = list(product.things("offers", "offer"))
    single = [thing for thing in things if "AggregateOffer" not in thing.kinds]
    # Where the offers themselves stand beside their ends, the ends say nothing more.
    made = [offer for thing in single for offer in _offers(thing, page, seen, "")]
    made = made or [offer for thing in things for offer in _offers(thing, page, seen, "")]
    return tuple(dict.fromkeys(made))[:_MOST]


def price_of(text: str, currency: str, seen: date) -> Price:
    """A price as a page gives it; raises NoPriceError for what is none, and for 0, which says "ask us"."""
    code = currency_code(currency)
    written = text.strip()
    # The vocabulary writes amounts with a point. Three digits behind one are thousands more often than not,
    # and are read as a shop's own words are.
    if code and _PLAIN_AMOUNT.fullmatch(written) and not _THOUSANDS.fullmatch(written):
        amount = float(written)
    else:
        amount, code = parse_price(written, code)
    if not 0 < amount < 1e12 or written.startswith("-"):
        raise NoPriceError(f"{written[:40]!r} is no price that anything could have")
    return Price(amount=amount, currency=code, seen=seen)


def availability_of(text: str) -> str:
    """`in stock` for `https://schema.org/InStock`; other words as they stand."""
    last = plain(text, _NAME_LIMIT).rstrip("/").rsplit("/", 1)[-1]
    return _HUMP.sub(" ", last).replace("_", " ").casefold()


def _offers(thing: Thing, page: str, seen: date, currency: str) -> Iterator[Offer]:
    currency = thing.text("priceCurrency") or currency
    inner = list(thing.things("offers"))
    for offer in inner:
        yield from _offers(offer, page, seen, currency)
    if inner:
        return
    asked, was = _amounts(thing, currency)
    seller = thing.text("seller", "offeredBy")
    for text, code in asked:
        with suppress(NoPriceError):
            price = price_of(text, code, seen)
            yield Offer(
                price=price,
                seller=plain(seller, _NAME_LIMIT),
                url=absolute(thing.text("url"), page) or page,
                availability=availability_of(thing.text("availability")),
                was=_reduced_from(was, price),
            )


def _amounts(thing: Thing, currency: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What is asked and what was asked before, each with its currency.

    Of many sellers' offers only the ends are told: both are asked by somebody.
    """
    asked = [(text, currency) for text in thing.texts("price")]
    if not asked:
        asked = [(text, currency) for text in dict.fromkeys(thing.texts("lowPrice", "highPrice"))]
    was: list[tuple[str, str]] = []
    for detail in thing.things("priceSpecification"):
        code = detail.text("priceCurrency") or currency
        kind = detail.text("priceType").rsplit("/", 1)[-1]
        texts = [(text, code) for text in detail.texts("price")]
        if kind in _BEFORE:
            was += texts
        elif not asked or not asked[0][1]:
            asked = texts or [(text, code) for text in detail.texts("minPrice")] or asked
    return asked[:2], was


def _reduced_from(was: list[tuple[str, str]], price: Price) -> float | None:
    for text, code in was:
        with suppress(NoPriceError):
            before = price_of(text, code, price.seen)
            if before.currency == price.currency and before.amount > price.amount:
                return before.amount
    return None
