"""Draws a random world: a whole specification for the demo shop's generator, anew from each seed.

Categories, attributes, units, brands, ids, currency and prices are all drawn. Only the language of listings
and reviews is shared with the demo, for it is what people everywhere write.
"""

import math
from random import Random

from distill.worlds.attributes import draw_attributes, draw_side, spoken
from distill.worlds.words import Coiner, Currency, read_texts, read_words
from index.demo.spec import (
    AspectSpec,
    AttributeSpec,
    Bank,
    BrandSpec,
    CategorySpec,
    Guide,
    ShopSpec,
    WorldSpec,
    read_banks,
)

CATEGORIES = (3, 6)
PRODUCTS = (40, 80)
"""Of a category."""
REVIEWS = 3
"""For each product, on average."""
OFFERED = (0.97, 0.93, 0.85, 0.5)
"""Shares of products with a price; some catalogues are full of things that nobody sells any more."""
OBSERVED = (2, 6)
"""Days with a price; two years of them would be most of the work."""
_VOICES = ("maker", "spec", "plain", "dealer", "market", "story")
_ENDINGS = (0.99, 0.95, 0.9, 0.5, 0.0)


def draw_spec(seed: int) -> WorldSpec:
    """The specification of a world; the same for the same seed."""
    rng = Random(f"world:{seed}")
    coiner, currency = Coiner(rng), rng.choice(read_words().currencies)
    shop = _draw_shop(coiner, currency, rng)
    groups = [coiner.invented() for _ in range(rng.randint(1, 2))]
    categories = tuple(
        _draw_category(coiner, groups, currency.scale, rng) for _ in range(rng.randint(*CATEGORIES))
    )
    styles = {voice: tuple(coiner.name() for _ in range(30)) for voice in _VOICES}
    return WorldSpec(
        shop=shop,
        categories=categories,
        brands=_draw_brands(coiner, groups, categories, rng),
        styles=styles,
        phrases=_without_money(read_banks().phrases),
        voices={name: texts for name, texts in read_banks().voices.items() if not name.startswith("say_")},
        guides=(),
    )


def _draw_shop(coiner: Coiner, currency: Currency, rng: Random) -> ShopSpec:
    source = coiner.invented()
    return ShopSpec(
        source=source,
        site=f"{source}.example",
        sku=source[:2].upper(),
        currency=currency.code,
        paid=currency.paid,
        sellers=tuple(coiner.name(rng.randint(1, 2)) for _ in range(4)),
        reviews=REVIEWS,
        observed=OBSERVED,
        offered=Random(source).choice(OFFERED),
    )


def _draw_category(coiner: Coiner, groups: list[str], scale: float, rng: Random) -> CategorySpec:
    bank, texts = read_words(), read_texts()
    noun = coiner.invented() if rng.random() < 0.5 else coiner.fresh(bank.stuffs, bank.goods)
    own = [coiner.fresh(bank.parts, bank.senses) for _ in range(rng.randint(2, 4))]
    attributes = draw_attributes(own, rng)
    aspects = _draw_aspects(own, attributes, rng)
    price = scale * math.exp(rng.uniform(math.log(6), math.log(400)))
    below = [bank.departments, bank.aisles][: rng.randint(1, 2)]
    return CategorySpec(
        code=noun.replace(" ", "-"),
        path=(*(rng.choice(words) for words in below), f"{noun.title()}s"),
        group=rng.choice(groups),
        noun=noun,
        also=tuple(_called(coiner, noun, rng) for _ in range(rng.randint(0, 2))),
        share=rng.randint(*PRODUCTS),
        price=(price, price * rng.uniform(5, 12)),
        drift=rng.uniform(-0.08, 0.06),
        names=tuple(_about(text, noun).title() for text in texts["names"]),
        facts=tuple(a.name for a in attributes if a.tag),
        uses=tuple(rng.sample(bank.uses, 7)),
        places=tuple(rng.sample(bank.places, 6)),
        olds=tuple(_about(text, noun) for text in texts["olds"]),
        hooks=tuple(_capital(_about(text, noun)) for text in texts["hooks"]),
        extras=tuple(rng.sample(texts["extras"], 6)),
        chat=texts["chat"],
        shared=(),
        attributes=attributes,
        aspects=aspects,
        guides=tuple(_draw_guide(noun, attributes, rng) for _ in range(2)),
    )


def _draw_aspects(
    own: list[str], attributes: tuple[AttributeSpec, ...], rng: Random
) -> dict[str, AspectSpec]:
    """The category's own sides and some of those that anything has."""
    driven = {side: [a.name for a in attributes if a.drive == side and a.kind == "number"] for side in own}
    bank, banks = read_words(), read_banks()
    shared = rng.sample(bank.shared, rng.randint(3, len(bank.shared)))
    return {side: draw_side(side, rng, driven[side]) for side in own} | {
        name: banks.shared[name] for name in shared
    }


def _draw_brands(
    coiner: Coiner, groups: list[str], categories: tuple[CategorySpec, ...], rng: Random
) -> tuple[BrandSpec, ...]:
    """Enough brands that each has rivals in every group in which it sells."""
    sides = sorted({side for category in categories for side in category.aspects})
    brands = []
    for number in range(rng.randint(8, 14)):
        voice = rng.choice(_VOICES)
        sells = groups if number < 3 else rng.sample(groups, rng.randint(1, len(groups)))
        known = rng.sample(sides, min(len(sides), 4))
        brands.append(
            BrandSpec(
                name=coiner.name(rng.choice((1, 1, 2))),
                groups=tuple(sells),
                tier=rng.uniform(0.15, 0.9),
                style=voice,
                voice=voice,
                weight=rng.uniform(0.5, 1.6),
                good=tuple(known[:2]),
                bad=tuple(known[2:]),
                ending=rng.choice(_ENDINGS),
            )
        )
    return tuple(brands)


def _draw_guide(noun: str, attributes: tuple[AttributeSpec, ...], rng: Random) -> Guide:
    """A page that tells where a category's attributes lie."""
    texts = read_texts()
    facts = [_fact(a, rng) for a in rng.sample(attributes, 3)]
    put = dict(zip(("<first>", "<second>", "<third>"), facts, strict=True))
    lines = tuple(_capital(_about(put.get(line, line), noun)) for line in texts["guide"])
    return Guide(title=_capital(_about(rng.choice(texts["guide_titles"]), noun)), text=lines)


def _fact(attribute: AttributeSpec, rng: Random) -> str:
    kind = {"flag": "on_flag", "text": "on_text"}.get(attribute.kind, "on_number")
    low, high = _ends(attribute)
    text = rng.choice(read_texts()[kind]).replace("<name>", spoken(attribute.name))
    return text.replace("<low>", low).replace("<high>", high)


def _ends(attribute: AttributeSpec) -> tuple[str, str]:
    """Two values of an attribute, the lower first where there is an order."""
    if attribute.kind == "text":
        words = list(attribute.values)
        return words[0].lower(), words[-1].lower()
    if attribute.kind == "flag":
        return "", ""
    numbers = attribute.range or (attribute.choices[0], attribute.choices[-1])
    low, high = (f"{n:g} {attribute.unit}".strip() for n in sorted(numbers))
    return low, high


def _called(coiner: Coiner, noun: str, rng: Random) -> str:
    """Another name for a kind of thing: a compound of its noun, or another word altogether."""
    stuffs, goods = read_words().stuffs, read_words().goods
    return f"{rng.choice(stuffs)} {noun}" if rng.random() < 0.5 else coiner.fresh(stuffs, goods)


def _about(text: str, noun: str) -> str:
    return text.replace("<nouns>", f"{noun}s").replace("<noun>", noun)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _without_money(phrases: Bank) -> Bank:
    """Phrases that name no currency."""
    return {
        name: tuple(t for t in texts if "dollar" not in t and "$" not in t) or texts
        for name, texts in phrases.items()
    }
