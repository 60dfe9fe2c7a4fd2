"""Bare numbers as people write them, with decimal commas and thousands separators.

QuantityError         the text holds no quantity
└── NoPriceError      the text holds no price (`money`)
"""

import re

_DIGITS = r"(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
NUMBER = rf"[+\-\u2212]?(?:{_DIGITS}|[.,]\d+)(?:[eE][+\-]?\d{{1,3}})?"
"""Pattern of one number; a blank or apostrophe groups thousands only before exactly three digits."""

_WHOLE = re.compile(rf"{NUMBER}[.,]?")
_LONGEST = 40


class QuantityError(ValueError):
    """The text holds no quantity that can be read."""


class NoPriceError(QuantityError):
    """The text holds no price, or none whose currency is known."""


def parse_number(text: str, decimal: str = "") -> float:
    """Read one number with decimal and thousands separators; `decimal` settles what "1.299" leaves open.

    Without it a single separator before exactly three digits groups thousands when it is a comma, a blank or
    an apostrophe, and is a decimal point when it is a point. Raises QuantityError.
    """
    digits = text.strip().strip("'\"’").replace("\u2212", "-")
    if len(digits) > _LONGEST or not _WHOLE.fullmatch(digits):
        raise QuantityError(f"{text[:40]!r} is not a number")
    digits = re.sub(r"['’\u00a0\u202f ]", "", digits).rstrip(".,")
    number = float(_plain_decimal(digits, decimal))
    if number in (float("inf"), float("-inf")):
        raise QuantityError(f"{text[:40]!r} is too large a number")
    return number


def _plain_decimal(digits: str, decimal: str) -> str:
    points, commas = digits.count("."), digits.count(",")
    if decimal:
        grouping = "," if decimal == "." else "."
        return digits.replace(grouping, "").replace(decimal, ".")
    if points and commas:
        grouping = "," if digits.rfind(".") > digits.rfind(",") else "."
        return digits.replace(grouping, "").replace(",", ".")
    if commas == 1 and not re.fullmatch(r"[+\-]?[1-9]\d{0,2},\d{3}", digits):
        return digits.replace(",", ".")
    if points > 1:
        return digits.replace(".", "")
    return digits.replace(",", "")
