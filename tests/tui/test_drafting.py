"""The report over the writer's shoulder: references filled, nothing shown by halves, record text inert."""

import pytest

from agent.desk import Desk
from tests.agent.conftest import desk, planned, shop
from tests.agent.shop import KETTLES, REVIEWS, kettle
from tui.drafting import Drafting

__all__ = ["desk", "planned", "shop"]  # the fixtures of a desk

STEP = (
    "Enough is known.</think>## Verdict\n{{P1.title}} at {{P1.price}} is the best [P1].\n\n## Picks\n"
    "- best: [P1] It is quiet: {{P1.N4}}, as {{N4}} asks; {{R1.s1}} {{P9.title}} {{P1.nothing}}\n"
)


@pytest.fixture
def seen(planned: Desk) -> Desk:
    """A desk on which a product and a review were seen."""
    planned.evidence.show_product(KETTLES[0], opened=True)
    planned.evidence.show_review(REVIEWS[0])
    return planned


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_references_become_what_they_stand_for_however_the_text_arrives(seen: Desk, size: int) -> None:
    drafting = Drafting(seen)
    pieces = [drafting.feed(STEP[at : at + size]) for at in range(0, len(STEP), size)]
    shown = "".join(pieces)
    assert shown.startswith("## Verdict\nBrissa Calm 17 at 49.90 EUR is the best [P1].")
    assert "It is quiet: 58 dB, as noise level asks" in shown
    assert f"“{REVIEWS[0].sentences[0]}”" in shown.replace("\\", "")
    # What stands for nothing known is shown as it was written.
    assert "{{P9.title}} {{P1.nothing}}" in shown.replace("\\", "")
    assert not any("{{P1.price" in piece for piece in pieces)


def test_nothing_is_shown_of_a_thought_or_a_call(seen: Desk) -> None:
    drafting = Drafting(seen)
    assert drafting.feed('Look.</think><tool_call>\n{"name": "plan", "arguments": {}}') == ""
    drafting.begin()
    assert drafting.feed("## Verdict\nNow. ").startswith("## Verdict")


def test_a_hostile_title_stays_text(planned: Desk) -> None:
    planned.evidence.show_product(kettle(9, "[x](http://evil.invalid) **now**", 20.0, 1.7, 50, "White"))
    shown = Drafting(planned).feed("## Verdict\n{{P1.title}} is the best.\n")
    assert "[x](" not in shown
    assert "**now**" not in shown
