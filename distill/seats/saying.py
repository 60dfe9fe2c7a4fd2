"""Whether a text says what a person needs, in whatever unit and wording, and nothing that they do not.

A model's questions and answers are held to it: a need lost or made up would make the task's truth a lie.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from agent.reading.amounts import Amount, amount_at
from agent.reading.lexicon import lexicon
from agent.reading.tokens import key_of, singular, tokenise
from distill.phrasing.said import ALIKE
from distill.task import TrueNeed
from index.text.units import QuantityError, UnitError, convert, parse_quantity

_CLOSE = 0.006
"""Share by which two amounts may differ and still be one: what rounding in another unit leaves."""
_LEAST_LETTERS = 4
"""Of a word that may be mistyped, or stand inside another."""
_YES_NO = frozenset({"yes", "no", "true", "false", ""})


@dataclass(frozen=True)
class _Units:
    """The units that count as such beside a number; a card's part in reading amounts."""

    units: frozenset[str]

    def accepts(self, unit: str) -> bool:
        return unit in self.units

    def below_zero(self, unit: str) -> bool:  # noqa: ARG002 - any number may
        return True

    def degrees(self) -> str:
        return ""

    def prices_in(self, sign: str) -> bool:  # noqa: ARG002 - any money counts
        return True

    def names(self, text: str) -> bool:  # noqa: ARG002 - no card, no names
        return False


def says(text: str, true: TrueNeed, slips: bool = True) -> bool:
    """Whether the text holds the need's numbers in any unit, or its words; `slips` lets words be mistyped."""
    units = _units([true.need.value])
    wanted = list(_amounts(true.need.value, units))
    if wanted:
        found = list(_amounts(text, units))
        return all(any(_same(want, have) for have in found) for want in wanted)
    if true.need.value.strip().casefold() not in _YES_NO:
        return any(_holds_words(text, part, slips) for part in true.need.value.split("|") if part.strip())
    meant = _content(true.words) | _content(true.need.on.replace("_", " "))
    return not meant or any(_said(word, _words(text), slips) for word in meant)


def invented(text: str, given: Sequence[str]) -> str:
    """An amount of money or measure in the text that stands in nothing given; empty where there is none."""
    units = _units(given)
    wanted = [amount for part in given for amount in _amounts(part, units)]
    for amount in _amounts(text, units):
        if (amount.unit or amount.money) and not any(_same(want, amount) for want in wanted):
            return f"{amount.low:g} {amount.unit or amount.money}"
    return ""


def betrays(text: str, withheld: Sequence[TrueNeed], told: Sequence[TrueNeed]) -> TrueNeed | None:
    """A withheld need whose value the text gives away, where the told needs do not say the same."""
    openly = ", ".join(part for true in told for part in (true.need.value, true.words))
    for true in withheld:
        decided = true.need.value.strip().casefold() not in _YES_NO
        if decided and says(text, true, slips=False) and not says(openly, true):
            return true
    return None


def line(true: TrueNeed) -> str:
    """A need as it is put to a model: what it is about, its limit, and how the person would say it."""
    need = true.need
    strength = "must" if need.hard else "would like"
    said = f' (in their words: "{true.words}")' if true.words else ""
    return f"{strength}: {need.on.replace('_', ' ')} {need.op} {need.value}".rstrip() + said


def names(text: str, noun: str) -> bool:
    """Whether the text names the kind of thing, slips forgiven."""
    said = _words(text)
    return any(_said(word, said, slips=True) for word in _words(noun))


def shares_words(text: str, others: Sequence[str]) -> bool:
    """Whether a content word of the text stands in one of the others."""
    known = frozenset[str]().union(*(_content(other) for other in others)) if others else frozenset[str]()
    return bool(_content(text) & known)


def _units(values: Sequence[str]) -> _Units:
    """The units of the values that are quantities."""
    found = set()
    for value in values:
        try:
            found.add(parse_quantity(value).unit)
        except (QuantityError, UnitError):
            continue  # words, or money
    return _Units(frozenset(found - {""}))


def _holds_words(text: str, part: str, slips: bool) -> bool:
    """Whether a text holds a value's words, or the value written in one or more pieces ("wi-fi", "wifi")."""
    key, words = key_of(part), _words(text)
    joined = len(key) >= _LEAST_LETTERS and key in key_of(text)
    return joined or all(_said(word, words, slips) for word in _words(part))


def _said(word: str, words: frozenset[str], slips: bool) -> bool:
    """Whether a word is among some, at most mistyped: styles with slips of the fingers are wanted."""
    if word in words or not slips or len(word) < _LEAST_LETTERS:
        return word in words
    return bool(get_close_matches(word, sorted(words), n=1, cutoff=ALIKE))


def _words(text: str) -> frozenset[str]:
    return frozenset(singular(t.word) for t in tokenise(text) if t.kind != "mark")


def _content(text: str) -> frozenset[str]:
    """Words that general English does not explain."""
    words = lexicon()
    return frozenset(
        singular(t.word)
        for t in tokenise(text)
        if t.kind == "word" and len(t.word) > 2 and not words.known(t.word)
    )


def _amounts(text: str, units: _Units) -> Iterator[Amount]:
    tokens = tokenise(text)
    at = 0
    while at < len(tokens):
        found = amount_at(tokens, at, units, ranging=at > 0 and tokens[at - 1].word == "between")
        if found is not None and not (found[1].weak and not found[1].unit):
            yield found[1]
        at = max(at + 1, found[0] if found is not None else 0)


def _same(want: Amount, have: Amount) -> bool:
    """Whether two amounts are one; a number without its unit is taken to be in the other's."""
    if want.money or have.money or not (want.unit and have.unit) or want.unit == have.unit:
        mixed = bool(want.unit and have.money) or bool(want.money and have.unit)
        return not mixed and _holds(have, want.low) and _holds(have, want.high)
    try:
        low, high = (convert(end, want.unit, have.unit) for end in (want.low, want.high))
    except UnitError:
        return False
    return _holds(have, low) and _holds(have, high)


def _holds(amount: Amount, number: float) -> bool:
    ends = (amount.low, amount.high, amount.low * amount.times, amount.grouped)
    return any(abs(end - number) <= _CLOSE * abs(number) for end in ends)
