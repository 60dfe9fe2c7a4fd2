"""Of an oracle's plan a learner is taught what it finds itself; what code read stands unless it mends it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.ledger import Need
from agent.plan import PlanNeed, bind, read_plan
from agent.policy import step_of
from distill.seats.oracle import oracle
from distill.stage import opened
from finetune.micro.reach import Learner, within_reach
from index.search import Index
from models.llama import LlamaEngine
from tests.distill.kettle_task import kettle_task
from tests.gguf_factory import write_gguf

PRICE = PlanNeed(on="price", op="<", value="60 EUR")
QUIET = PlanNeed(on="noise_level", op="low", hard=False)
QUIETEST = PlanNeed(on="noise_level", op="lowest", hard=False)
BIG = PlanNeed(on="capacity", op=">=", value="1500 ml")
RATED = PlanNeed(on="rating", op="high", hard=False)
BRAND = PlanNeed(on="brand", op="=", value="Brissa", hard=False)


@pytest.mark.parametrize(
    ("true", "read", "found", "reached"),
    [
        ((PRICE, BRAND), (PRICE,), (PRICE,), [PRICE]),
        ((PRICE, BRAND), (PRICE,), (PRICE, BRAND), [PRICE, BRAND]),
        ((PRICE,), (PRICE,), (BRAND,), [PRICE]),
        ((PRICE,), (PRICE, RATED), (PRICE, RATED), [PRICE, RATED]),
        ((PRICE,), (PRICE, RATED), (PRICE,), [PRICE]),
        ((PRICE, BIG), (), (BIG,), [BIG]),
        ((QUIET,), (QUIETEST,), (), [QUIETEST]),
        ((PRICE, BRAND), (PRICE, RATED), (), [PRICE]),
    ],
    ids=[
        "unfound",
        "found",
        "guessed",
        "kept",
        "left out",
        "nothing read",
        "means the same",
        "left all out",
    ],
)
def test_what_is_within_reach(
    shop: Index,
    true: Sequence[PlanNeed],
    read: Sequence[PlanNeed],
    found: Sequence[PlanNeed],
    reached: list[PlanNeed],
) -> None:
    card = shop.card_for(("Kitchen", "Kettles"))

    def bound(need: PlanNeed) -> Need:
        return bind(need, "", card, shop)

    assert within_reach(true, read, found, bound) == reached


def test_a_learner_is_asked_and_is_taught_no_more_than_the_oracle_knows(shop: Index, tmp_path: Path) -> None:
    learner = Learner(LlamaEngine.open(write_gguf(tmp_path / "random.gguf"), context_size=4096, threads=1))
    task = kettle_task()
    trajectory, desk = opened(task, shop, "oracle")
    plan = step_of(oracle(task).next(trajectory, desk))
    reached = learner.reaches(task, shop, plan, desk)
    assert plan.call is not None
    assert reached.call is not None
    read = desk.reading.needs
    known = {*read_plan(plan.call.arguments, read).needs, *read}
    assert set(read_plan(reached.call.arguments, read).needs) <= known
