"""Values that a policy typed instead of referring to a field: which of them the records bear out.

A number or a word of the catalogue's vocabulary that is said of a product must stand in its record, in a
review or page that the sentence cites, or be a comparison that holds. Numbers of the question may be
repeated as the person's. What is said of no product may only repeat the question or count what code counts.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agent.ledger import SeenPage, SeenProduct, SeenReview
from agent.report.claim_words import words
from agent.report.counts import counted
from agent.report.draft import Citation, QuoteReference, Sentence
from agent.report.facts import lookup
from agent.report.ground import HOLE, Ground, Mark, fields, flat, record_text
from agent.report.price_claims import PriceClaim, is_borne, price_claims
from agent.report.typed import Typed, of_the_person, side, typed_numbers
from index.conditions import padded, spaced

_JOINED = re.compile(r"[\s,;&/()\[\]]*(?:and|or)?[\s,(\[]*")
_NAME = re.compile(r"(?<!\w)(?:(?=\w*\d)(?=\w*[^\W\d_])\w+(?:[-./]\w+)*|\d+:\d+)")
"""Words with letters and digits ("DDR5", "1440p", "P12") and ratios ("16:9"): names, not numbers."""
_REACH = 8
"""Words before a value in which a denial counts, within its clause."""
_CLAUSE_END = re.compile(r"[.,;:!?()–—]|\b(?:but|yet|although|however|while)\b", re.IGNORECASE)


class Group(NamedTuple):
    """Products named in one breath ("[P1] and [P2]"): what follows is said of each."""

    start: int
    tags: tuple[str, ...]


class Scene(NamedTuple):
    """A sentence with what its values may rest on."""

    text: str
    groups: list[Group]
    about: tuple[str, ...]
    """Of whom it goes on to speak where it names none."""
    cited: str
    """Reviews and pages that it cites, padded."""
    sentence: Sentence

    def subject(self, at: int) -> tuple[str, ...]:
        """Who is spoken of at a place: the last named before it, else the first named, else the inherited."""
        before = [g for g in self.groups if g.start <= at]
        if self.groups:
            return (before[-1] if before else self.groups[0]).tags
        return self.about if len(self.about) == 1 else ()


def unsupported(sentence: Sentence, about: tuple[str, ...], ground: Ground) -> list[str]:
    """What a sentence claims that nothing bears out, as hints to mend it."""
    text, marks = flat(sentence), ground.marks(sentence)
    scene = Scene(text, _groups(marks, text), about, _cited(sentence, ground), sentence)
    ratios = [Mark(m.start(), m.end(), "") for m in _NAME.finditer(text) if ":" in m[0]]
    prices = [claim for claim in price_claims(text) if not _denied(claim.start, text)]
    taken = [*marks, *ratios, *(Mark(claim.start, claim.end, "") for claim in prices)]
    numbers = [n for n in typed_numbers(text, ground.currencies) if not _inside(n.start, taken)]
    read = [*marks, *(Mark(n.start, n.end, "") for n in numbers)]
    names = [m for m in _NAME.finditer(text) if not _inside(m.start(), read)]
    failed = [
        *(n.text for n in numbers if not _number_holds(n, numbers, scene, ground)),
        *(m[0] for m in names if not _name_holds(m, scene, ground)),
        *_wrong_words(scene, marks, ground),
        *_wrong_features(scene, ground),
    ]
    told = dict.fromkeys(failed)
    return [
        *(f"{shown!r} stands in no record that the sentence rests on." for shown in told),
        *(_price_hint(claim, scene) for claim in prices if not _price_holds(claim, scene, ground)),
    ]


def _price_holds(claim: PriceClaim, scene: Scene, ground: Ground) -> bool:
    """Whether the stored prices of everyone of whom it is said say so, or a text that is cited does."""
    if f" {spaced(scene.text[claim.start : claim.end])} " in scene.cited:
        return True
    subjects = ground.products(scene.subject(claim.start))
    return bool(subjects) and all(is_borne(claim, seen, ground) for seen in subjects)


def _price_hint(claim: PriceClaim, scene: Scene) -> str:
    return f"{scene.text[claim.start : claim.end]!r} is not what stored prices say; leave it out."


def _inside(at: int, marks: Sequence[Mark]) -> bool:
    return any(m.start <= at < m.end for m in marks)


def _groups(marks: Sequence[Mark], text: str) -> list[Group]:
    groups: list[Group] = []
    end = 0
    for mark in marks:
        if groups and _JOINED.fullmatch(text[end : mark.start]):
            last = groups[-1]
            groups[-1] = last._replace(tags=tuple(dict.fromkeys((*last.tags, mark.tag))))
        else:
            groups.append(Group(mark.start, (mark.tag,)))
        end = mark.end
    return groups


def _cited(sentence: Sentence, ground: Ground) -> str:
    texts: list[str] = []
    for span in sentence:
        if isinstance(span, (Citation, QuoteReference)):
            seen = lookup(ground.desk.evidence, span.tag)
            if isinstance(seen, (SeenReview, SeenPage)):
                texts += (seen.record.title, *seen.record.sentences)
            if isinstance(seen, SeenReview) and seen.record.rating is not None:
                texts.append(f"{seen.record.rating:g} stars {seen.record.rating:g} star")
    return padded(texts)


def _number_holds(typed: Typed, numbers: Sequence[Typed], scene: Scene, ground: Ground) -> bool:
    subjects = ground.products(scene.subject(typed.start))
    if counted(typed, scene.text, subjects, ground.desk):
        return True
    if typed.value in ground.asked_numbers and (not subjects or of_the_person(scene.text, typed)):
        return True
    if _phrase_stands(typed.start, typed.text, scene, scene.cited):
        return True
    return bool(subjects) and all(_said_of(typed, numbers, s, scene, ground) for s in subjects)


def _said_of(typed: Typed, numbers: Sequence[Typed], seen: SeenProduct, scene: Scene, ground: Ground) -> bool:
    """Whether a product's record bears a number out: by a field of fitting unit, or by its own words.

    A field that the sentence names beside the number must be the one.
    """
    fitting = [(f, values) for f in fields(seen, ground.desk.category) if (values := f.values(typed))]
    before, after = _surroundings(typed, numbers, scene.text)
    named = _nearest_named([f.names for f, _ in fitting], before, after)
    for at, (_, values) in enumerate(fitting):
        if named is not None and at != named:
            continue
        limit = side(scene.text, typed)
        if any(_holds(value, typed, limit) for value in values):
            return True
    if named is not None or (fitting and (typed.unit or typed.currency)):
        return False
    return _phrase_stands(typed.start, typed.text, scene, record_text(seen, ground.desk.category))


def _surroundings(typed: Typed, numbers: Sequence[Typed], text: str) -> tuple[str, str]:
    """The words between the number before and this one, and between this one and the next."""
    start = max((n.end for n in numbers if n.end <= typed.start), default=0)
    end = min((n.start for n in numbers if n.start >= typed.end), default=len(text))
    return padded((text[start : typed.start],)), padded((text[typed.end : end],))


def _nearest_named(names: Sequence[Sequence[str]], before: str, after: str) -> int | None:
    """Which field the words name: the last before the number, else the first after it."""
    places = [(max(before.rfind(f" {n} ") for n in each), at) for at, each in enumerate(names)]
    best = max(places, default=(-1, 0))
    if best[0] >= 0:
        return best[1]
    found = [(p, at) for at, each in enumerate(names) for n in each if (p := after.find(f" {n} ")) >= 0]
    return min(found)[1] if found else None


def _holds(value: float, typed: Typed, limit: int) -> bool:
    if limit:
        return value <= typed.value if limit < 0 else value >= typed.value
    return abs(value - typed.value) <= max(1e-6, abs(value) * 1e-6)


def _phrase_stands(start: int, shown: str, scene: Scene, text: str) -> bool:
    """Whether a number stands in a text beside the same word: "3 year", "Ryzen 5"."""
    words = spaced(shown)
    following = spaced(scene.text[start + len(shown) :].split(".")[0]).split()[:1]
    preceding = re.findall(r"\w+", scene.text[:start])[-1:]
    if len(words.split()) > 1 and f" {words} " in text:
        return True
    if following and f" {words} {following[0]} " in text:
        return True
    proper = bool(preceding) and preceding[0][:1].isupper()
    return proper and f" {spaced(preceding[0])} {words} " in text


def _name_holds(found: re.Match[str], scene: Scene, ground: Ground) -> bool:
    word = f" {spaced(found[0])} "
    subjects = ground.products(scene.subject(found.start()))
    if word in scene.cited or (word in ground.asked and not subjects):
        return True
    return bool(subjects) and all(word in record_text(s, ground.desk.category) for s in subjects)


def _wrong_words(scene: Scene, marks: Sequence[Mark], ground: Ground) -> Iterator[str]:
    """Words of the catalogue's vocabulary that are said of a product whose record does not say them."""
    for found in ground.value_pattern.finditer(scene.text):
        subjects = ground.products(scene.subject(found.start()))
        if _inside(found.start(), marks) or _of_the_report(found, scene, ground):
            continue
        if not _stands(found, subjects, scene, ground):
            yield found[0]
    # A brand names one of the sentence's products more often than it is said of the last one.
    everyone = ground.products(tuple(tag for group in scene.groups for tag in group.tags) or scene.about)
    for found in ground.brand_pattern.finditer(scene.text):
        owners = [s for s in everyone if s.record.brand == found[0]]
        if everyone and not owners and not _stands(found, everyone, scene, ground):
            yield found[0]


def _of_the_report(found: re.Match[str], scene: Scene, ground: Ground) -> bool:
    """Whether a word is no value here: "hard" of a hard need, or part of an attribute's longer name."""
    following = spaced(scene.text[found.end() :]).split()[:1]
    if not set(words("needs")).isdisjoint(following):
        return True
    return any(n.start() <= found.start() < n.end() for n in ground.name_pattern.finditer(scene.text))


def _stands(found: re.Match[str], subjects: Sequence[SeenProduct], scene: Scene, ground: Ground) -> bool:
    """Whether a word is denied, cited, or in the record of everyone of whom it is said."""
    word = f" {spaced(found[0])} "
    if _denied(found.start(), scene.text) or word in scene.cited:
        return True
    return all(word in record_text(s, ground.desk.category) for s in subjects)


def _wrong_features(scene: Scene, ground: Ground) -> Iterator[str]:
    """Yes/no attributes said of a product whose record does not say yes, but for those a field follows."""
    for pattern, name in ground.feature_patterns:
        for found in pattern.finditer(scene.text):
            subjects = ground.products(scene.subject(found.start()))
            told = scene.text[found.end() : found.end() + 3].lstrip(" :").startswith(HOLE)
            if told or _denied(found.start(), scene.text) or f" {spaced(found[0])} " in scene.cited:
                continue
            if not all(_has(s, name, found[0], ground) for s in subjects):
                yield found[0]


def _has(seen: SeenProduct, name: str, word: str, ground: Ground) -> bool:
    attribute = seen.record.attribute(name)
    if attribute is not None and attribute.flag is not None:
        return attribute.flag
    return f" {spaced(word)} " in record_text(seen, ground.desk.category)


def _denied(at: int, text: str) -> bool:
    """Whether the words of the clause before a value deny it, leave it open or give it to the person."""
    clause = _CLAUSE_END.split(text[:at])[-1]
    return not set(spaced(clause).split()[-_REACH:]).isdisjoint(words("denied"))
