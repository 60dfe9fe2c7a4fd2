"""What is worth opening, what is compared, and what a report names."""

from agent.desk import Desk
from agent.plan import PlanNeed
from agent.shortlist import answers, worth_opening
from agent.tools import execute
from agent.trajectory import Observation, ToolCall
from tests.agent.scripted import ScriptedPerson


def call(desk: Desk, name: str, **arguments: object) -> Observation:
    """What a call brings at the desk."""
    made = ToolCall.model_validate({"name": name, "arguments": arguments})
    return execute(made, desk, ScriptedPerson())


def titles(desk: Desk) -> list[str]:
    """What answers the question, best first."""
    return [product.title for product in answers(desk)]


def test_what_is_worth_opening_is_said_until_it_is_opened(planned: Desk) -> None:
    shown = call(planned, "product_search")
    waiting = [planned.evidence.tag_of(p) for p in worth_opening(planned)]
    assert shown.text.splitlines()[-1] == f"worth opening: {', '.join(waiting)}"
    for tag in waiting:
        opened = call(planned, "visit_product", id=tag)
    assert len(waiting) > 1
    assert "worth opening" not in opened.text


def test_a_comparison_without_names_is_of_the_best_that_were_found(planned: Desk) -> None:
    call(planned, "product_search", needs=[])
    compared = call(planned, "compare_products")
    assert compared.tags == tuple(planned.evidence.tag_of(p) for p in planned.ranked())
    assert planned.ranking == [p.id for p in planned.ranked()]


def test_what_was_opened_and_fits_answers_the_question(planned: Desk) -> None:
    found = call(planned, "product_search").tags
    assert titles(planned) == []
    for tag in found:
        call(planned, "visit_product", id=tag)
    assert titles(planned) == [p.title for p in planned.eligible()]
    assert len(titles(planned)) > 2


def test_where_a_thing_was_named_only_what_bears_its_name_answers(planned: Desk) -> None:
    for tag in call(planned, "product_search").tags:
        call(planned, "visit_product", id=tag)
    planned.add_need(PlanNeed(on="title", op="=", value="Calm 17", hard=False))
    assert len(planned.eligible()) > 1
    assert titles(planned) == ["Brissa Calm 17"]
    planned.rebind(planned.needs[-1].tag, PlanNeed(on="title", op="=", value="Nobody", hard=False))
    assert titles(planned) == [p.title for p in planned.eligible()]
