"""The numbers that name a thing wherever it is sold: GTINs, ASINs, and part numbers of a maker.

Only what proves it counts: a number with a wrong check digit, one that a shop gave itself, or a filler such
as "0000" names nothing.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_GTIN_LENGTHS = (8, 12, 13, 14)
_ASIN = re.compile(r"B[0-9A-Z]{9}|[0-9]{9}[0-9X]")
_SHORTEST_PART = 4
_NO_MAKER = frozenset({"", "na", "none", "unknown", "generic", "nobrand", "unbranded", "other", "various"})
_OWN = re.compile(r"0(?:0[24]|2)\d+|0{6}[02]\d+")
"""Numbers that GS1 leaves to shops themselves (prefixes 02, 04 and 20 to 29; 0 and 2 of eight digits)."""


class Numbers(NamedTuple):
    """What names one product beyond its source, each in one spelling; empty where nothing does."""

    gtins: frozenset[str]
    """Fourteen digits each."""
    asin: str
    part: tuple[str, str] | None
    """Maker and part number."""


def numbers(gtins: Iterable[str], asin: str, brand: str, mpn: str) -> Numbers:
    """The numbers of a product from its fields as they were written."""
    folded = asin.strip().upper()
    maker, part = _folded(brand), part_number(mpn)
    return Numbers(
        frozenset(filter(None, map(gtin14, gtins))),
        folded if _ASIN.fullmatch(folded) else "",
        (maker, part) if part and maker not in _NO_MAKER else None,
    )


@lru_cache(maxsize=4096)
def gtin14(text: str) -> str:
    """A GTIN of any length in fourteen digits; empty for what is none, or names a thing in one shop only."""
    digits = re.sub(r"[\s\-']", "", text)
    if len(digits) not in _GTIN_LENGTHS or not (digits.isascii() and digits.isdigit()):
        return ""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    padded = digits.zfill(14)
    return "" if total % 10 or not padded.strip("0") or _OWN.fullmatch(padded) else padded


def part_number(mpn: str) -> str:
    """A part number without case and punctuation; empty for one too short or too plain to name anything."""
    part = _folded(mpn)
    telling = len(part) >= _SHORTEST_PART and len(set(part)) > 1 and any(map(str.isdigit, part))
    return part if telling else ""


def contradict(one: Numbers, other: Numbers) -> bool:
    """Whether their GTINs, or for want of a common GTIN their ASINs, say that they are two things."""
    if one.gtins and other.gtins:
        return not one.gtins & other.gtins
    return bool(one.asin and other.asin) and one.asin != other.asin


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
