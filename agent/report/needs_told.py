"""What a report says of the needs, held against the ledger: hard or wished for, met or missed, and by whom.

A need is named by a reference (`{{N2}}`), so the words before the name are what is said of it. An attribute
that several needs ask for is rightly told if it is so for one of them.
"""

from collections.abc import Iterator, Sequence

from agent.desk import Desk
from agent.ledger import Need
from agent.report.claim_words import words
from agent.report.draft import FieldReference, NeedReference, Sentence, Text
from index.conditions import Verdict, spaced
from index.product import Product

_CLAIM = 12
"""Words from "nothing" on in which the claim must be made."""


def wrongly_told(sentence: Sentence, product: Product, desk: Desk) -> Iterator[str]:
    """Hints on what a sentence about a product says of needs and is not so; its references as written."""
    asked = {need.tag: need.attribute for need in desk.needs}
    said: set[str] = set()
    for span in sentence:
        if isinstance(span, Text):
            said |= set(spaced(span.text).split())
        elif isinstance(span, NeedReference) and span.tag in asked:
            alike = [need for need in desk.needs if need.attribute == asked[span.tag]]
            yield from _wrong(span.tag, said, alike, product, desk)


def misnamed(sentence: Sentence, desk: Desk) -> Iterator[str]:
    """Hints on values that stand right behind the name of something else; references as written."""
    asked = {need.tag: need.attribute for need in desk.needs}
    name = ""
    for span in sentence:
        if isinstance(span, FieldReference) and name:
            if asked.get(span.name, span.name) != asked[name]:
                yield f"{{{{{name}}}}} names something else than {{{{{span.tag}.{span.name}}}}} tells."
            name = ""
        elif isinstance(span, NeedReference) and span.tag in asked:
            name = span.tag
        elif not (isinstance(span, Text) and not span.text.strip()):
            name = ""


def wrongly_alone(sentence: Sentence, desk: Desk) -> Iterator[str]:
    """A hint where one product is called the only one that meets every need, and is not."""
    text = " ".join(spaced(span.text) for span in sentence if isinstance(span, Text))
    alone = any(f" {phrase} " in f" {text} " for phrase in words("alone"))
    said = set(text.split())
    of_all = alone and not said.isdisjoint(words("every")) and not said.isdisjoint(words("met"))
    fitting = sum(desk.fit(product).fits for product in desk.ranked()) if of_all else 1
    if fitting > 1:
        yield f"It is not the only one that fits: {fitting} do."


def wrongly_none(sentence: Sentence, desk: Desk) -> Iterator[str]:
    """A hint where nothing is said to meet every need, and something does."""
    said = [word for span in sentence if isinstance(span, Text) for word in spaced(span.text).split()]
    nothing = next((at for at, word in enumerate(said) if word in words("nothing")), len(said))
    claim = said[nothing : nothing + _CLAIM]
    none = not any(set(claim).isdisjoint(words(kind)) for kind in ("fitting", "every"))
    if none and any(desk.fit(product).fits for product in desk.ranked()):
        yield "Something meets every need."


def _wrong(tag: str, said: set[str], alike: Sequence[Need], product: Product, desk: Desk) -> Iterator[str]:
    verdicts = desk.fit(product).verdicts
    held = [verdicts.get(need.tag) for need in alike]
    if {"not", "say"} <= said and all(verdict in (Verdict.MET, Verdict.UNMET) for verdict in held):
        yield f"The record of {desk.evidence.tag_of(product)} says what {tag} asks for."
    if not said.isdisjoint(words("missed")):
        if Verdict.UNMET not in held:
            yield f"{desk.evidence.tag_of(product)} is not known to miss {tag}."
    elif not said.isdisjoint(words("met")) and Verdict.MET not in held:
        yield f"{desk.evidence.tag_of(product)} is not known to meet {tag}."
    if not said.isdisjoint(words("wished")) and all(need.hard for need in alike):
        yield f"{tag} is hard and no wish."
    if "hard" in said and not any(need.hard for need in alike):
        yield f"{tag} is a wish and not hard."
