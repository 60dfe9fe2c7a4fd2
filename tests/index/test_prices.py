"""What stored prices allow to be said, and what they do not."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from index.prices.sentences import phrase, sentence, sentences
from index.prices.staleness import PricesOfSource, prices_by_source
from index.prices.standing import price_standing, price_standings
from index.product import Price, PriceObservation
from tests.index.shelf import LATER, lamp, observation, origin, stocked

DAY = date(2026, 3, 1)


def seen(*amounts: float, every: int = 30, currency: str = "EUR") -> list[PriceObservation]:
    """A price every so many days, the last of them on `DAY`."""
    first = DAY - timedelta(days=every * (len(amounts) - 1))
    return [
        PriceObservation(
            product_id="lamps:1",
            origin=origin(at + 1),
            price=Price(amount=amount, currency=currency, seen=first + timedelta(days=every * at)),
        )
        for at, amount in enumerate(amounts)
    ]


def said(history: Sequence[PriceObservation]) -> str:
    standing = price_standing(history)
    assert standing is not None
    return phrase(standing)


def told(history: Sequence[PriceObservation], today: date = DAY) -> str:
    standing = price_standing(history)
    assert standing is not None
    return " ".join(sentences(standing, today, 30))


def test_one_day_has_no_standing() -> None:
    assert price_standing(seen(10)) is None
    assert price_standing([*seen(10), *seen(9)]) is None


def test_the_lowest_of_a_day_counts() -> None:
    standing = price_standing([*seen(12, 10, 11), *seen(9)])
    assert standing is not None
    assert (standing.now.amount, standing.observations) == (9, 3)


def test_currencies_are_never_mixed() -> None:
    both = [*seen(30, 31, 32), *seen(5, 4, currency="USD", every=7)]
    assert [(s.now.currency, s.lowest.amount) for s in price_standings(both)] == [("EUR", 30), ("USD", 4)]
    assert price_standing(both, "USD") == price_standings(both)[1]
    assert price_standing(both, "CHF") is None


def test_two_days_are_no_median_and_neither_is_a_week() -> None:
    assert "median" not in told(seen(10, 12))
    assert "median" not in told(seen(10, 14, 12, 13, every=2))
    assert "Median 12.00 EUR of 4 days in the 12 months up to 2026-03-01." in told(seen(10, 14, 11, 13))


def test_the_median_is_of_the_year_up_to_the_newest_price() -> None:
    standing = price_standing(seen(100, 100, 100, 10, 20, 30, every=90))
    assert standing is not None
    assert (standing.median_days, standing.median_year) == (5, 30)


def test_a_price_that_never_changed_is_unchanged() -> None:
    assert said(seen(10, 10, 10)) == "unchanged since 2025-12-31"
    assert "Lowest" not in told(seen(10, 10, 10))


def test_the_lowest_and_the_highest_of_all_say_since_when_prices_were_seen() -> None:
    assert said(seen(12, 11, 10)) == "the lowest seen since 2025-12-31"
    assert said(seen(10, 9, 11)) == "the highest seen since 2025-12-31"


def test_lowest_since_needs_something_dearer_in_between_and_a_while() -> None:
    assert said(seen(9, 12, 12, 12, 10)).endswith("median; the lowest since 2025-11-01 (9.00)")
    assert said(seen(12, 12, 9, 12, 10)).endswith("; lower last on 2025-12-31 (9.00)")
    assert "lowest" not in said(seen(12, 9, 10, every=120))


def test_a_price_may_be_above_or_at_its_median() -> None:
    assert said(seen(9, 10, 10, 13, 12)) == "20% above its 12-month median; lower last on 2025-12-31 (10.00)"
    assert said(seen(9, 10, 10, 13, 10.1)).startswith("at its 12-month median; ")


def test_a_history_that_ended_long_ago_tells_no_present_price() -> None:
    later = DAY + timedelta(days=634)
    standing = price_standing(seen(12, 11, 10))
    assert standing is not None
    assert sentence(standing, DAY, 30) == "10.00 EUR, the lowest seen since 2025-12-31"
    assert (
        sentence(standing, later, 30)
        == "last seen at 10.00 EUR on 2026-03-01, 634 days ago; then the lowest seen since 2025-12-31"
    )
    assert "what it costs now is not known" in told(seen(12, 11, 10), later)
    assert "Now" not in told(seen(12, 11, 10), later)


def test_all_that_is_borne_is_told_with_its_days() -> None:
    assert told(seen(12, 14, 11, 13, 12.5), DAY + timedelta(days=1)) == (
        "Now 12.50 EUR, seen 2026-03-01 (1 day ago), at its 12-month median; "
        "lower last on 2025-12-31 (11.00). "
        "Lowest 11.00 EUR on 2025-12-31 (61 days ago); highest 14.00 EUR on 2025-12-01 (91 days ago). "
        "Median 12.50 EUR of 5 days in the 12 months up to 2026-03-01. "
        "No trend over that year. "
        "Seen on 5 days between 2025-11-01 and 2026-03-01 (120 days)."
    )


def test_a_trend_is_told_from_five_days_on_and_one_outlier_makes_none() -> None:
    assert "Rising over that year, by about 33% of the median." in told(seen(10, 11, 12, 13, 14))
    assert "Falling" in told(seen(14, 13, 12, 11, 10))
    assert "No trend" in told(seen(10, 10, 30, 10, 10, 10))
    assert "that year" not in told(seen(10, 11, 12, 13))


def test_a_day_at_the_beginning_of_time_has_a_standing_too() -> None:
    days = [observation(1, 9.0, date.min), observation(1, 8.0, date(1, 1, 2))]
    assert said(days) == "the lowest seen since 0001-01-01"
    assert told(days, date.max).startswith("Last seen at 8.00 EUR on 0001-01-02, ")


def test_a_price_of_a_day_to_come_is_not_called_todays() -> None:
    assert "seen 2026-03-01 (a day still to come)" in told(seen(12, 11), DAY - timedelta(days=1))


@given(
    st.lists(
        st.tuples(st.integers(0, 2000), st.floats(0, 1e6).map(lambda a: round(a, 2))), min_size=1, max_size=12
    )
)
def test_what_is_told_follows_from_the_observations(days: list[tuple[int, float]]) -> None:
    history = [
        PriceObservation(
            product_id="lamps:1",
            origin=origin(),
            price=Price(amount=amount, currency="EUR", seen=date(2020, 1, 1) + timedelta(days=day)),
        )
        for day, amount in days
    ]
    standing = price_standing(history)
    lowest: dict[date, float] = {}
    for price in (o.price for o in history):
        lowest[price.seen] = min(price.amount, lowest.get(price.seen, price.amount))
    assert (standing is None) == (len(lowest) < 2)
    if standing is None:
        return
    newest = max(lowest)
    assert standing.now.amount == lowest[newest]
    assert (standing.lowest.amount, standing.highest.amount) == (min(lowest.values()), max(lowest.values()))
    if "the lowest since" in phrase(standing):
        assert standing.lower_before is not None
        after = [a for d, a in lowest.items() if standing.lower_before.seen < d < newest]
        assert after
        assert min(after) >= lowest[newest] > standing.lower_before.amount
        assert max(after) > lowest[newest]
    assert all(text.endswith(".") for text in sentences(standing, newest, 30))


def test_a_new_price_of_a_file_imported_again_is_one_observation_more(tmp_path: Path) -> None:
    with stocked(tmp_path, 3) as catalog:
        with catalog.importing("lamps", "lamps.jsonl", "again") as batch:
            for number in range(3):
                batch.add(lamp(number, seen=LATER, amount=9.0 if number == 1 else None))
        assert [o.price.amount for o in catalog.prices("lamps:1")] == [11.0, 9.0]
        with catalog.importing("lamps", "lamps.jsonl", "once more") as batch:
            batch.add(lamp(1, seen=LATER, amount=9.0))
        assert len(catalog.prices("lamps:1")) == 2


def test_stale_prices_are_counted_by_source_and_a_newer_observation_counts(tmp_path: Path) -> None:
    with stocked(tmp_path, 3) as catalog:
        today = LATER + timedelta(days=25)
        assert prices_by_source(catalog, today, 30) == {"lamps": PricesOfSource(priced=3, stale=3)}
        with catalog.importing("prices", "seen.csv", "1") as batch:
            batch.add(observation(1, 9.0, LATER))
        assert prices_by_source(catalog, today, 30) == {"lamps": PricesOfSource(priced=3, stale=2)}
