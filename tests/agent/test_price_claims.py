"""Claims on a price over time: only what stored observations bear may stand.

P1 was seen at 39.00, 32.00, 37.00 and 34.50 EUR; of P2 one day is known, and of P5 no price at all.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from agent.desk import Desk
from agent.report.draft import parse_draft
from agent.report.price_claims import price_claims
from agent.report.verify import verify
from index.search import Index
from tests.agent.report_desk import QUESTION, REVIEWS, SEEN, desk_over, open_index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with open_index(tmp_path_factory.mktemp("kettles")) as opened:
        yield opened


@pytest.fixture
def desk(index: Index) -> Desk:
    return desk_over(index)


def found(sentence: str, desk: Desk, today: date = SEEN) -> list[str]:
    """Hints on a sentence that stands among the trade-offs, where nothing is implied."""
    text = f"## Verdict\nBuy [P1].\n## Picks\n- best: [P1]\n## Trade-offs\n- {sentence}\n"
    return [f.hint for f in verify(parse_draft(text), desk, QUESTION, today)]


@pytest.mark.parametrize(
    "sentence",
    [
        "[P1] is 3% below its 12-month median.",
        "[P1] asks {{P1.price}}, below its median.",
        "The price dropped from 37.00 to {{P1.price}} [P1].",
        "[P1] has fallen in price.",
        "[P1] is the lowest since December 2025 (32.00 EUR).",
        "[P1] is the lowest price seen since 2025-12-24 (32.00).",
        "[P1] is at its lowest price in 2 months.",
        "It is not known whether [P1] is the cheapest in years.",
        "[P2] is the cheapest and [P1] the dearest.",
        "[P2] is the cheapest since it has no thermostat.",
        "[P1] has the lowest price in the comparison.",
        "Its price is up to your limit of 40 EUR [P1].",
    ],
)
def test_what_the_observations_bear_may_stand(desk: Desk, sentence: str) -> None:
    assert found(sentence, desk) == []


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("[P1] is the lowest since 2024.", "lowest since 2024"),
        ("[P1] is the lowest price since 2025-11-01.", "lowest price since 2025-11-01"),
        ("[P1] is the lowest since 2025-12-24 (31.00).", "lowest since 2025-12-24 (31.00)"),
        ("[P1] is the cheapest since last summer.", "cheapest since last"),
        ("[P1] is the cheapest in 6 months.", "cheapest in 6 months"),
        ("[P1] is the cheapest in years.", "cheapest in years"),
        ("[P1] is the cheapest in 9999 years.", "cheapest in 9999 years"),
        ("[P1] is the lowest since 0000.", "lowest since 0000"),
        ("[P1] is at its lowest price.", "at its lowest"),
        ("An all-time low for [P1].", "all-time low"),
        ("[P1] has never been cheaper.", "never been cheaper"),
        ("The price of [P1] rose: the price went up.", "price went up"),
        ("The price dropped from 50.00 to {{P1.price}} [P1].", "price dropped from 50.00"),
        ("The price dropped from 32.00 to {{P1.price}} [P1].", "price dropped from 32.00"),
        ("[P1] is above its 12-month median.", "above its 12-month median"),
        ("[P1] is 12% below its usual price.", "12% below its usual price"),
        ("[P1] has a stable price.", "stable price"),
        ("[P1] is the highest since 2025-12-24.", "highest since 2025-12-24"),
        ("[P2] is the lowest since 2025.", "lowest since 2025"),
        ("The price dropped for [P2].", "price dropped"),
        ("[P5] has become cheaper.", "become cheaper"),
        ("[P1] and [P2] are below their limits, and [P1] and [P2] got cheaper.", "got cheaper"),
        ("Prices fell.", "Prices fell"),
    ],
)
def test_what_no_observation_bears_is_a_fault(desk: Desk, sentence: str, claim: str) -> None:
    assert found(sentence, desk) == [f"{claim!r} is not what stored prices say; leave it out."]


def test_a_highest_since_is_read_as_a_lowest_is() -> None:
    (claim,) = price_claims("the highest since 2026-02-01")
    assert (claim.kind, claim.since) == ("price_highest", (date(2026, 2, 1), date(2026, 2, 1)))


def test_a_history_that_ended_long_ago_bears_nothing_on_a_present_price(desk: Desk) -> None:
    sentence = "[P1] is 3% below its 12-month median."
    assert found(sentence, desk, SEEN + timedelta(days=30)) == []
    assert found(sentence, desk, SEEN + timedelta(days=31)) != []
    desk.freshness = desk.freshness.model_copy(update={"price": 40})
    assert found(sentence, desk, SEEN + timedelta(days=31)) == []


def test_what_a_cited_review_says_of_the_price_may_be_repeated(desk: Desk) -> None:
    assert found("A buyer says it is the cheapest ever [P1] [R1].", desk) != []
    said = REVIEWS[0].model_copy(update={"id": "r9", "sentences": ("The cheapest ever.",)})
    tag = desk.evidence.show_review(said).tag
    assert found(f"A buyer says it is the cheapest ever [P1] [{tag}].", desk) == []


def test_a_date_that_there_is_not_is_never_borne(desk: Desk) -> None:
    assert found("[P1] is the lowest since 2025-02-31.", desk) != []
