"""Prices as shops write them, in one currency each."""

import json
import os
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from price_parser import Price

from index.text.money import parse_amount, parse_price
from index.text.units import NoPriceError

SHARED = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
CURRENCIES = Path(__file__).parents[2] / "index/text/currencies.toml"
PRICES = SHARED / "import-fixtures" / "price-strings" / "price_strings.jsonl"


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1.299,00 €", 1299, "EUR"),
        ("US$ 12", 12, "USD"),
        ("12,99 zł", 12.99, "PLN"),
        ("15.00 USD", 15, "USD"),
        ("INR 1499.00", 1499, "INR"),
        ("£5", 5, "GBP"),
        ("C$ 20", 20, "CAD"),
        ("19.99", 19.99, "EUR"),
        ("2 for $5", 5, "USD"),
        ("50 g, 3,99 €", 3.99, "EUR"),
        ("3 EUR to 5 EUR", 3, "EUR"),
    ],
)
def test_a_price_has_an_amount_and_a_currency(text: str, amount: float, currency: str) -> None:
    assert parse_price(text, "EUR") == (amount, currency)


def test_a_shared_sign_means_the_sources_own_currency() -> None:
    assert parse_price("$5", "CAD") == (5, "CAD")
    assert parse_price("$5", "EUR") == (5, "USD")
    assert parse_price("99 kr", "NOK") == (99, "NOK")


@pytest.mark.parametrize("text", ["call us", "", "sold out", "12.99"])
def test_no_price_or_no_currency_is_said(text: str) -> None:
    with pytest.raises(NoPriceError):
        parse_price(text)


@pytest.mark.parametrize("form", ["{amount} {sign}", "{sign} {amount}", "{amount}{sign}", "{sign}{amount}"])
def test_a_plain_price_is_read_as_price_parser_would(form: str) -> None:
    signs = [*tomllib.loads(CURRENCIES.read_text(encoding="utf-8"))["iso"]["codes"], *"$€£¥"]
    for sign, amount in product(signs, ("0", "5", "060", "99.9", "12.99", "1299", "1234567")):
        text = form.format(sign=sign, amount=amount)
        parsed = Price.fromstring(text)
        # It does not know every currency of ours.
        assert parse_amount(text) == (parsed.amount_float, parsed.currency or sign), text


def test_a_plain_price_is_read_without_price_parser() -> None:
    reads = "from index.text.money import parse_price as p; p('60 EUR'), p('$9.99')"
    code = f"import sys; {reads}; print('price_parser' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_a_point_that_groups_thousands_is_said_by_the_source() -> None:
    assert parse_price("12.50 EUR", decimal=",") == (1250, "EUR")


@given(st.text(max_size=80))
def test_reading_a_price_never_fails_otherwise(text: str) -> None:
    try:
        amount, currency = parse_price(text, "USD")
    except NoPriceError:
        return
    assert amount >= 0
    assert len(currency) == 3


@pytest.mark.skipif(not PRICES.exists(), reason="PRODUCTRESEARCH_SHARED_DATA holds no price strings")
def test_real_price_strings_give_their_known_amounts() -> None:
    """All but those that the collection itself marks as beyond price-parser (its XFAIL groups)."""
    wrong = []
    rows = [json.loads(line) for line in PRICES.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        try:
            amount, _ = parse_amount(
                row["price_raw"] or "", row["currency_raw"] or "", row.get("decimal_separator", "")
            )
        except NoPriceError:
            wrong += [row] if row["amount"] is not None else []
        else:
            wrong += [row] if row["amount"] is None or float(row["amount"]) != amount else []
    assert len(rows) == 1185
    assert [row["price_raw"] for row in wrong if "XFAIL" not in row["group"]] == []
    assert len(wrong) <= 18
