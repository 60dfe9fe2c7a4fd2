"""The tiny shop and a desk over it, for every test of the agent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.desk import Desk
from agent.plan import Plan, PlanNeed
from index.search import Index
from tests.agent.shop import QUESTION, open_shop

NEEDS = (
    PlanNeed(on="price", op="<=", value="60 EUR"),
    PlanNeed(on="capacity", op=">=", value="1500 ml"),
    PlanNeed(on="colour", op="!=", value="red"),
    PlanNeed(on="noise_level", op="low", hard=False),
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Index]:
    """The shop's index."""
    with open_shop(tmp_path / "home") as index:
        yield index


@pytest.fixture
def desk(shop: Index) -> Desk:
    """A desk with the question's card and no plan."""
    return Desk(index=shop, cards=shop.card(QUESTION))


@pytest.fixture
def planned(desk: Desk) -> Desk:
    """A desk whose plan holds the question's true needs."""
    desk.adopt(Plan(category="C1", needs=NEEDS))
    return desk
