"""What the micro agent learns from, drawn over a small shop."""

from pathlib import Path

import pytest

from agent.desk import Desk
from agent.trajectory import Step
from distill.task import Task
from finetune.micro.corpus import CorpusSpec, Rendered, work
from finetune.micro.template import template_source
from index.catalog import Catalog
from index.demo.shop import build_demo
from index.search import Index
from models.template import ChatTemplate

SPEC = CorpusSpec(tasks=2, seed=3, home_share=1)
SMALL = 3000
SMALLEST = 1600
"""So small that some pieces end with their first plan."""
PLAN = '"name": "plan"'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a shop of 200 products."""
    folder = tmp_path_factory.mktemp("home")
    with Catalog.open(folder / "catalog.sqlite") as catalog:
        build_demo(catalog, products=200)
    return folder


class Asked:
    """Somebody who is asked what is within reach; of whole dialogues nobody asks."""

    def reaches(self, task: Task, index: Index, plan: Step, desk: Desk) -> Step:
        """Everything."""
        raise AssertionError((task, index, plan, desk))


def learnt(sample: Rendered) -> str:
    """What a student learns to write of a sample."""
    return "".join(span.piece.text for span in sample if span.supervised)


def test_a_long_dialogue_is_learnt_in_contexts_that_begin_with_what_is_carried_over(home: Path) -> None:
    template = ChatTemplate.from_source(template_source())
    whole = list(work(home, SPEC, template))
    parts = list(work(home, SPEC.model_copy(update={"context": SMALL}), template))
    assert len(parts) > len(whole) == SPEC.tasks
    assert "".join(map(learnt, parts)) == "".join(map(learnt, whole))
    told = ["".join(span.piece.text for span in part) for part in parts]
    begun_anew = [text for text in told if "Searched so far:" in text]
    assert len(begun_anew) == len(parts) - len(whole)
    assert all("found with" in text for text in begun_anew)


@pytest.mark.slow
def test_the_first_plan_is_not_learnt_where_an_oracle_knew_more_than_can_be_told(home: Path) -> None:
    template = ChatTemplate.from_source(template_source())
    spec = SPEC.model_copy(update={"tasks": 12})
    whole = [learnt(sample).count(PLAN) for sample in work(home, spec, template)]
    within_reach = [learnt(sample).count(PLAN) for sample in work(home, spec, template, Asked())]
    assert within_reach == [plans - 1 for plans in whole]
    assert max(within_reach) > 0
    parts = work(home, spec.model_copy(update={"context": SMALLEST}), template, Asked())
    assert all(learnt(part) for part in parts)
