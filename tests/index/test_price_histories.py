"""15,766 real histories: every sentence that is told is worked out anew from the raw file, by other code."""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median

import pytest

from index.catalog import Catalog
from index.prices.sentences import sentences
from index.prices.standing import price_standings
from tests.index.importing import imported, opened
from tests.index.test_import_parts import HISTORIES, SCHEMAS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HISTORIES.exists(), reason="PRODUCTRESEARCH_SHARED_DATA holds no PC parts"),
]
TODAY = date(2025, 8, 1)
STALE_AFTER = 30
PRODUCTS = 200

Days = list[tuple[date, float]]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    home: Path = tmp_path_factory.mktemp("histories")
    imported(home, HISTORIES, SCHEMAS / "pc_prices.toml")
    with opened(home) as catalog:
        yield catalog


@pytest.fixture(scope="module")
def raw() -> dict[int, Days]:
    """Of every row of the file the days of its part, lowest price of each, oldest first."""
    lowest: dict[str, dict[date, float]] = defaultdict(dict)
    parts: list[str] = []
    with gzip.open(HISTORIES, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            specs = {name: value for name, value in row["specs"].items() if name != "price_per_gb"}
            parts.append(json.dumps([row["category"], row["name"], specs], sort_keys=True))
            for day, amount in row["prices"]:
                seen = date.fromisoformat(day)
                lowest[parts[-1]][seen] = min(amount, lowest[parts[-1]].get(seen, amount))
    return {number: sorted(lowest[part].items()) for number, part in enumerate(parts, start=1)}


def test_every_sentence_told_of_200_parts_follows_from_the_raw_file(
    catalog: Catalog, raw: dict[int, Days]
) -> None:
    known = [part for (part,) in catalog.select("SELECT DISTINCT product_id FROM prices ORDER BY product_id")]
    told = set()
    for part in Random(11).sample(known, PRODUCTS):
        history = catalog.prices(part)
        days = raw[history[0].origin.row]
        (standing,) = price_standings(history)
        for sentence in sentences(standing, TODAY, STALE_AFTER):
            kind = next((k for k, pattern in PATTERNS.items() if pattern.fullmatch(sentence)), None)
            assert kind is not None, sentence
            assert follows(kind, sentence, days), (part, sentence, days)
            told.add(kind)
    assert told == set(PATTERNS), "a kind of sentence was never told"


DAY, AMOUNT = r"(\d{4}-\d\d-\d\d)", r"(\d+\.\d\d) USD"
AGO = r"(today|\d+ days? ago)"
PHRASE = (
    rf"((?:unchanged since {DAY})|(?:the (?:lowest|highest) seen since {DAY})|"
    r"(?:(?:(?:\d+% (?:above|below)|at) its 12-month median; )?"
    rf"(?:lower last on|the lowest since) {DAY} \(\d+\.\d\d\)))"
)
PATTERNS = {
    "now": re.compile(rf"Now {AMOUNT}, seen {DAY} \({AGO}\), {PHRASE}\."),
    "last": re.compile(rf"Last seen at {AMOUNT} on {DAY}, {AGO}; what it costs now is not known\."),
    "then": re.compile(rf"On that day it was {PHRASE}\."),
    "ends": re.compile(rf"Lowest {AMOUNT} on {DAY} \({AGO}\); highest {AMOUNT} on {DAY} \({AGO}\)\."),
    "median": re.compile(rf"Median {AMOUNT} of (\d+) days in the 12 months up to {DAY}\."),
    "trend": re.compile(
        r"(Rising|Falling) over that year, by about (\d+)% of the median\.|No trend over that year\."
    ),
    "span": re.compile(rf"Seen on (\d+) days between {DAY} and {DAY} \(([\d,]+) days?\)\."),
}


def follows(kind: str, sentence: str, days: Days) -> bool:
    """Whether a sentence is true of these days."""
    found = PATTERNS[kind].fullmatch(sentence)
    assert found is not None
    newest, now = days[-1]
    amounts = [amount for _, amount in days]
    stale = (TODAY - newest).days > STALE_AFTER
    match kind:
        case "now":
            said = (f"{now:.2f}", str(newest), ago(newest))
            return not stale and found.groups()[:3] == said and stands(found[4], days)
        case "last":
            return stale and found.groups() == (f"{now:.2f}", str(newest), ago(newest))
        case "then":
            return stale and stands(found[1], days)
        case "ends":
            low, high = min(amounts), max(amounts)
            first = {end: next(day for day, amount in days if amount == end) for end in (low, high)}
            ends = [(f"{end:.2f}", str(first[end]), ago(first[end])) for end in (low, high)]
            return low < high and found.groups() == (*ends[0], *ends[1])
        case "median":
            year = last_year(days)
            middle = median(amount for _, amount in year)
            bears = len(year) >= 3 and (year[-1][0] - year[0][0]).days >= 90
            return bears and found.groups() == (f"{middle:.2f}", str(len(year)), str(newest))
        case "trend":
            return trend(found[1] or "", float(found[2] or 0) / 100, last_year(days))
    span = (newest - days[0][0]).days
    return found.groups() == (str(len(days)), str(days[0][0]), str(newest), f"{span:,}")


def ago(day: date) -> str:
    gone = (TODAY - day).days
    return f"{gone} day{'s' * (gone != 1)} ago" if gone else "today"


def last_year(days: Days) -> Days:
    return [(day, amount) for day, amount in days if day >= days[-1][0] - timedelta(days=365)]


def stands(phrase: str, days: Days) -> bool:
    """Whether how the newest price is said to stand is so."""
    newest, now = days[-1]
    amounts = [amount for _, amount in days]
    named = date.fromisoformat(str(re.search(r"\d{4}-\d\d-\d\d", phrase)[0]))  # type: ignore[index]
    if phrase.startswith("unchanged"):
        return len(set(amounts)) == 1 and named == days[0][0]
    if phrase.startswith("the lowest seen"):
        return now == min(amounts) and named == days[0][0]
    if phrase.startswith("the highest seen"):
        return now == max(amounts) and named == days[0][0]
    lower = [(day, amount) for day, amount in days if amount < now]
    after = [amount for day, amount in days if named < day < newest]
    long_ago = (newest - named).days >= 90 and any(amount > now for amount in after)
    right = lower[-1] == (named, float(phrase.rpartition("(")[2].rstrip(")")))
    return (
        right and long_ago == ("the lowest since" in phrase) and beside_median(phrase, now, last_year(days))
    )


def beside_median(phrase: str, now: float, year: Days) -> bool:
    bears = len(year) >= 3 and (year[-1][0] - year[0][0]).days >= 90
    if not bears:
        return "median" not in phrase
    gap = now / median(amount for _, amount in year) - 1
    if abs(gap) < 0.02:
        return phrase.startswith("at its 12-month median; ")
    return phrase.startswith(f"{abs(gap):.0%} {'above' if gap > 0 else 'below'} its 12-month median; ")


def trend(word: str, share: float, year: Sequence[tuple[date, float]]) -> bool:
    """The median slope of all pairs of days, where three quarters of those that differ agree."""
    slopes = sorted(
        (amount - before) / (day - earlier).days
        for at, (day, amount) in enumerate(year)
        for earlier, before in year[:at]
    )
    rises, falls = len([s for s in slopes if s > 0]), len([s for s in slopes if s < 0])
    rise = median(slopes) * (year[-1][0] - year[0][0]).days / median(amount for _, amount in year)
    clear = max(rises, falls) >= 0.75 * (rises + falls) and abs(rise) >= 0.05
    if not word:
        return len(year) >= 5 and not clear
    return (
        len(year) >= 5 and clear and (rise > 0) == (word == "Rising") and abs(abs(rise) - share) <= 0.005001
    )
