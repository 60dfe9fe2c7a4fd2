"""A product as those of its variants are that answer what is asked, so that no two variants answer together.

"Size 3P, under 120" is not met by a product of which the size 3P costs 150 and only the size 2P costs 100.
"""

from collections.abc import Iterable, Sequence

from index.conditions import Condition, Verdict, decide
from index.product import Attribute, Offer, Product
from index.text.numerals import QuantityError
from index.text.units import UnitError, parse_quantity


def as_asked(product: Product, hard: Sequence[Condition], soft: Sequence[Condition] = ()) -> Product:
    """The product with the offers and options of those variants that answer best.

    Best is what misses least of what is asked of options, then of the price, then of wishes, then is
    cheapest; what is as good stays beside it. Unchanged where nothing is asked by which variants differ.
    """
    named = {name for offer in product.offers for name, _ in offer.options}
    groups = (
        [each for each in hard if each.attribute in named],
        [each for each in hard if each.attribute == "price"],
        [each for each in soft if each.attribute in named],
    )
    if not groups[0] and not groups[2]:
        return product
    variants = [_variant(product, offer) for offer in product.offers if offer.options]
    told = [tuple(_missed(group, variant) for group in groups) for variant in variants]
    best = min(zip(told, map(_amount, variants), strict=True))[0]
    chosen = min((i for i, missed in enumerate(told) if missed == best), key=lambda i: _amount(variants[i]))
    asked = [condition for group in groups for condition in group]
    decided = [[decide(condition, variant) for condition in asked] for variant in variants]
    kept = [variant for at, variant in enumerate(variants) if decided[at] == decided[chosen]]
    if len(kept) == len(product.offers):
        return product
    offers = tuple(offer for variant in kept for offer in variant.offers)
    attributes = tuple(
        _together(each.name, kept) if each.name in named else each for each in product.attributes
    )
    return product.model_copy(update={"offers": offers, "attributes": attributes})


def meets(product: Product, conditions: Sequence[Condition]) -> bool:
    """Whether what the catalogue has found is not met by several variants together alone."""
    if not any(offer.options for offer in product.offers):
        return True  # the catalogue has decided by the same values
    seen = as_asked(product, conditions)
    return all(decide(each, seen) is not Verdict.UNMET for each in conditions)


def _variant(product: Product, offer: Offer) -> Product:
    """The product with one offer, and its options for the attributes of all variants."""
    options = {name: _option(name, value) for name, value in offer.options}
    attributes = tuple(options.get(each.name, each) for each in product.attributes)
    return product.model_copy(update={"offers": (offer,), "attributes": attributes})


def _option(name: str, value: str) -> Attribute:
    words = (value.casefold(),)
    try:
        said = parse_quantity(value)
    except (QuantityError, UnitError):
        return Attribute(name=name, raw=value, words=words)
    return Attribute(name=name, raw=value, low=said.low, high=said.high, unit=said.unit, words=words)


def _together(name: str, variants: Iterable[Product]) -> Attribute:
    """An option with the values of some variants, each once; the only one as it is."""
    values = {one.raw: one for variant in variants if (one := variant.attribute(name)) is not None}
    first, *others = values.values()
    if not others:
        return first
    words = tuple(word for value in values.values() for word in value.words)
    return Attribute(name=name, raw=", ".join(values), words=words)


def _missed(conditions: Iterable[Condition], variant: Product) -> tuple[int, int]:
    verdicts = [decide(condition, variant) for condition in conditions]
    return verdicts.count(Verdict.UNMET), verdicts.count(Verdict.UNKNOWN)


def _amount(variant: Product) -> float:
    return variant.price.amount if variant.price else float("inf")
