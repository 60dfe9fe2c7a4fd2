"""What the model reads of records: compact lines for products, reviews, pages and needs.

Observations are short at birth because the context is never rewritten; the evidence ledger keeps the whole
records. Nothing here decides anything.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from agent.ledger import Fit, Need, SeenPage, SeenProduct, SeenReview
from agent.plan import number_text
from index.conditions import Verdict, in_words, spaced
from index.identity.merging import Difference
from index.prices.sentences import money, phrase
from index.prices.standing import price_standing
from index.product import Aspect, Attribute, Offer, PriceObservation, Product, Review
from index.reviews.reading import Reading, Spoken, sides
from index.text.sentences import split_sentences
from index.text.units import unit_text

SIGN = {Verdict.MET: "+", Verdict.UNMET: "-", Verdict.UNKNOWN: "?"}
LINE_ATTRIBUTES = 5
"""Attributes shown in a result line; those that a need asks for come first."""
OFFERS = 3
OFFERS_SHEET = 12
"""Offers shown where they are asked for."""
BULLETS = 2
SENTENCES = 5
"""First sentences of a review that are shown."""
FEW_WORDS = 2
"""Words that a text may have beyond an attribute's name and value and still say nothing more."""


def shorten(text: str, limit: int) -> str:
    """Text cut at a word, with an ellipsis where something was left out."""
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def attribute_text(attribute: Attribute) -> str:
    """An attribute's value as people read it."""
    if attribute.flag is not None:
        return "yes" if attribute.flag else "no"
    if attribute.low is None or attribute.high is None:
        return attribute.raw
    low, high = number_text(attribute.low), number_text(attribute.high)
    span = low if low == high else f"{low}-{high}"
    return f"{span} {unit_text(attribute.unit)}".strip()


def price_text(product: Product) -> str:
    """The lowest asked price, or that it is unknown."""
    return f"{product.price.amount:.2f} {product.price.currency}" if product.price else "price unknown"


def rating_text(product: Product) -> str:
    """The mean rating with its votes."""
    if product.rating is None:
        return "unrated"
    votes = f" ({product.rating_count})" if product.rating_count is not None else ""
    return f"{product.rating:.1f}*{votes}"


def fit_text(needs: Sequence[Need], fit: Fit) -> str:
    """The needs with their signs, wishes in brackets behind the hard ones: `N1+ N2? (N3-)`."""
    signs = [(n.hard, f"{n.tag}{SIGN[fit.verdicts[n.tag]]}") for n in needs if n.tag in fit.verdicts]
    hard = " ".join(sign for is_hard, sign in signs if is_hard)
    wished = " ".join(sign for is_hard, sign in signs if not is_hard)
    return f"{hard} ({wished})".strip() if wished else hard


def product_line(seen: SeenProduct, needs: Sequence[Need], fit: Fit) -> str:
    """One search result in one line."""
    product = seen.record
    asked = {n.attribute for n in needs}
    ordered = sorted(product.attributes, key=lambda a: a.name not in asked)[:LINE_ATTRIBUTES]
    facts = ", ".join(f"{a.name} {shorten(attribute_text(a), 40)}" for a in ordered)
    parts = [seen.tag, shorten(product.title, 60), price_text(product), rating_text(product), facts]
    return " | ".join(p for p in (*parts, fit_text(needs, fit)) if p)


def known_line(seen: SeenProduct, needs: Sequence[Need], fit: Fit) -> str:
    """A search result whose whole line was shown before: what the needs make of it now."""
    return " | ".join(p for p in (seen.tag, fit_text(needs, fit)) if p)


def product_sheet(
    seen: SeenProduct, needs: Sequence[Need], fit: Fit, history: Sequence[PriceObservation]
) -> str:
    """What a visit shows: everything that can be compared, and of what is told only the beginning."""
    product = seen.record
    facts = ", ".join(f"{a.name} {shorten(attribute_text(a), 60)}" for a in product.attributes)
    told = f"{product.title} {facts}"
    description = " ".join(_telling(split_sentences(product.description), product, told))
    bullets = _telling(product.bullets, product, f"{told} {description}")
    lines = [
        f"{seen.tag} {product.title}",
        "; ".join(_price_facts(product, history)),
        f"offers: {'; '.join(_offer_texts(product)[:OFFERS])}" if len(product.offers) > 1 else "",
        facts,
        shorten(description, 200),
        *(f"- {shorten(b, 80)}" for b in bullets[:BULLETS]),
        f"needs: {fit_text(needs, fit)}" if needs else "",
    ]
    return "\n".join(line for line in lines if line)


def _price_facts(product: Product, history: Sequence[PriceObservation]) -> list[str]:
    """Price, what prices were seen, rating, and the brand where the title does not name it."""
    named = not product.brand or spaced(product.brand) in spaced(product.title)
    facts = [f"price {price_text(product)}{_price_range(history)}", rating_text(product)]
    return facts if named else [*facts, f"brand {product.brand}"]


def _telling(texts: Iterable[str], product: Product, told: str) -> list[str]:
    """Texts that say what was not told: sellers like to say every attribute once more, in full sentences."""
    known, names = _content(told), [_content(a.name) for a in product.attributes]
    telling = []
    for text in texts:
        words = _content(text)
        new = words - known
        repeats = len(new) <= FEW_WORDS and any(name and name <= words for name in names)
        if new and not repeats:
            telling.append(" ".join(text.split()))
    return telling


def _content(text: str) -> set[str]:
    """The words of a text that say something: long ones and those with digits."""
    return {w for w in spaced(text.replace("_", " ")).split() if len(w) > 3 or any(map(str.isdigit, w))}


def _offer_texts(product: Product) -> list[str]:
    ordered = sorted(product.offers, key=lambda o: o.price.amount)
    return [
        f"{o.seller or 'seller'}{options_text(o)} {o.price.amount:.2f} {o.price.currency}" for o in ordered
    ]


def options_text(offer: Offer) -> str:
    """What tells an offer's variant from others, as " (size XL, color red)"; empty without options."""
    told = ", ".join(f"{in_words(name)} {shorten(value, 40)}" for name, value in offer.options)
    return f" ({told})" if told else ""


def _price_range(history: Sequence[PriceObservation]) -> str:
    """Between what the stored prices moved."""
    standing = price_standing(history)
    if standing is None:
        return ""
    low, high = standing.lowest, standing.highest
    return f", seen from {low.amount:.2f} to {high.amount:.2f} {high.currency}"


def history_text(history: Sequence[PriceObservation]) -> str:
    """Stored prices in one line; empty where there are fewer than two days."""
    standing = price_standing(history)
    if standing is None:
        return ""
    low, high = standing.lowest, standing.highest
    return (
        f"price history: {standing.observations} prices since {standing.first.seen}, "
        f"lowest {low.amount:.2f} ({low.seen}), highest {high.amount:.2f} ({high.seen}); "
        f"now {money(standing.now)}, {phrase(standing)}"
    )


def review_lines(seen: SeenReview, about: Sequence[Aspect] = ()) -> str:
    """One review with its first sentences and those that speak of an aspect, by their numbers."""
    review = seen.record
    facts = [f"{review.rating:g}*" if review.rating is not None else "unrated"]
    if review.verified:
        facts.append("verified")
    if review.written:
        facts.append(str(review.written))
    wanted = {a.sentence for a in about}
    told = [(i, s) for i, s in enumerate(review.sentences) if i < SENTENCES or i in wanted]
    sentences = " ".join(f"s{i + 1} {shorten(s, 160)}" for i, s in told)
    title = f" {shorten(review.title, 60)}:" if review.title else ""
    return f"{seen.tag} {' '.join(facts)}{title} {sentences}"


def review_summary(tag: str, reading: Reading) -> str:
    """Counts over all reviews of a product: spread, share verified, aspects praised and criticised."""
    reviews = reading.reviews
    rated = [r.rating for r in reviews if r.rating is not None]
    stars = Counter(round(r) for r in rated)
    spread = " ".join(f"{s}*:{stars[s]}" for s in range(5, 0, -1) if stars[s])
    verified = sum(r.verified is True for r in reviews)
    lines = [f"{tag}: {len(reviews)} reviews, {verified} verified; {spread}".rstrip("; ")]
    for word, polarity in (("praised", "positive"), ("criticised", "negative")):
        counts = Counter(a.name for r in reviews for a in r.aspects if a.polarity == polarity)
        if not reading.labelled:
            counts = Counter({s.name: len(s.reviews) for s in reading.said if s.polarity == polarity})
        if counts:
            lines.append(f"{word}: " + ", ".join(f"{name} {n}" for name, n in counts.most_common(6)))
    return "\n".join(lines)


def page_lines(seen: SeenPage, find: str = "") -> str:
    """A saved page's numbered sentences, those with the words of `find` first."""
    wanted = set(find.casefold().split())
    numbered = list(enumerate(seen.record.sentences, start=1))
    if wanted:
        numbered.sort(key=lambda s: -len(wanted & set(s[1].casefold().split())))
    shown = " ".join(f"s{i} {shorten(s, 200)}" for i, s in numbered[:8])
    return f"{seen.tag} {seen.record.title}\n{shown}"


def trust_lines(reading: Reading) -> list[str]:
    """What is odd about the reviews, where anything is."""
    return [f"note: {note.text}" for note in reading.trust.notes]


def spoken_line(about: str, spoken: Sequence[Spoken], reading: Reading) -> str:
    """How many reviews speak of an aspect, and on which side they stand where code has read it."""
    line = f"{len(spoken)} speak of {about}"
    counts = sides(spoken)
    if reading.labelled or not counts:
        return line
    words = {"positive": "praise it", "negative": "fault it", "mixed": "do both"}
    return f"{line}: " + ", ".join(f"{counts[side]} {word}" for side, word in words.items() if counts[side])


def telling(reviews: Sequence[Review]) -> list[Review]:
    """Reviews in the order worth reading: helpful and verified first, praise and complaint in turn."""
    by_worth = sorted(reviews, key=lambda r: (-(r.helpful or 0), r.verified is not True, r.id))
    praise = [r for r in by_worth if r.rating is None or r.rating >= 3.5]
    complaint = [r for r in by_worth if r.rating is not None and r.rating < 3.5]
    mixed = [r for pair in zip_longest(praise, complaint) for r in pair]
    return [r for r in mixed if r is not None]


def offers_sheet(seen: SeenProduct) -> str:
    """The offers of a product, cheapest first."""
    return "\n".join([f"{seen.tag} {seen.record.title}", *_offer_texts(seen.record)[:OFFERS_SHEET]])


def differences_text(differing: Sequence[Difference]) -> str:
    """What several sources say differently of one product, with who says what; empty where they agree."""
    told = (
        f"{each.name} " + ", ".join(f"{attribute_text(said)} ({source})" for source, said in each.said)
        for each in differing
    )
    text = "; ".join(told)
    return f"sources differ: {text}" if text else ""


def history_sheet(seen: SeenProduct, history: Sequence[PriceObservation]) -> str:
    """The stored prices of a product, newest last."""
    lines = [f"{o.price.seen} {o.price.amount:.2f} {o.price.currency}" for o in history[-24:]]
    summary = history_text(history) or "no price history"
    return "\n".join([f"{seen.tag} {seen.record.title}", *lines, summary])
