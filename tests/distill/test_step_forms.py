"""A step over servers of every dialect: asked for, written as it comes, and read."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.loop import Reported, Research, Writing
from agent.opening import begin
from agent.policy import PolicyError
from agent.rules import RulesPolicy
from agent.session import Sessions
from agent.trajectory import Feedback, Observation, Step, ToolCall
from agent.wire import step_pieces
from distill.seats.asking import Limits
from distill.seats.roles import SeatError
from distill.seats.served_policy import ServedPolicy, step_of
from distill.seats.step_forms import in_words, step_forms
from distill.seats.step_json import read_step, step_schema, written_step
from distill.seats.step_showing import StepShowing
from distill.seats.tally import Tally
from index.search import Index
from models.completion import Reply
from models.engine import Sampling
from models.served import ServedClient
from models.served_stream import Written
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import QUESTION, open_shop
from tests.dialects import DONE, MODEL, Answer, Dialect, chunk, event, serving, spoken, stream

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CALL = Step(thought="I look.", call=ToolCall(name="product_search", arguments={"query": 'a "kettle"'}))
REPORT = Step(thought="Done.", report='## Verdict\nTake {{P1.title}} [P1]. It says "so".\n## Picks\n- none')


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The tiny shop."""
    with open_shop(tmp_path_factory.mktemp("shop")) as index:
        yield index


def research(policy: Any, shop: Index, folder: Path) -> tuple[list[Any], tuple[Step, ...]]:
    """The events of a run, and its steps."""
    sessions = Sessions(folder / "sessions.sqlite")
    trajectory, desk = begin(QUESTION, shop, policy.author, 0, NOW)
    run = Research(policy, ScriptedPerson(), sessions, trajectory, desk)
    events = list(run.run())
    sessions.close()
    return events, tuple(e for e in run.trajectory.entries if isinstance(e, Step))


def house(step: Step) -> str:
    """A step as the grammar has it."""
    return "".join(piece.text for piece in step_pieces(step))


def as_asked(step: Step, request: dict[str, Any]) -> Answer:
    """A step in the form that a request leaves."""
    if "grammar" in request:
        return spoken(house(step))
    if "tools" not in request:
        return spoken(written_step(step))
    if step.call is None:
        return stream(
            event(chunk(reasoning=step.thought)),
            event(chunk(content=step.report)),
            event(chunk("stop")),
            DONE,
        )
    arguments = json.dumps(step.call.arguments)
    begun = {"index": 0, "id": "c", "function": {"name": step.call.name, "arguments": arguments[:3]}}
    more = {"index": 0, "function": {"arguments": arguments[3:]}}
    parts = [chunk(reasoning=step.thought), chunk(tool_calls=[begun]), chunk("tool_calls", tool_calls=[more])]
    return stream(*map(event, parts), DONE)


@pytest.mark.parametrize(
    ("refuses", "ignores", "form"),
    [
        ((), (), "grammar+tools"),
        (("grammar+tools",), (), "grammar"),
        ((), ("grammar",), "response_format"),
        (("grammar", "response_format"), (), "tools"),
        (("grammar", "response_format", "tools"), (), ""),
    ],
)
def test_every_dialect_takes_the_same_steps_to_a_report_that_is_told_as_it_is_written(
    shop: Index, tmp_path: Path, refuses: tuple[str, ...], ignores: tuple[str, ...], form: str
) -> None:
    _, decided = research(RulesPolicy(), shop, tmp_path)
    steps = [read_step(written_step(step)) for step in decided]  # without blanks at its ends, as all read it
    left = iter(steps)
    dialect = Dialect(lambda request: as_asked(next(left), request), refuses, ignores)
    with serving(dialect):
        client = ServedClient(dialect.address, MODEL)
        policy = ServedPolicy(client, Sampling(), Tally(), live=True)
        events, taken = research(policy, shop, tmp_path)
        client.close()
    assert isinstance(events[-1], Reported)
    assert [*taken] == steps
    assert dialect.forms[-len(steps) :] == [form] * len(steps)
    said = "".join(e.text for e in events if isinstance(e, Writing))
    assert (steps[-1].report or "no report") in said
    assert '<tool_call>\n{"name": "plan"' in said
    assert "think>" not in said
    assert len([e for e in events if isinstance(e, Writing)]) > 2 * len(steps)


def test_without_declarations_the_tools_are_told_and_steps_are_words(shop: Index) -> None:
    trajectory, desk = begin(QUESTION, shop, "x", 0, NOW)
    longer = trajectory.and_then(CALL, Feedback(text="Not so."), Feedback(text="Go on."), CALL)
    longer = longer.and_then(Observation(text="P1"))
    told = in_words(longer, "You are.")
    assert [m["role"] for m in told] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert told[2]["content"] == written_step(CALL)
    assert told[3]["content"] == "Not so.\n\nGo on."
    beside, grammar, schema, tools, plain = step_forms(longer, desk)
    assert "product_reviews" in str(schema["messages"])
    assert schema["messages"] == plain["messages"]
    assert "product_reviews" in str(grammar["messages"])
    assert "product_reviews" not in str(beside["messages"])
    assert beside["messages"] == tools["messages"]


def test_a_schema_names_only_what_may_be_done_now(shop: Index) -> None:
    _, desk = begin(QUESTION, shop, "x", 0, NOW)
    schema = json.dumps(step_schema(desk))
    allowed = set(desk.allowed_tools())
    assert "plan" in allowed
    assert all(f'"enum": ["{tool}"]' in schema for tool in allowed)
    assert "compare_products" not in schema
    assert '"report"' not in schema


@pytest.mark.parametrize("step", [CALL, REPORT])
def test_a_step_as_json_is_that_step_with_or_without_a_fence(step: Step) -> None:
    assert read_step(written_step(step)) == step
    assert step_of(Reply(f"\n```json\n{written_step(step)}\n```")) == step
    assert step_of(Reply(written_step(step).replace(step.thought, ""), thought="Hm.")).thought == "Hm."


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"thought": "x", "step": {"report": " "}}',
        '{"thought": "x", "step": {"name": "order_product", "arguments": {}}}',
        '{"thought": "x", "step": {"report": 7}}',
        '{"thought": "\\ud800", "step": {"report": "a"}}',
        '{"a": ' * 50_000,
        '{"thought": ' + "[" * 50_000,
    ],
    ids=range(8),
)
def test_json_that_is_no_step_is_the_models_fault(text: str) -> None:
    with pytest.raises(PolicyError):
        step_of(Reply(text))


def test_what_a_terminal_would_obey_is_no_part_of_a_step_as_json() -> None:
    assert read_step('{"thought": "a\\u001b[2Jb", "step": {"report": "c\\u0007"}}') == Step(
        thought="a␛[2Jb", report="c␇"
    )


def shown(text: str, size: int) -> str:
    """What is told of a text that comes in pieces."""
    showing = StepShowing()
    return "".join(showing.feed(Written(text=text[at : at + size])) for at in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("write", [house, written_step, lambda step: f"```json\n{written_step(step)}\n```"])
def test_a_step_is_told_without_marks_and_escapes_in_any_pieces(write: Any, size: int) -> None:
    told = shown(write(REPORT), size)
    assert told.replace("\n", "").startswith("Done.## VerdictTake")
    assert told.rstrip("`\n").endswith((REPORT.report or "").partition("\n")[2])
    called = shown(write(CALL), size)
    assert "I look." in called
    assert '<tool_call>\n{"name": "product_search", "arguments": ' in called


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_escapes_of_json_are_told_as_what_they_mean_and_never_obeyed(size: int) -> None:
    text = r'{"thought": "\ud83d\ude00 \u00e9\t\u001b[2J", "step": {"report": "\ud800 x"}}'
    assert shown(text, size) == "😀 é\t␛[2J? x"


def test_json_that_is_none_is_told_as_far_as_it_goes() -> None:
    assert shown('{"thought": "so \\q' + "far" * 1000, 3) == "so "


def test_an_answer_that_broke_off_after_its_first_words_is_not_asked_for_again(shop: Index) -> None:
    trajectory, desk = begin(QUESTION, shop, "x", 0, NOW)
    with serving(Dialect(lambda _: stream(event(chunk(content="I think"))))) as dialect:
        client = ServedClient(dialect.address, MODEL)
        for live, attempts in ((True, 1), (False, 3)):
            dialect.asked.clear()
            limits = Limits(attempts=3, first_wait=0.01)
            policy = ServedPolicy(client, Sampling(), Tally(), limits, live=live)
            with pytest.raises(SeatError):
                list(policy.next(trajectory, desk))
            assert len(dialect.forms) == attempts
