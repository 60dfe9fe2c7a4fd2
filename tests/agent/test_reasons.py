"""Why a product is picked: what code adds to the words of the author."""

from collections.abc import Iterator

import pytest

from agent.desk import Desk
from agent.ledger import Need
from agent.report.assemble import assemble
from agent.report.draft import parse_draft
from agent.report.reasons import SLIGHT
from index.product import Attribute
from index.search import Index
from tests.agent.report_desk import NEEDS, PRODUCTS, desk_over, number, open_index, trajectory

BARE = "The same as [P1] on what you asked."


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with open_index(tmp_path_factory.mktemp("kettles")) as opened:
        yield opened


def reasons(index: Index, picks: str, desk: Desk | None = None, needs: tuple[Need, ...] = ()) -> list[str]:
    """What stands behind each pick."""
    report = assemble(
        parse_draft(f"## Picks\n{picks}"), desk or desk_over(index, needs=needs or NEEDS[:3]), trajectory()
    )
    return [" ".join("".join(p.text for p in sentence) for sentence in pick.reason) for pick in report.picks]


@pytest.mark.parametrize("written", [BARE, BARE.removesuffix("."), "Fits too at {{P2.price}}."])
def test_where_the_author_tells_no_difference_code_tells_what_nobody_asked_for(
    index: Index, written: str
) -> None:
    best, other = reasons(index, f"- best: [P1] Cheap.\n- also: [P2] {written}\n")
    assert best == "Cheap."
    assert other.endswith(
        ". Beside what you asked: keep warm no against yes, noise level 71 dB against 62 dB of P1."
    )


def test_a_value_that_the_author_tells_is_enough(index: Index) -> None:
    _, other = reasons(index, "- best: [P1] Cheap.\n- also: [P2] Holds {{P2.capacity}}.\n")
    assert other == "Holds 1.7 L."


def test_what_is_asked_for_is_left_to_the_needs(index: Index) -> None:
    _, other = reasons(index, "- best: [P1] Cheap.\n- also: [P2] At {{P2.price}}.\n", needs=NEEDS[:4])
    assert other == "At 19.99 EUR; it misses the wish on noise level (71 dB)."


def test_a_pick_without_words_of_the_author_begins_with_what_sets_it_apart(index: Index) -> None:
    _, other = reasons(index, "- best: [P1] Cheap.\n- also: [P2]\n")
    assert other.startswith("Beside what you asked: keep warm")


def test_without_a_best_pick_nothing_is_held_against_it(index: Index) -> None:
    assert reasons(index, "- also: [P2] Cheap.\n") == ["Cheap."]


def test_after_the_first_five_a_clause_is_enough(index: Index) -> None:
    desk = desk_over(index, needs=NEEDS[1:2], opened=(1, 2, 3, 4, 5, 7))
    picks = "".join(f"- also: [P{number}] Fits too.\n" for number in (3, 4, 5, 7, 2))
    told = reasons(index, f"- best: [P1] Cheap.\n{picks}", desk)
    assert [len(reason) > len("Fits too.") for reason in told] == [False, True, True, True, False, False]


@pytest.mark.parametrize(
    ("mine", "told"),
    [
        (number("noise_level", 62 * (1 + SLIGHT / 2), "dB"), False),
        (number("noise_level", 62 * (1 + SLIGHT * 2), "dB"), True),
        (Attribute(name="noise_level", raw="61-64 dB", low=61, high=64, unit="dB"), False),
        (Attribute(name="noise_level", raw="50-62 dB", low=50, high=62, unit="dB"), True),
        (Attribute(name="noise_level", raw="loud", words=("loud",)), True),
        (Attribute(name="trap", raw="no"), False),
    ],
)
def test_what_differs_by_little_is_not_told(index: Index, mine: Attribute, told: bool) -> None:
    desk = desk_over(index, needs=NEEDS[:3])
    product = PRODUCTS[2]
    kept = tuple(a for a in product.attributes if a.name != "noise_level")
    desk.evidence.show_product(product.model_copy(update={"attributes": (*kept, mine)}), opened=True)
    desk.needs[0] = NEEDS[1]
    _, other = reasons(index, f"- best: [P1] Cheap.\n- also: [P3] {BARE}\n", desk)
    assert ("Beside what you asked: noise level" in other) is told
