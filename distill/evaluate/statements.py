"""Sentences whose citations are weighed: what a report says, turned back into what its author wrote.

Code has put the records' values in; here each finds its reference again, and a value that its
record does not hold gets a reference to nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

from agent.desk import Desk
from agent.ledger import Seen, SeenPage, SeenProduct, SeenReview, UnknownTagError
from agent.report.draft import (
    Citation,
    FieldReference,
    NeedReference,
    Polarity,
    QuoteReference,
    Section,
    Sentence,
    Span,
    Text,
)
from agent.report.facts import fact, field_names, lookup
from agent.report.record import Phrase
from distill.judging.report_view import Own
from index.conditions import spaced

NOTHING = "nothing"
"""Field name, and 0 the sentence number, of what no record holds."""


class Statement(NamedTuple):
    """A sentence in the form in which a policy writes it, and its place."""

    section: Section
    about: str
    """Tag of the product under which it stands, or empty."""
    polarity: Polarity | None
    sentence: Sentence


def of_report(own: Own, desk: Desk) -> Statement:
    """A sentence of a report."""
    said = ""
    spans: list[Span] = []
    for phrase in own.sentence:
        spans.append(_span(phrase, said, desk))
        said = said + phrase.text if phrase.kind == "text" else ""
    return Statement(own.section, own.about, own.polarity, tuple(spans))


def _span(phrase: Phrase, said: str, desk: Desk) -> Span:
    if phrase.kind == "text" or phrase.cite is None:
        return Text(text=phrase.text)
    tag = phrase.cite.tag
    if phrase.kind == "citation":
        return Citation(tag=tag)
    seen = _seen(tag, desk)
    if phrase.kind == "field":
        return FieldReference(tag=tag, name=_name(seen, phrase.text, said))
    sentences: Sequence[str] = () if seen is None or isinstance(seen, SeenProduct) else seen.record.sentences
    number = sentences.index(phrase.text) + 1 if phrase.text in sentences else 0
    return QuoteReference(tag=tag, number=number)


def _name(seen: Seen | None, shown: str, said: str) -> str:
    """The field that holds the text; the one that the words before it name, where several do."""
    if not isinstance(seen, SeenProduct):
        return NOTHING
    holding = [name for name in field_names(seen.record) if fact(seen, name).text == shown]
    words = f" {spaced(said)} "
    named = (name for name in holding if f" {spaced(name.replace('_', ' '))} " in words)
    return next(named, holding[0] if holding else NOTHING)


def _seen(tag: str, desk: Desk) -> Seen | None:
    try:
        return lookup(desk.evidence, tag)
    except UnknownTagError:
        return None


def written(statement: Statement, desk: Desk) -> str:
    """The sentence as people read it, with its citations."""
    return "".join(_shown(span, desk) for span in statement.sentence).strip()


def _shown(span: Span, desk: Desk) -> str:
    if isinstance(span, Text):
        return span.text
    if isinstance(span, Citation):
        return f"[{span.tag}]"
    if isinstance(span, NeedReference):
        return f"{{{span.tag}}}"
    seen = _seen(span.tag, desk)
    if isinstance(span, FieldReference):
        known = isinstance(seen, SeenProduct) and span.name in field_names(seen.record)
        return fact(seen, span.name).text if isinstance(seen, SeenProduct) and known else f"{{{span.name}}}"
    if isinstance(seen, (SeenReview, SeenPage)) and 1 <= span.number <= len(seen.record.sentences):
        return f"“{seen.record.sentences[span.number - 1]}”"
    return f"{{s{span.number}}}"
