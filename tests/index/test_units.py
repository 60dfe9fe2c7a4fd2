"""Numbers, quantities and units as shops write them."""

import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pint.errors import DimensionalityError, OffsetUnitCalculusError

from index.text.measures import unit_names
from index.text.units import (
    QuantityError,
    UnitError,
    canonical_unit,
    convert,
    parse_number,
    parse_quantity,
    spellings_of,
)

PINT = {
    "fl oz": "fluid_ounce",
    "°C": "degC",
    "°F": "degF",
    "cd/m²": "cd/m**2",
    "lx": "lux",
    "lm": "lumen",
    "m³/h": "m**3/h",
    "m²": "m**2",
    "ft²": "ft**2",
    "Nm": "N*m",
    "km/h": "km/h",
    "g-force": "standard_gravity",
    "min": "minute",
    "in": "inch",
    "gal": "gallon",
    "tonne": "metric_ton",
    "CFM": "ft**3/minute",
    "dpt": "1/m",
    "hp": "horsepower",
    "PS": "metric_horsepower",
    "qt": "quart",
    "pt": "pint",
    "µF": "microfarad",
    "nF": "nanofarad",
    "pF": "picofarad",
}
"""Our names as pint's expressions, where it reads them otherwise."""
BITS = ("bit", "B", "kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB")
RATES = ("kbit/s", "Mbit/s", "Gbit/s", "MB/s", "GB/s")
BEATS = ("Hz", "kHz", "MHz", "GHz", "MT/s", "rpm")
OTHERS = (
    ("dpi", "ppi"),
    ("px", "MP"),
    ("frame",),
    ("fps",),
    ("stars",),
    ("dB",),
    ("°",),
    ("persons",),
    ("pieces",),
)
OWN = (BITS, RATES, BEATS, *OTHERS)
"""Units that pint lacks or gives another meaning, by what they measure."""


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("30 h", 30, 30, "h"),
        ("30 hours", 30, 30, "h"),
        ("1,5 kg", 1.5, 1.5, "kg"),
        ('27"', 27, 27, "in"),
        ("27-inch", 27, 27, "in"),
        ("[0, 29] dB", 0, 29, "dB"),
        ("24.7 dB(A)", 24.7, 24.7, "dB"),
        ("2 TB", 2, 2, "TB"),
        ("5-9 h", 5, 9, "h"),
        ("5 to 9 hrs", 5, 9, "h"),
        ("12 x 30 cm", 12, 30, "cm"),
        ("12 cm × 30 cm × 5 cm", 5, 30, "cm"),
        ("20 Hz - 20 kHz", 0.02, 20, "kHz"),
        ("-10 - 50 °C", -10, 50, "°C"),
        ("up to 1,500 mAh", 1500, 1500, "mAh"),
        ("≥ 144 Hz", 144, 144, "Hz"),
        ("80%", 80, 80, "%"),
        ("4.5 stars", 4.5, 4.5, "stars"),
        ("60 ft³/min", 60, 60, "CFM"),
        ("2.5 Gb/s", 2.5, 2.5, "Gbit/s"),
        ("1600 dpi", 1600, 1600, "dpi"),
        ("800 lumens", 800, 800, "lm"),
        ("1.5L", 1.5, 1.5, "L"),
        ("12", 12, 12, ""),
    ],
)
def test_quantities_are_read(text: str, low: float, high: float, unit: str) -> None:
    quantity = parse_quantity(text)
    assert (quantity.low, quantity.high, quantity.unit) == (low, high, unit)
    assert quantity.raw == text


def test_a_bare_number_takes_the_columns_unit() -> None:
    assert parse_quantity("120", unit="mm").unit == "mm"


@pytest.mark.parametrize("text", ["", "quiet", "8 GB DDR5", "USB 3.0", "x" * 500, "1e400"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["1440p", "100 quux"])
def test_an_unknown_unit_is_refused(text: str) -> None:
    with pytest.raises(UnitError, match="is not a unit"):
        parse_quantity(text)


@given(st.one_of(st.text(max_size=60), st.from_regex(r"[-0-9.,x \[\]hGBkg°\"/()]{0,30}")))
def test_reading_a_quantity_never_fails_otherwise(text: str) -> None:
    try:
        quantity = parse_quantity(text)
    except (QuantityError, UnitError):
        return
    assert quantity.low <= quantity.high


@given(st.floats(min_value=-1e9, max_value=1e9, allow_nan=False).map(lambda number: round(number, 3)))
def test_a_written_number_is_read_back_in_every_convention(number: float) -> None:
    english = f"{number:,.3f}"
    assert parse_number(english) == number
    german = english.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert parse_number(german, decimal=",") == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,219.49", 1219.49), ("1.219,49", 1219.49), ("1 219,49", 1219.49), ("1'219.49", 1219.49),
     ("0,500", 0.5), ("1,500", 1500), ("1.500", 1.5), ("'-14.39'", -14.39), ("1,234,567", 1234567)],
)  # fmt: skip
def test_separators_are_told_apart(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("value", "unit", "target", "there"),
    [
        (2, "TB", "GB", 2000),
        (1, "in", "mm", 25.4),
        (90, "min", "h", 1.5),
        (20, "°C", "°F", 68),
        (6000, "MT/s", "MHz", 6000),
        (1, "Ah", "mAh", 1000),
        (16, "fl oz", "ml", 473.176473),
        (25, "dB", "dB", 25),
        (2, "W", "kW", 0.002),
        (-5, "°C", "degC", -5),
        (23, "degF", "°C", -5),
    ],
)
def test_units_are_converted(value: float, unit: str, target: str, there: float) -> None:
    assert convert(value, unit, target) == pytest.approx(there, rel=1e-9)


@pytest.mark.parametrize(
    ("unit", "target"), [("dB", "W"), ("GB", "h"), ("", "h"), ("quux", "h"), ("stars", "%")]
)
def test_what_measures_something_else_is_refused(unit: str, target: str) -> None:
    with pytest.raises(UnitError, match="cannot be converted"):
        convert(1, unit, target)


def pinted(registry: pint.UnitRegistry[float], value: float, unit: str, target: str) -> float | None:
    """What pint makes of a value; None where it refuses."""
    try:
        there = registry.Quantity(value, PINT.get(unit, unit)).to(PINT.get(target, target))
    except (DimensionalityError, OffsetUnitCalculusError):
        return None
    return float(there.magnitude)


def ours(value: float, unit: str, target: str) -> float | None:
    """What the house makes of it; None where it refuses."""
    try:
        return convert(value, unit, target)
    except UnitError:
        return None


def test_units_of_every_pair_are_what_pint_makes_of_them() -> None:
    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    known = [unit for unit in unit_names() if not any(unit in alike for alike in OWN)]
    assert len(known) > 70
    for unit, target in permutations(known, 2):
        there = pinted(registry, -12.5, unit, target)
        expected = None if there is None else pytest.approx(there, rel=1e-9, abs=1e-9)
        assert ours(-12.5, unit, target) == expected, (unit, target)


def test_what_shops_count_measures_nothing_else() -> None:
    """Pint lacks these, or takes them for plain numbers: a bit would be a share, a turn 6.28 hertz."""
    for alike in OWN:
        for unit in alike:
            assert {t for t in unit_names() if ours(1, unit, t) is not None} == set(alike), unit


def test_every_spelling_leads_to_a_name_that_measures_something() -> None:
    for name in unit_names():
        assert canonical_unit(name) == name
        assert [canonical_unit(written) for written in spellings_of(name)] == [name] * len(spellings_of(name))


@pytest.mark.parametrize(
    ("unit", "target", "there"),
    [
        ("g/cm³", "kg/m³", 1000),
        ("g/cm**3", "kg / m^3", 1000),
        ("W/m²", "kW/m²", 0.001),
        ("N*m", "Nm", 1),
        ("liters per minute", "m³/h", 0.06),
        ("m·s**-1", "km/h", 3.6),
    ],
)
def test_an_expression_of_units_is_one(unit: str, target: str, there: float) -> None:
    assert canonical_unit(unit) == unit
    assert convert(1, unit, target) == pytest.approx(there, rel=1e-9)


@pytest.mark.parametrize(
    "word", ["has", "at", "lbs at", "km/h as", "3D", "D", "mass", "m/", "/h", "S/M/L", "m**9"]
)
def test_a_word_that_only_a_laboratory_takes_for_a_unit_is_none(word: str) -> None:
    with pytest.raises(UnitError, match="is not a unit"):
        canonical_unit(word)


def test_units_are_read_and_converted_without_pint() -> None:
    reads = "from index.text.units import convert, parse_quantity as p; p('2 TB'), convert(2, 'TB', 'GB')"
    code = f"import sys; {reads}; print('pint' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )


def written() -> list[tuple[str, float, float, str]]:
    """The quantities of `quantities.txt`."""
    lines = Path(__file__).with_name("quantities.txt").read_text(encoding="utf-8").splitlines()
    cells = ([cell.strip() for cell in line.split(" |")] for line in lines if not line.startswith("#"))
    return [(text, float(low), float(high), unit) for text, low, high, unit in cells]


def test_the_list_of_written_quantities_is_long() -> None:
    assert len(written()) > 150


@pytest.mark.parametrize(("text", "low", "high", "unit"), written())
def test_a_quantity_is_read_as_people_and_shops_write_it(
    text: str, low: float, high: float, unit: str
) -> None:
    quantity = parse_quantity(text)
    assert [quantity.low, quantity.high] == pytest.approx([low, high], rel=1e-5)
    assert quantity.unit == unit
    assert quantity.raw == text


@pytest.mark.parametrize(
    "text",
    ["30 cm (30 in)", "10x20x30", "2560x1440", "2 x 65 W", "8 Go RAM", "5V/3A", "4.5 / 5", "24/7", "3/4",
     "2 years warranty", "2 HP laptops", "10 go", "16 AWG", "S/M/L", "2024/25 model"],
)  # fmt: skip
def test_what_says_two_things_or_none_is_no_quantity(text: str) -> None:
    with pytest.raises((QuantityError, UnitError)):
        parse_quantity(text)


def test_words_of_other_languages_are_read_and_never_offered() -> None:
    assert canonical_unit("Stunde") == "h"
    assert not {"stunde", "heure", "시간"} & {*spellings_of("h")}
    assert (canonical_unit("Go"), canonical_unit("To")) == ("GB", "TB")
    with pytest.raises(UnitError):
        canonical_unit("to")
