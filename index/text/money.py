"""Prices as shops write them: an amount and an ISO currency out of "1.299,00 €", "US$ 12" or "12,99 zł".

An amount beside its currency ("60 EUR", "$9.99") is read here; in any other text price-parser finds the two.
Which currency a sign means stands in `currencies.toml`. Comparing and converting money is left to the ledger,
which never does it across currencies.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

from index.text.numerals import NUMBER, NoPriceError

_LONGEST = 500
_SIGN = r"(?:[A-Z]{3}|[$€£¥])"
_PLAIN = re.compile(rf"(?:({_SIGN}) ?)?(\d{{1,12}}(?:\.\d\d?)?)(?: ?({_SIGN}))?")
"""A price as code and most shops write it: nothing in it could be read in another way."""
_BETWEEN = frozenset({"to", "bis", "and", "or"})


def parse_price(text: str, default_currency: str = "", decimal: str = "") -> tuple[float, str]:
    """Amount and ISO code; raises NoPriceError for "call us" and for an amount in an unknown currency.

    `default_currency` is used where the text names none, and settles signs that several currencies share.
    """
    # Given the default as a hint, price-parser would prefer it to what the text itself says.
    amount, sign = parse_amount(text, decimal=decimal)
    currency = currency_code(sign, default_currency) if sign else default_currency
    if not currency:
        raise NoPriceError(f"{text[:40]!r} names no currency; say which one the source uses")
    return amount, currency


def parse_amount(text: str, currency_hint: str = "", decimal: str = "") -> tuple[float, str]:
    """The amount and the currency sign as written, empty where there is none; raises NoPriceError."""
    text = text[:_LONGEST]
    plain = _plain_amount(text)
    if plain is not None and not currency_hint and decimal != ",":
        return plain
    # price-parser takes 10 ms to import and is needed only for prices that are written freely.
    from price_parser import Price

    found = Price.fromstring(text, currency_hint or None, decimal_separator=decimal or None)
    if (
        found.amount_text
        and _counts_something(text, found.amount_text)
        and (beside := _beside().search(text))
    ):
        # "2 for $5": the number that stands at a currency is the price, not the first one.
        found = Price.fromstring(beside[0], decimal_separator=decimal or None)
    if found.amount is None:
        raise NoPriceError(f"{text[:40]!r} is no price")
    amount = float(found.amount)
    if not 0 <= amount < 1e15:
        raise NoPriceError(f"{text[:40]!r} is no price that anything could have")
    return amount, found.currency or ""


def _plain_amount(text: str) -> tuple[float, str] | None:
    """The amount and the sign of a plain price; None for every other text."""
    found = _PLAIN.fullmatch(text.strip())
    if found is None or (found[1] and found[3]):
        return None
    sign = found[1] or found[3] or ""
    return (float(found[2]), sign) if not sign or currency_code(sign) else None


def _counts_something(text: str, number: str) -> bool:
    """Whether a word that is no currency follows the number: "3 issues", "2 for"."""
    word = re.search(rf"{re.escape(number)}\s+([^\W\d_]+)", text)
    return word is not None and word[1] not in _BETWEEN and not currency_code(word[1])


def currency_code(sign: str, default_currency: str = "") -> str:
    """ISO code of a sign or name, or `default_currency` for one that is not known."""
    written = sign.strip()
    shared = _shared().get(written, ())
    if shared:
        return default_currency if default_currency in shared else shared[0]
    known = _signs().get(written)
    if known:
        return known
    return written.upper() if written.upper() in _codes() else default_currency


@cache
def _beside() -> re.Pattern[str]:
    names = sorted({*_signs(), *_shared(), *_tables()["signs"]}, key=len, reverse=True)
    sign = "|".join(rf"\b{re.escape(n)}\b" if n.isalpha() and n.isascii() else re.escape(n) for n in names)
    return re.compile(rf"(?:{sign})[ \u00a0]?{NUMBER}|{NUMBER}[ \u00a0]?(?:{sign})")


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("currencies.toml").read_text(encoding="utf-8"))


@cache
def _signs() -> dict[str, str]:
    return {sign: code for code, signs in _tables()["signs"].items() for sign in signs}


@cache
def _codes() -> frozenset[str]:
    return frozenset(_tables()["iso"]["codes"])


@cache
def _shared() -> dict[str, list[str]]:
    return _tables()["shared"]
