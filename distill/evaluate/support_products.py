"""Whether a product's record bears out the sentence that cites it: values, typed claims and comparisons.

Typed values and words of the catalogue's vocabulary are checked as the report's own verification does
(`agent.report.claims`); this adds what that lets pass: a value under another's name, a comparison that does
not hold, a denial of what the record says.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from agent.ledger import SeenProduct, numeric
from agent.report.claim_words import words as claim_words
from agent.report.claims import unsupported as unsupported_claims
from agent.report.draft import Citation, FieldReference, QuoteReference, Text
from agent.report.facts import UnknownFieldError, fact
from agent.report.ground import HOLE, Ground, flat, record_text
from distill.evaluate.relations import Relation, relations
from distill.evaluate.sides import clauses
from distill.evaluate.statements import Statement
from distill.evaluate.weighed import Weighed, supported, unknown, unsupported
from distill.evaluate.word_forms import claiming, denies, stems
from distill.judging.report_words import phrases
from index.card import CategoryCard
from index.conditions import Verdict, in_words, spaced

_LABEL_REACH = 5
"""Words before a value in which a field's name is its label."""


class Told(NamedTuple):
    """One thing that a sentence says of a product, and whether the record agrees."""

    holds: bool
    what: str


def weigh_product(seen: SeenProduct, statement: Statement, ground: Ground) -> Weighed:
    """A product cited, or one of whom a value is shown."""
    try:
        told = [*_fields(seen, statement, ground), *_claims(seen, statement, ground)]
    except UnknownFieldError as missing:
        return unsupported(f"{missing}")
    wrong = next((t.what for t in told if not t.holds), None)
    if wrong is not None:
        return unsupported(wrong)
    if told:
        return supported(told[0].what)
    return _by_words(seen, statement, ground)


def _by_words(seen: SeenProduct, statement: Statement, ground: Ground) -> Weighed:
    """A bare citation holds where half of the sentence's claiming words stand in the record's own text."""
    text = flat(statement.sentence).replace(HOLE, " ")
    topic = claiming(text, spaced(f"{seen.record.title} {seen.record.brand}").split())
    if denies(text):
        return unknown("words cannot tell whether the record lacks that")
    standing = topic & stems(record_text(seen, ground.desk.category))
    if topic and len(standing) >= max(1, round(len(topic) / 2)):
        return supported("words of the sentence stand in the record")
    return unknown("nothing that the record could decide is claimed")


def _fields(seen: SeenProduct, statement: Statement, ground: Ground) -> Iterator[Told]:
    """Values shown: each must be the product's own, under its own name."""
    before, last = "", None
    for span in statement.sentence:
        if isinstance(span, Text):
            before += span.text
        elif isinstance(span, FieldReference):
            if span.tag == seen.tag:
                said = fact(seen, span.name)
                yield Told(True, f"its {said.name} is {said.text}")
                yield from _mislabelled(span, before, last, ground.desk.category)
                yield from _borrowed(span, before, statement, ground)
            before, last = "", span


def _mislabelled(
    span: FieldReference, before: str, last: FieldReference | None, card: CategoryCard | None
) -> Iterator[Told]:
    """A label names a field of numbers: "panel of 34 inch" labels nothing; its own name is right."""
    part = re.split(r"[.;:!?](?=\s\S+\s\S)|[,(]|\band\b", before)[-1]
    label = spaced(part).split()[-_LABEL_REACH:]
    own = spaced(in_words(span.name)).split()
    named = _named(label, card) if label[-len(own) :] != own else frozenset()
    if named and span.name not in named:
        yield Told(False, f"its {span.name} is shown as {' or '.join(sorted(named))}")
    held_against = {" ".join(label)} & set(phrases("against"))
    if not named and held_against and last is not None and last.name != span.name:
        yield Told(False, f"its {span.name} is held against a {last.name}")


def _named(label: list[str], card: CategoryCard | None) -> frozenset[str]:
    """Fields that a label's words name; the last one named where several are."""
    called = {name: phrases(f"called_{name}") for name in ("price", "rating", "brand")}
    for attribute in card.attributes if card else ():
        if attribute.kind == "number" or label[-1:] == ["is"]:
            called[attribute.name] = (attribute.name.replace("_", " "), *attribute.also)
    text = f" {' '.join(label)} "
    ends = {name: max(_end(spaced(word), text) for word in said) for name, said in called.items()}
    last = max(ends.values())
    return frozenset(name for name, end in ends.items() if end == last) if last else frozenset()


def _end(word: str, text: str) -> int:
    """Where a word ends in a padded text; 0 where it does not stand there."""
    at = text.rfind(f" {word} ")
    return at + len(word) if at >= 0 else 0


def _borrowed(span: FieldReference, before: str, statement: Statement, ground: Ground) -> Iterator[Told]:
    """Another product's value, in a sentence that neither names that product nor compares."""
    if not statement.about or statement.about == span.tag:
        return
    cited = any(isinstance(s, Citation) and s.tag == span.tag for s in statement.sentence)
    text = flat(statement.sentence)
    titled = ground.desk.evidence.product(span.tag).title in text
    compares = any(f" {spaced(phrase)} " in f" {spaced(before)} " for phrase in phrases("against"))
    if not (cited or titled or compares):
        yield Told(False, f"the value is that of {span.tag}, not of {statement.about}")


def _claims(seen: SeenProduct, statement: Statement, ground: Ground) -> Iterator[Told]:
    """Typed values, comparisons, denials, and how it stands to the needs."""
    sentence = statement.sentence
    if all(_known(span, ground) for span in sentence):
        about = (statement.about,) if statement.about else ()
        hints = unsupported_claims(sentence, about, ground)
        yield from (Told(False, hint) for hint in hints if not _counts(hint))
    for relation in relations(statement, ground):
        if seen.tag in (relation.subject, relation.object):
            yield Told(_holds(relation, ground), f"{relation.subject} is {relation.words}")
    yield from _standing(seen, statement, ground)
    yield from _sameness(seen, statement, ground)
    silence = list(_silence(seen, statement, ground))
    yield from silence or (*_features(seen, statement, ground), *_typed(seen, statement, ground))


def _counts(hint: str) -> bool:
    """Whether a hint is about a number word: "the cheaper of the two" counts what the reader sees."""
    return any(hint.startswith(f"'{number}'") for number in claim_words("numbers"))


def _known(span: object, ground: Ground) -> bool:
    if isinstance(span, (Citation, FieldReference, QuoteReference)):
        return any(s.tag == span.tag for s in ground.desk.evidence)
    return True


def _holds(relation: Relation, ground: Ground) -> bool:
    """Whether the numbers of the two bear the comparison out; what a record leaves open does not hold."""
    one = _number(relation.field, relation.subject, ground)
    others = [_number(relation.field, tag, ground) for tag in relation.others(ground)]
    known = [n for n in others if n is not None]
    if one is None or not known:
        return False
    if relation.object:
        return one < known[0] if relation.less else one > known[0]
    return one <= min(known) if relation.less else one >= max(known)


def _number(field: str, tag: str, ground: Ground) -> float | None:
    product = ground.desk.evidence.product(tag)
    return product.rating if field == "rating" else numeric(field, product)


def _standing(seen: SeenProduct, statement: Statement, ground: Ground) -> Iterator[Told]:
    """Claims that it meets every need, or misses the wish on something."""
    if seen.tag != (statement.about or next(iter(ground.named(statement.sentence)), "")):
        return
    said = f" {spaced(flat(statement.sentence))} "
    fit = ground.desk.fit(seen.record)
    if any(f" {spaced(phrase)} " in said for phrase in phrases("fits_all")):
        yield Told(fit.fits, "it meets every hard need" if fit.fits else "it does not meet every hard need")
    for need in ground.desk.needs:
        name = spaced(need.attribute.replace("_", " "))
        if re.search(rf" misses (?:\w+ ){{0,4}}{re.escape(name)} ", said):
            yield Told(fit.verdicts.get(need.tag) is Verdict.UNMET, f"it misses {need.bound}")


def _features(seen: SeenProduct, statement: Statement, ground: Ground) -> Iterator[Told]:
    """Yes/no attributes affirmed or denied in a clause about it; where a value follows, that says which."""
    if seen.tag != (statement.about or next(iter(ground.named(statement.sentence)), "")):
        return
    uncited = flat(tuple(span for span in statement.sentence if not isinstance(span, Citation)))
    told = clauses(uncited.replace(f": {HOLE}", HOLE))
    said = [(stems(c), denies(c)) for c in told if HOLE not in c]
    for attribute in seen.record.attributes:
        name = stems(attribute.name.replace("_", " "))
        for words, denied in said:
            if attribute.flag is not None and name <= words:
                answer = "yes" if attribute.flag else "no"
                yield Told(attribute.flag != denied, f"{attribute.name} is {answer}")


def _sameness(seen: SeenProduct, statement: Statement, ground: Ground) -> Iterator[Told]:
    """ "The same as [P2] on what you asked": equal in every number that a need asks for."""
    said = f" {spaced(flat(statement.sentence))} "
    if any(f" {phrase} " in said for phrase in phrases("same_price")):
        yield from _same_price(seen, denies(said), statement, ground)
        return
    if not statement.about or statement.about == seen.tag or " the same as " not in said:
        return
    asked = dict.fromkeys(n.attribute for n in ground.desk.needs if n.attribute not in ("other", "price"))
    one, two = ground.desk.evidence.product(statement.about), seen.record
    differing = [name for name in asked if numeric(name, one) != numeric(name, two)]
    told = f"they differ on {' and '.join(differing)}" if differing else "they are the same on that"
    yield Told(not differing, told)


def _same_price(seen: SeenProduct, denied: bool, statement: Statement, ground: Ground) -> Iterator[Told]:
    """ "[P1] and [P2] cost the same": equal in their lowest price, where both are known."""
    tags = {statement.about, *ground.named(statement.sentence)} - {""}
    if len(tags) > 1 and seen.tag in tags:
        prices = {numeric("price", ground.desk.evidence.product(tag)) for tag in tags}
        holds = None not in prices and (len(prices) == 1) != denied
        yield Told(holds, f"they cost {' and '.join(sorted(map(str, prices)))}")


def _silence(seen: SeenProduct, statement: Statement, ground: Ground) -> Iterator[Told]:
    """ "The record does not say" something: right where it does not."""
    card = ground.desk.category
    for topic in _unsaid(flat(statement.sentence)):
        padded = f" {topic} "
        names = {
            a.name for a in (card.attributes if card else ()) if f" {spaced(in_words(a.name))} " in padded
        }
        if names:
            silent = not any(a.name in names for a in seen.record.attributes)
        else:
            silent = not claiming(topic) <= stems(record_text(seen, card))
        yield Told(silent, f"its record {'does not say' if silent else 'does say'} {topic}")


def _unsaid(text: str) -> Iterator[str]:
    """What a sentence calls a record silent on, clause by clause."""
    for clause in clauses(text):
        said = f" {spaced(clause)} "
        topics = (said.partition(f" {phrase} ")[2].strip() for phrase in phrases("silent"))
        yield from (topic for topic in topics if claiming(topic))


def _typed(seen: SeenProduct, statement: Statement, ground: Ground) -> Iterator[Told]:
    """Numbers and names in the sentence's own text that stand in the record."""
    if seen.tag not in (statement.about, *ground.named(statement.sentence)):
        return
    text = flat(statement.sentence)
    card = ground.desk.category
    own = record_text(seen, card)
    found = [m[0] for m in ground.value_pattern.finditer(text)] + re.findall(r"\d[\d.,]*", text)
    prices = {form for o in seen.record.offers for form in (f"{o.price.amount:.2f}", f"{o.price.amount:g}")}
    numbers = {f"{n:g}" for a in seen.record.attributes for n in (a.low, a.high) if n is not None}
    for word in found:
        shown = word.rstrip(".,")
        if f" {spaced(shown)} " in own or shown in numbers or shown in prices:
            yield Told(True, f"{shown} stands in its record")
