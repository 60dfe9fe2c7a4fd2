"""Synthesis over catalogues and histories that others published: parts, two shops, four kinds of history."""

import gzip
import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from distill.drawing.streams import home_tasks
from distill.drawing.tasks import Tally
from distill.filtering.record import FilterSettings
from distill.filtering.run import filter_dialogues
from distill.running.casting import Casting, CastSpec
from distill.seats.rules_user import RulesUser
from distill.stage import hold
from distill.task import Task
from distill.truth import truth
from distill.worlds.open import Worlds
from tests.index.importing import imported, written
from tests.slow import slow

TESTS = Path(__file__).parents[1]
SHARED = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", TESTS / "../../shared/data"))
HISTORIES = {
    "uci_online_retail": "uci-online-retail/dev/histories.jsonl.gz",
    "tau_bench_retail": "tau-bench-retail/orders.json.gz",
    "ubi_search_events": "ubi-search-events/ubi_events.jsonl.gz",
    "retail_demo_store": "retail-demo-store/users_personas.jsonl.gz",
}
OTHERS = sorted(HISTORIES.keys() - {"tau_bench_retail"})
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="PRODUCTRESEARCH_SHARED_DATA is absent")


def parts(home: Path) -> None:
    """Every fortieth of the real parts, with their price histories."""
    for file, schema in (("pc_parts", "pc_parts"), ("price_history", "pc_prices")):
        with gzip.open(SHARED / f"pc-parts/{file}.jsonl.gz", "rt", encoding="utf-8") as lines:
            some = written(home, f"{file}.jsonl", "".join(islice(lines, 0, None, 40)))
        imported(home, some, TESTS / f"schemas/{schema}.toml")


def clothes(home: Path) -> None:
    """A sample shop with the reviews that people wrote for it."""
    for file in ("products", "reviews"):
        imported(home, SHARED / f"magento-sample/{file}.jsonl", None)


def wide_shop(home: Path) -> None:
    """A shop of twenty categories, its currency given."""
    imported(home, SHARED / "retail-demo-store/products.jsonl.gz", None, {"currency": "USD"})


def drawn(home: Path, count: int, *histories: str) -> list[Task]:
    """Tasks over a home, around the people of these history files."""
    files = [(SHARED / HISTORIES[h], TESTS / f"schemas/histories/{h}.toml") for h in histories]
    return list(home_tasks(home, files, count, 5, RulesUser, Tally()))


MISREAD = "The person said new = yes; the plan lacks it."
"""The clothes have a flag `new`, a word that many questions say in passing, and the check of plans then asks
for it: 10 of 240 tasks over ten seeds."""


@pytest.mark.longer
@pytest.mark.parametrize(
    ("fill", "most_misread"),
    [
        (parts, 0),
        pytest.param(clothes, 2, marks=pytest.mark.slow),
        pytest.param(wide_shop, 0, marks=pytest.mark.slow),
    ],
)
def test_supervised_dialogues_over_real_catalogues_answer_their_tasks(
    fill: Callable[[Path], None], most_misread: int, tmp_path: Path
) -> None:
    fill(tmp_path)
    casting = Casting(CastSpec(fault_share=0.5, seed=5))
    with Worlds(tmp_path) as worlds:
        index = worlds.index("home")
        tasks = drawn(tmp_path, 24)
        held = [(task, hold(task, index, casting.cast(task, index)[0])) for task in tasks]
        misread = [task.id for task, done in held if done.dialogue.cause.endswith(MISREAD)]
        assert len(misread) <= most_misread
        for task, done in held:
            if task.id in misread:
                continue
            fitting = truth(task.category, task.last_needs, index).fitting
            assert done.dialogue.stop == "reported", done.dialogue.cause
            assert set(done.dialogue.picks) <= fitting
        pairs = [(task, done.dialogue) for task, done in held]
        funnel = filter_dialogues(pairs, worlds.index, FilterSettings(balance=24), tmp_path / "run")
    assert funnel.kept >= 20


@pytest.mark.longer
@pytest.mark.parametrize("history", ["tau_bench_retail", *slow(*OTHERS)])
def test_people_of_every_kind_of_history_ask_over_the_parts(history: str, tmp_path: Path) -> None:
    parts(tmp_path)
    tasks = drawn(tmp_path, 8, history)
    assert len(tasks) == 8
    assert len({t.persona.user for t in tasks}) > 1
