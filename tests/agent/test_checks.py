"""What code sees of a plan, a call and a report before they are taken."""

from datetime import UTC, datetime

import pytest

from agent.checks.call import check_call
from agent.checks.plan import check_plan
from agent.checks.report import check_report
from agent.desk import Desk
from agent.opening import begin
from agent.plan import PlanNeed
from agent.report.draft import parse_draft
from agent.tools import execute
from agent.trajectory import Feedback, Observation, Step, ToolCall, Trajectory
from index.search import Index
from tests.agent.conftest import NEEDS
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import QUESTION

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Session:
    """A session that the test drives by hand."""

    def __init__(self, shop: Index, question: str = QUESTION) -> None:
        self.trajectory, self.desk = begin(question, shop, "test", 0, NOW)

    def does(self, name: str, answer: str = "", **arguments: object) -> None:
        """Carry a call out and keep it; the person answers this where they are asked."""
        call = a_call(name, **arguments)
        observation = execute(call, self.desk, ScriptedPerson(said=answer))
        assert not observation.error, observation.text
        self.trajectory = self.trajectory.and_then(Step(call=call), observation)

    def codes(self, name: str, **arguments: object) -> list[str]:
        """What the checks find in a call."""
        call = a_call(name, **arguments)
        check = check_plan if name == "plan" else check_call
        return [f.code for f in check(call, self.trajectory, self.desk)]


def a_call(name: str, **arguments: object) -> ToolCall:
    """A call."""
    return ToolCall.model_validate({"name": name, "arguments": arguments})


def planned(*needs: PlanNeed) -> list[dict[str, object]]:
    """Needs as a plan holds them."""
    return [n.model_dump() for n in needs]


@pytest.fixture
def session(shop: Index) -> Session:
    """A session before its plan."""
    return Session(shop)


@pytest.fixture
def searched(session: Session) -> Session:
    """A session with its plan and one search."""
    session.does("plan", category="C1", needs=planned(*NEEDS))
    session.does("product_search", query="quiet kettle")
    return session


def test_a_plan_with_everything_that_was_said_passes(session: Session) -> None:
    assert session.codes("plan", category="C1", needs=planned(*NEEDS)) == []


@pytest.mark.parametrize(("left_out", "code"), [(0, "budget_forgotten"), (1, "need_missing")])
def test_a_plan_that_lacks_what_was_said_is_found_out(session: Session, left_out: int, code: str) -> None:
    needs = [n for at, n in enumerate(NEEDS) if at != left_out]
    assert session.codes("plan", category="C1", needs=planned(*needs)) == [code]


def test_a_number_that_lost_its_unit_is_found_out(shop: Index) -> None:
    session = Session(shop, "a kettle for at least 1500 ml under 60 EUR")
    needs = (NEEDS[0], PlanNeed(on="capacity", op=">=", value="1500"))
    assert session.codes("plan", category="C1", needs=planned(*needs)) == ["unit_missing"]


def test_a_number_in_the_attributes_own_unit_may_stand_bare(shop: Index) -> None:
    session = Session(shop, "a kettle for at least 1.5 liters under 60 EUR")
    needs = (NEEDS[0], PlanNeed(on="capacity", op=">=", value="1.5"))
    assert session.codes("plan", category="C1", needs=planned(*needs)) == []


def test_what_no_card_has_and_what_cannot_be_are_found_out(session: Session) -> None:
    flight = PlanNeed(on="wingspan", op=">=", value="2 m")
    low, high = PlanNeed(on="capacity", op="<=", value="1 l"), PlanNeed(on="capacity", op=">=", value="1.5 l")
    found = session.codes("plan", category="C1", needs=planned(*NEEDS, flight, low, high))
    assert list(dict.fromkeys(found)) == ["unknown_attribute", "contradiction"]


def test_a_plan_that_is_no_plan_is_found_out(session: Session) -> None:
    assert session.codes("plan", needs=[]) == ["bad_arguments"]
    assert session.codes("plan", category="C9", needs=[]) == ["unknown_category"]


def test_a_call_that_was_made_before_is_found_out(searched: Session) -> None:
    assert searched.codes("product_search", query="quiet kettle") == ["repeated_call"]


@pytest.mark.parametrize("query", ["kettle quiet", "the quiet kettles", "Quiet, kettle"])
def test_the_same_search_in_other_words_is_found_out(searched: Session, query: str) -> None:
    assert searched.codes("product_search", query=query) == ["repeated_search"]


def test_after_another_plan_the_same_search_is_another(searched: Session) -> None:
    searched.does(
        "ask_user", answer="No, not at all.", question="Is the colour important?", options=["yes", "no"]
    )
    searched.does("plan", category="C1", needs=planned(*NEEDS[:2]))
    assert searched.codes("product_search", query="quiet kettle") == []


def test_another_page_or_other_needs_are_another_search(searched: Session) -> None:
    assert searched.codes("product_search", query="quiet kettle", page=2) == []
    assert searched.codes("product_search", query="quiet kettle", needs=["N1"]) == []


def test_tags_that_were_never_shown_and_needs_that_are_none_are_found_out(searched: Session) -> None:
    assert searched.codes("visit_product", id="P99") == ["unknown_tag"]
    assert searched.codes("product_search", query="kettle", needs=["N9"]) == ["bad_call"]
    assert searched.codes("web_visit", id="W1") == ["bad_call"]


def test_a_search_for_what_nobody_spoke_of_is_found_out(searched: Session) -> None:
    assert searched.codes("product_search", query="qzx vrrl") == ["off_topic"]


def test_a_question_without_words_is_found_out(searched: Session) -> None:
    assert searched.codes("ask_user", question="x7$ qq", options=["a", "b"]) == ["unclear_question"]
    assert searched.codes("ask_user", question="Which colour do you like?", options=["a", "b"]) == []


def test_options_of_which_two_are_the_same_are_found_out(searched: Session) -> None:
    options = ["keep_warm", "keep warm", "nothing else"]
    assert searched.codes("ask_user", question="What else matters?", options=options) == ["unclear_question"]


def reported(session: Session, text: str) -> list[str]:
    """What the checks find in a report."""
    return [f.code for f in check_report(parse_draft(text), session.trajectory, session.desk)]


@pytest.fixture
def ready(searched: Session) -> Session:
    """A session that looked at enough."""
    for tag in ("P1", "P2", "P3"):
        searched.does("visit_product", id=tag)
    searched.does("product_reviews", id="P2")
    searched.does("compare_products", ids=["P1", "P2", "P3"])
    return searched


ALSO = "- also: [P2] Quiet.\n- also: [P3] Quiet.\n"
SOUND = f"## Verdict\nTake {{{{P1.title}}}} [P1].\n## Picks\n- best: [P1] Quiet.\n{ALSO}"


def test_a_report_with_enough_behind_it_passes(ready: Session) -> None:
    assert reported(ready, SOUND) == []


def test_a_report_after_one_look_is_found_out(searched: Session) -> None:
    searched.does("visit_product", id="P1")
    assert "stopped_early" in reported(searched, SOUND)


def test_a_look_that_was_sent_back_is_no_look(searched: Session) -> None:
    for tag in ("P1", "P2", "P3"):
        searched.does("visit_product", id=tag)
    searched.does("compare_products", ids=["P1", "P2", "P3"])
    refused = Step(call=a_call("product_reviews", id="P9")), Feedback(text="P9 was never shown.")
    searched.trajectory = searched.trajectory.and_then(*refused)
    assert reported(searched, SOUND) == ["stopped_early"]


def test_who_is_told_to_stop_may_stop_early(searched: Session) -> None:
    searched.does("visit_product", id="P1")
    searched.desk.stop = True
    assert "stopped_early" not in reported(searched, SOUND)


def test_a_verdict_that_names_no_record_is_found_out(ready: Session) -> None:
    bare = SOUND.replace("Take {{P1.title}} [P1]", "This is the one to take")
    assert reported(ready, bare) == ["no_citation"]


def test_what_fits_and_is_not_named_is_found_out(ready: Session) -> None:
    one = SOUND.removesuffix(ALSO)
    assert reported(ready, one) == ["left_out"]


def test_one_review_that_speaks_for_everyone_is_found_out(ready: Session) -> None:
    one = SOUND + "## Reviews\n- [P2] praise: Everyone agrees: {{R1.s1}} [R1]\n"
    assert reported(ready, one) == ["one_review"]
    honest = SOUND + "## Reviews\n- [P2] praise: One buyer says: {{R1.s1}} [R1]\n"
    assert reported(ready, honest) == []


def test_what_the_person_said_is_their_questions_and_answers(desk: Desk) -> None:
    asked = Trajectory(id="t", wire=1, started=NOW, author="x").and_then(
        Step(call=a_call("ask_user", question="Size?", options=["a", "b"])),
        Observation(text="The person answers: big"),
        Step(call=a_call("ask_user", question="Colour?", options=["a", "b"])),
        Observation(text="The person skips this."),
    )
    assert asked.spoken == ("big",)
    assert desk.plan is None
