"""How a question enters a session: with the catalogue card, what code read of it, and the person's past."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.card_text import card_text, reading_line, without_reading
from agent.desk import Desk
from agent.opening import begin, follow_up, unread
from agent.plan import Plan, PlanNeed
from agent.reading.read import Reading
from agent.tools import execute
from agent.trajectory import Question, Trajectory
from agent.wire import outside_text
from index.search import Index
from tests.agent.scripted import ScriptedPerson, call
from tests.agent.shop import QUESTION, kettle, open_shop

NOW = datetime(2026, 11, 1, tzinfo=UTC)
READ = (
    "Read by code, to be checked: C1; noise_level low (wish); capacity >= 1.5 L; price < €60; colour != red"
)

TOASTER = kettle(21, "Marn Toast", 70.0, 1.0, None, "White").model_copy(
    update={"category": ("Kitchen", "Toasters")}
)


def card(trajectory: Trajectory) -> str:
    """What stands beside the newest question."""
    asked = trajectory.entries[-1]
    assert isinstance(asked, Question)
    return asked.card


def test_what_code_read_of_a_question_stands_under_its_card_and_before_the_history(shop: Index) -> None:
    trajectory, desk = begin(QUESTION, shop, "rules", 0, NOW, history=("2026-05-01 ordered a kettle",))
    told = card_text(desk.cards)
    assert card(trajectory) == f"{told}\n{READ}\nThe person's history\n- 2026-05-01 ordered a kettle"
    assert without_reading(card(trajectory)) == f"{told}\nThe person's history\n- 2026-05-01 ordered a kettle"


@pytest.mark.parametrize("question", ["kettles", "?!", "조용한"])
def test_where_no_need_was_read_nothing_is_said_of_it(shop: Index, question: str) -> None:
    trajectory, desk = begin(question, shop, "rules", 0, NOW)
    assert card(trajectory) == card_text(desk.cards)
    assert without_reading(card(trajectory)) == card(trajectory)


def test_a_follow_up_about_another_kind_of_thing_brings_its_card_and_what_was_read(tmp_path: Path) -> None:
    with open_shop(tmp_path / "wider", [TOASTER]) as wider:
        trajectory, desk = begin("a quiet kettle", wider, "rules", 0, NOW)
        desk.cards = desk.cards[:1]
        trajectory = follow_up("and a toaster under 80 EUR?", trajectory, desk, "rules", NOW)
    told = card(trajectory).splitlines()
    assert told[1].startswith("C2 Kitchen > Toasters")
    assert told[-1] == "Read by code, to be checked: C2; price < €80"


def test_whoever_comes_back_to_a_kind_comes_back_to_what_they_asked_of_it(tmp_path: Path) -> None:
    with open_shop(tmp_path / "wider", [TOASTER]) as wider:
        trajectory, desk = begin("a quiet kettle under 60 EUR", wider, "rules", 0, NOW)
        desk.cards = desk.cards[:1]
        for said, read in (
            ("and a toaster under 80 EUR?", "C2; price < €80"),
            ("in white", "C2; price < €80; colour = white"),
            ("back to the kettles, in white", "C1; noise_level low (wish); price < €60; colour = white"),
        ):
            desk.adopt(Plan(category=desk.reading.category, needs=desk.reading.needs))
            desk = Desk.restore(wider, desk.state(), ())
            trajectory = follow_up(said, trajectory, desk, "rules", NOW)
            assert card(trajectory).splitlines()[-1] == f"Read by code, to be checked: {read}"


def test_beside_a_follow_up_stands_what_was_planned_with_what_code_read_since(shop: Index) -> None:
    trajectory, desk = begin("a quiet kettle", shop, "rules", 0, NOW)
    amended = call("", "plan", category="C1", needs="as read; price < 60 EUR").call
    assert amended is not None
    execute(amended, desk, ScriptedPerson())
    told = card(follow_up("and in black?", trajectory, desk, "rules", NOW))
    read = "Read by code, to be checked: C1; noise_level low (wish); price < 60 EUR; colour = black"
    assert told == read


def test_an_answer_is_read_where_it_stands_and_planned_for_as_read(shop: Index) -> None:
    _, desk = begin("a quiet kettle", shop, "rules", 0, NOW)
    for step in (
        call("", "plan", category="C1", needs="as read"),
        call("", "ask_user", question="Which colour?", options=["white", "black"]),
        call("", "plan", category="C1", needs="as read; not noise_level"),
    ):
        assert step.call is not None
        observation = execute(step.call, desk, ScriptedPerson(said="black"))
        if step.call.name == "ask_user":
            assert observation.answer == "black"
            assert outside_text(observation).splitlines() == [
                "The person answers: black",
                "Read by code, to be checked: C1; noise_level low (wish); colour = black",
            ]
    assert [need.bound for need in desk.needs] == ["colour = black"]


def test_whoever_has_to_understand_by_itself_is_told_nothing_that_code_read(shop: Index) -> None:
    trajectory, desk = begin("a quiet kettle", shop, "rules", 0, NOW)
    (asked,) = trajectory.entries
    assert isinstance(asked, Question)
    assert unread(asked, desk).card == card_text(desk.cards)
    assert desk.reading == Reading()


def test_a_need_that_spans_lines_is_told_in_one() -> None:
    named = PlanNeed(on="title", op="=", value="Brissa\nCalm  17", hard=False)
    line = reading_line(Reading(category="C1", needs=(named,)))
    assert line == "Read by code, to be checked: C1; title = Brissa Calm 17 (wish)"
    assert without_reading(f"Catalogue card\n{line}") == "Catalogue card"


PAST = (
    "2026-01-02 ordered Brissa Calm 17 Kettle, 49.00 EUR",
    "2026-02-02 ordered Brissa Swift Kettle, 39.00 EUR",
    "2026-03-02 ordered Tolva One Kettle, 30.00 EUR",
    "2026-03-09 returned Tolva One Kettle: not quiet enough",
)


def test_what_a_past_shows_is_wished_for_beside_what_the_question_says(shop: Index) -> None:
    _, desk = begin("a black kettle", shop, "rules", 0, NOW, PAST)
    (colour, *shown) = desk.reading.needs
    assert colour.hard
    assert [need.line() for need in shown] == ["noise_level low (wish)", "brand = Brissa (wish)"]
    _, desk = begin("a kettle from Tolva, under 30 dB", shop, "rules", 0, NOW, PAST)
    assert {need.on for need in desk.reading.needs} == {"brand", "noise_level"}
    assert all(need.hard for need in desk.reading.needs)
