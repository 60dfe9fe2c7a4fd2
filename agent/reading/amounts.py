"""Amounts in a question: numbers in digits and words, with their unit or money, ranges among them.

Which attribute an amount speaks of is decided elsewhere; here "half a terabyte", "2TB", "$1,299", "20 bucks",
"5-9 h" and "2x16GB" become records.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from agent.reading.lexicon import Lexicon, lexicon
from agent.reading.tokens import Token
from index.text.units import QuantityError, UnitError, canonical_unit, parse_number

RATING_UNIT = "stars"
SPANS = frozenset({"day", "days", "week", "weeks", "month", "months", "year", "years"})
"""Units that general English uses too."""
_WHOLE = frozenset({"whole", "full", "entire"})
_MINUS = ("-", "−", "–")
_DEGREE = "°"
_SCALES = {"C": "°C", "F": "°F"}
"""How temperatures are written short, where they can be meant."""


class Measures(Protocol):
    """What a card says of units."""

    def accepts(self, unit: str) -> bool:
        """Whether a unit measures something on the card."""
        ...

    def below_zero(self, unit: str) -> bool:
        """Whether something on the card that the unit measures lies below zero."""
        ...

    def degrees(self) -> str:
        """The unit of the card's temperatures, where it measures no angle; else empty."""
        ...

    def prices_in(self, sign: str) -> bool:
        """Whether prices on the card are in the currency of this sign."""
        ...

    def names(self, text: str) -> bool:
        """Whether a word is a name or a value on the card, so that it is no foreign unit."""
        ...


@dataclass(frozen=True, slots=True)
class Amount:
    """A number or a range, as said."""

    low: float
    high: float
    unit: str = ""
    """Canonical name; empty for a bare number and for money."""
    money: str = ""
    """Sign of the currency."""
    weak: bool = False
    """A bare "one" or "a", which counts only beside a unit or a name."""
    times: float = 1
    """The 2 of "2x16GB"."""
    placed: bool = True
    """Whether the unit measures something on the card."""
    grouped: float = 0
    """What "3.000" is where its point groups thousands; 0 for other numbers."""
    plus: bool = False
    """Written with a plus ("4+ stars")."""


@dataclass(frozen=True, slots=True)
class _Number:
    value: float
    end: int
    weak: bool = False
    money: str = ""


def amount_at(tokens: Sequence[Token], at: int, card: Measures, ranging: bool) -> tuple[int, Amount] | None:
    """The amount that starts at a token and where it ends; `ranging` allows "between X and Y"."""
    first = _one(tokens, at, card) or _lower_end(tokens, at, card, ranging)
    if first is None:
        return None
    end, amount = first
    times = _times(tokens, end, amount, card)
    if times:
        return times
    # The number of "DDR5-6000" starts no range.
    named = at > 0 and tokens[at].glued and tokens[at - 1].kind == "word"
    second = None if named else _other_end(tokens, end, card, ranging)
    if second is None:
        return first
    far_end, far = second
    unit, money = far.unit or amount.unit, far.money or amount.money
    clash = (amount.unit and far.unit and amount.unit != far.unit) or bool(unit and money)
    if clash or far.weak or amount.weak or (far.high < amount.low and not ranging):
        return first
    low, high = sorted((amount.low, far.high))
    return far_end, replace(amount, low=low, high=high, unit=unit, money=money, placed=far.placed)


def _one(tokens: Sequence[Token], at: int, card: Measures) -> tuple[int, Amount] | None:
    return _negative(tokens, at, card) or _positive(tokens, at, card)


def _lower_end(tokens: Sequence[Token], at: int, card: Measures, ranging: bool) -> tuple[int, Amount] | None:
    """The -10 of "-10 to 0 degrees", whose unit stands behind the other end."""
    bare = _positive(tokens, at + 1, card) if _is_signed(tokens, at) else None
    if bare is None or bare[1].unit or bare[1].money:
        return None
    far = _other_end(tokens, bare[0], card, ranging)
    if far is None or not far[1].unit or not card.below_zero(far[1].unit):
        return None
    return bare[0], replace(bare[1], low=-bare[1].high, high=-bare[1].low)


def _negative(tokens: Sequence[Token], at: int, card: Measures) -> tuple[int, Amount] | None:
    """ "-5 °C" and "minus 5 degrees", of what lies below zero on the card."""
    found = _positive(tokens, at + 1, card) if _is_signed(tokens, at) else None
    if found is None or not found[1].unit or not card.below_zero(found[1].unit):
        return None
    end, amount = found
    return end, replace(amount, low=-amount.high, high=-amount.low)


def _is_signed(tokens: Sequence[Token], at: int) -> bool:
    """Whether a minus stands here and a number behind it."""
    if at + 1 >= len(tokens) or tokens[at + 1].kind != "number":
        return False
    signed = tokens[at].text in _MINUS and tokens[at + 1].glued and not tokens[at].glued
    return signed or tokens[at].word == "minus"


def _positive(tokens: Sequence[Token], at: int, card: Measures) -> tuple[int, Amount] | None:
    words = lexicon()
    start = at = _at_sign(tokens, at, words)
    sign = words.money.get(tokens[at].word, "") if not _is_number(tokens, at, words) else ""
    # "USD 500" and "$500", not "bang for the buck 500".
    sign = sign if tokens[at].kind == "mark" or len(tokens[at].word) == 3 else ""
    if sign:
        start = at + 1
    number = _number(tokens, start, words) if start < len(tokens) else None
    if number is None or (sign and number.weak):
        return None
    end = number.end
    if not sign:
        sign, end = _money_after(tokens, end, words, card)
    if sign:
        value = _grouped(tokens, start, number)
        return end, Amount(value, value, money=sign)
    if end < len(tokens) and tokens[end].word in words.coins and not number.weak:
        return end + 1, Amount(number.value / 100, number.value / 100, money=words.coins[tokens[end].word])
    plus = end + 1 < len(tokens) and tokens[end].text == "+" and tokens[end].glued
    unit, unit_end = unit_at(tokens, end + plus, card)
    plus = plus and bool(unit)
    if not plus:
        unit, unit_end = unit_at(tokens, end, card)
    if not unit and end < len(tokens) and tokens[end].word in _WHOLE:
        whole, whole_end = unit_at(tokens, end + 1, card)
        unit, unit_end = (whole, whole_end) if whole else (unit, unit_end)
    placed = not unit or unit == RATING_UNIT or card.accepts(unit)
    if number.weak and not placed:
        return None
    grouped = _grouped(tokens, start, number)
    return unit_end, Amount(
        number.value,
        number.value,
        unit,
        weak=number.weak,
        placed=placed,
        plus=plus,
        grouped=grouped if grouped != number.value else 0,
    )


def _at_sign(tokens: Sequence[Token], at: int, words: Lexicon) -> int:
    """Past the letters that only say whose sign of money follows ("US$19")."""
    if at + 1 >= len(tokens) or tokens[at].kind != "word" or len(tokens[at].word) > 2:
        return at
    sign = tokens[at + 1]
    return at + 1 if sign.glued and sign.kind == "mark" and sign.word in words.money else at


def _is_number(tokens: Sequence[Token], at: int, words: Lexicon) -> bool:
    return tokens[at].kind == "number" or tokens[at].word in words.numbers


def _grouped(tokens: Sequence[Token], at: int, number: _Number) -> float:
    """The number with a point before three digits taken to group thousands, as it does in money."""
    token = tokens[at]
    if number.end == at + 1 and re.fullmatch(r"\d{1,3}\.\d{3}", token.text):
        return float(token.text.replace(".", ""))
    return number.value


def _number(tokens: Sequence[Token], at: int, words: Lexicon) -> _Number | None:
    token = tokens[at]
    if token.kind == "number":
        return _digits(tokens, at, words)
    return _spelled(tokens, at, words)


def _digits(tokens: Sequence[Token], at: int, words: Lexicon) -> _Number | None:
    try:
        value = parse_number(tokens[at].text)
    except QuantityError:
        return None
    end = at + 1
    follows = tokens[end] if end < len(tokens) else None
    if follows and follows.text == "⁄" and end + 1 < len(tokens) and tokens[end + 1].kind == "number":
        below = parse_number(tokens[end + 1].text)
        return _Number(value / below if below else value, end + 2)
    if follows and follows.word in words.thousand_marks and (follows.glued or len(follows.word) > 1):
        return _Number(value * 1000, end + 1)
    if follows and follows.word in words.scales:
        return _Number(value * words.scales[follows.word], end + 1)
    return _Number(value, end)


def _spelled(tokens: Sequence[Token], at: int, words: Lexicon) -> _Number | None:
    """A number in words: "two hundred and fifty", "half a", "one and a half", "a hundred"."""
    half = _half(tokens, at)
    if half:
        return half
    word = tokens[at].word
    article = word in ("a", "an") and at + 1 < len(tokens)
    if article and (tokens[at + 1].word in words.scales or tokens[at + 1].word in ("couple", "dozen")):
        if tokens[at + 1].word in words.scales:
            return _compose(tokens, at + 1, words, 1)
        return _compose(tokens, at + 1, words, 0)
    if article:
        return _Number(1, at + 1, weak=True)
    return _compose(tokens, at, words, 0) if word in words.numbers else None


def _half(tokens: Sequence[Token], at: int) -> _Number | None:
    if tokens[at].word != "half":
        return None
    article = at + 1 < len(tokens) and tokens[at + 1].word in ("a", "an")
    return _Number(0.5, at + 2 if article else at + 1, weak=True)


def _compose(tokens: Sequence[Token], at: int, words: Lexicon, start: float) -> _Number:
    total, group, first = 0.0, start, at
    while at < len(tokens):
        word = tokens[at].word
        after = tokens[at + 1].word if at + 1 < len(tokens) else ""
        if word in words.numbers:
            value = words.numbers[word]
            if (
                at == first + 1
                and 20 <= value < 100
                and 0 < group < 10
                and _ends_price(tokens, at + 1, words)
            ):
                group *= 100
            elif at > first and value >= 10 and group % 100:
                break
            group += value
        elif word in words.scales:
            scale = words.scales[word]
            group = (group or 1) * scale
            if scale >= 1000:
                total, group = total + group, 0.0
        elif word == "and" and after == "a" and at + 2 < len(tokens) and tokens[at + 2].word == "half":
            return _Number(total + group + 0.5, at + 3)
        elif not (word in ("and", "-", "of") and (after in words.numbers or after in words.scales)) or (
            word == "and" and group % 100 and not total
        ):
            break
        at += 1
    value = total + group
    return _Number(value, at, weak=at == first + 1 and value <= 3)


def _ends_price(tokens: Sequence[Token], at: int, words: Lexicon) -> bool:
    """Whether a number in words ends here as spoken prices do ("three fifty", "two ninety-nine dollars")."""
    while at < len(tokens) and (tokens[at].text == "-" or 0 < words.numbers.get(tokens[at].word, 0) < 10):
        at += 1
    follows = tokens[at] if at < len(tokens) else None
    return (
        follows is None or follows.kind == "mark" or follows.word in words.money or words.known(follows.word)
    )


def _money_after(tokens: Sequence[Token], at: int, words: Lexicon, card: Measures) -> tuple[str, int]:
    if at < len(tokens) and tokens[at].text == "-":
        at += 1
    if at >= len(tokens):
        return "", at
    sign = words.money.get(tokens[at].word, "")
    measures = tokens[at].kind == "word" and card.accepts(_unit_or_nothing(tokens[at].text))
    if not sign or (measures and not card.prices_in(sign)):
        return "", at - 1 if tokens[at - 1].text == "-" else at
    if tokens[at].kind == "mark" and not tokens[at].glued and at + 1 < len(tokens) and tokens[at + 1].glued:
        return "", at
    return sign, at + 1


def unit_at(tokens: Sequence[Token], at: int, card: Measures) -> tuple[str, int]:
    """The unit that starts at a token ("-inch" too) and where it ends; empty where there is none."""
    start = at + 1 if at < len(tokens) and tokens[at].text in ("-", "‐", "‑") else at
    for end in range(min(len(tokens), start + 4), start, -1):
        written = _written(tokens[start:end])
        if not written:
            continue
        unit = _unit_or_nothing(written)
        if (unit == _DEGREE or written in _SCALES) and (degrees := card.degrees()):
            unit = _SCALES.get(written, degrees)
        if unit and _counts(tokens[start:end], written, unit, card):
            return unit, end
    return "", at


def _counts(tokens: Sequence[Token], written: str, unit: str, card: Measures) -> bool:
    """Whether what can be read as a unit is meant as one: "m" and "in" stand in sentences too."""
    if unit == RATING_UNIT:
        return True
    spelled = unit != written or (len(tokens) == 1 and (tokens[0].glued or 1 < len(unit) <= 3))
    if len(tokens) > 1 and unit == written and not {"/", _DEGREE} & set(written):
        return False
    if card.accepts(unit):
        return True
    return spelled and not lexicon().known(written.casefold()) and not card.names(written)


def _written(tokens: Sequence[Token]) -> str:
    """The tokens as one unit's text; empty where they cannot be one."""
    if any(t.text in "\n,;!?" for t in tokens) or tokens[0].kind == "number" or tokens[-1].text in ".-:":
        return ""
    if tokens[0].word == "in" and tokens[0].glued and len(tokens) == 1:
        return tokens[0].text
    if len(tokens) == 1 and tokens[0].kind == "word" and tokens[0].word in lexicon().stop - {"star", "stars"}:
        if tokens[0].word in SPANS:
            return tokens[0].text
        return ""
    return "".join(t.text if t.glued or not at else f" {t.text}" for at, t in enumerate(tokens))


@lru_cache(maxsize=4096)
def _unit_or_nothing(written: str) -> str:
    try:
        return canonical_unit(written)
    except UnitError:
        return ""


def _times(tokens: Sequence[Token], at: int, amount: Amount, card: Measures) -> tuple[int, Amount] | None:
    """ "2x16GB": so many of an amount."""
    bare = not amount.unit and not amount.money
    if not bare or at + 1 >= len(tokens) or tokens[at].word not in ("x", "×"):
        return None
    each = _one(tokens, at + 1, card)
    if each is None or not each[1].unit or each[1].weak:
        return None
    return each[0], replace(each[1], times=amount.low)


def _other_end(tokens: Sequence[Token], at: int, card: Measures, ranging: bool) -> tuple[int, Amount] | None:
    if at + 1 >= len(tokens):
        return None
    link = tokens[at].word
    far = _one(tokens, at + 1, card)
    # "120 or 140 mm": what lies between the two is taken with them.
    either = link == "or" and far is not None and bool(far[1].unit) and not far[1].weak
    if link not in ("-", "–", "—", "to", "‐", "‑") and not (ranging and link in ("and", "&")) and not either:
        return None
    return far
