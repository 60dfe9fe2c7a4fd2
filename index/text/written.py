"""Quantities in plain signs: fractions as decimals, sides without their letters, ordinary width."""

import re
import unicodedata

_FRACTION = re.compile(
    r"(?:(?P<whole>\d+)[\s\-])?(?<![\d./,])(?P<over>\d+)/(?P<under>2|3|4|5|8|16|32|64)"
    r"(?=[\s\-]*(?:[\"'”″]|[^\W\d]))"
)
"""Before a unit alone: "3/4" by itself may be a date or a share."""
_SIDE = re.compile(r"\s*\([LWHDBTV]\)|\b[LWHDBT](?=\s*\d[^x×]*(?:[x×]|$))")
"""The letter of a side: "30 (L) x 20 (W) cm", "L 30 x W 20"."""
_VULGAR = re.compile(r"(?P<whole>\d+)?\s*(?P<sign>[¼½¾⅐-⅞])")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def plain_quantity(raw: str) -> str:
    """A text with its fractions as decimals, without the letters of sides, and of ordinary width."""
    text = raw.translate(_FULL_WIDTH)
    text = _SIDE.sub("", text) if re.search(r"[x×]|\([HV]\)", text) else text
    text = _VULGAR.sub(_decimal_of_sign, text)
    return _FRACTION.sub(_decimal_of_fraction, text)


def _decimal_of_sign(found: re.Match[str]) -> str:
    return f"{int(found['whole'] or 0) + unicodedata.numeric(found['sign']):.6g}"


def _decimal_of_fraction(found: re.Match[str]) -> str:
    over, under = int(found["over"]), int(found["under"])
    if over >= under:
        return found[0]
    return f"{int(found['whole'] or 0) + over / under:.6g}"
