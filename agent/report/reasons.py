"""Why a product is picked: the words of the author, and behind them what code adds.

Code tells what the author left out of the wishes, and what sets the product apart from the best where the
author named nothing that does.
"""

import re
from collections.abc import Collection, Iterator
from itertools import islice

from agent.desk import Desk
from agent.observe import attribute_text
from agent.report.draft import Citation, FieldReference, Prose, Sentence, Text, sentence_text
from agent.report.wishes import left_untold
from index.card import CardAttribute
from index.conditions import in_words
from index.product import Attribute, Product

MOST_APART = 2
"""Attributes that are told of those that nobody asked for."""
SLIGHT = 0.05
"""Numbers that differ by no more of the greater one are as good as the same."""
_BESIDE = frozenset({"title", "price", "rating", "brand"})
"""What stands beside every pick."""
_ENDED = re.compile(r"(?:[!?…][”\"’)]*|\.[”\"’)]+|\.(?=\s*\[)|\{\{R\d+\.s\d+\}\})(?:\s*\[[^]]*\])*\s*$")
"""The end of a sentence that cannot go on: quoted, exclaimed, or with its sources behind the full stop."""


def whole_reason(
    written: Prose, tag: str, product: Product, best: Product | None, desk: Desk, told_once: Collection[str]
) -> Prose:
    """The author's words, the wishes they leave out, and what sets it apart from the best.

    `told_once` holds the tags of wishes of which the report says once what all picks make of them.
    """
    reason = _with_wishes(written, left_untold(tag, product, written, desk, told_once))
    values = {span.name for sentence in reason for span in sentence if isinstance(span, FieldReference)}
    if best is None or best is product or values - _BESIDE:
        return reason
    other = _apart(product, best, desk)
    return (*reason[:-1], *(_closed(last) for last in reason[-1:]), other) if other else reason


def _with_wishes(written: Prose, added: Sentence) -> Prose:
    """To a reason of one sentence they are a clause."""
    if not added:
        return written
    if not written:
        return (_own_sentence(added),)
    *others, last = written
    if others or _ENDED.search(sentence_text(last)):
        return (*others, _closed(last), _own_sentence(added))
    before, whole = _opened(last)
    return ((*before, Text(text=f"{whole}; "), *added, Text(text=".")),)


def _own_sentence(added: Sentence) -> Sentence:
    first, *others = added
    begun = Text(text=f"{first.text[0].upper()}{first.text[1:]}") if isinstance(first, Text) else first
    return (begun, *others, Text(text="."))


def _closed(sentence: Sentence) -> Sentence:
    """With a full stop, where it cannot go on without one."""
    if not sentence or _ENDED.search(sentence_text(sentence)):
        return sentence
    before, whole = _opened(sentence)
    return (*before, Text(text=f"{whole}."))


def _opened(sentence: Sentence) -> tuple[Sentence, str]:
    """What stands before its last words, and these without a full stop."""
    *before, end = sentence
    if isinstance(end, Text):
        return tuple(before), end.text.rstrip().removesuffix(".")
    return sentence, ""


def _apart(product: Product, best: Product, desk: Desk) -> Sentence:
    """What sets it apart from the best beside what was asked; empty where nothing does."""
    one, two = desk.evidence.tag_of(product), desk.evidence.tag_of(best)
    told: list[Text | FieldReference | Citation] = []
    for name in islice(_differing(product, best, desk), MOST_APART):
        told += (
            Text(text=f"{', ' if told else 'Beside what you asked: '}{in_words(name)} "),
            FieldReference(tag=one, name=name),
            Text(text=" against "),
            FieldReference(tag=two, name=name),
        )
    return (*told, Text(text=" of "), Citation(tag=two), Text(text=".")) if told else ()


def _differing(product: Product, best: Product, desk: Desk) -> Iterator[str]:
    """Attributes of both that differ and that no need names: first those of which one side is better."""
    asked = {need.attribute for need in desk.needs}
    card = {a.name: a for a in desk.category.attributes} if desk.category else {}
    names = [a.name for a in product.attributes if a.name not in asked and a.name in card]
    for name in sorted(dict.fromkeys(names), key=lambda name: _weight(card[name])):
        mine, other = product.attribute(name), best.attribute(name)
        if mine is not None and other is not None and _differ(mine, other):
            yield name


def _weight(attribute: CardAttribute) -> tuple[bool, bool, float]:
    return (not attribute.better, attribute.kind == "text", -attribute.coverage)


def _differ(one: Attribute, other: Attribute) -> bool:
    ends = [(one.low, other.low), (one.high, other.high)]
    numbers = [(a, b) for a, b in ends if a is not None and b is not None]
    if numbers:
        return any(abs(a - b) > SLIGHT * max(abs(a), abs(b)) for a, b in numbers)
    return attribute_text(one).casefold() != attribute_text(other).casefold()
