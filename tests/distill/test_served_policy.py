"""The research seat over a server: random weights take it to a report, and a dead server ends it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.loop import Reported, Research
from agent.opening import begin
from agent.policy import PolicyError
from agent.session import Sessions
from agent.trajectory import Feedback, Observation, Step, ToolCall
from distill.seats.asking import Limits
from distill.seats.roles import SeatError
from distill.seats.served_policy import ServedPolicy, step_of
from distill.seats.step_forms import conversation
from distill.seats.tally import Tally
from index.search import Index
from models.completion import Reply
from models.engine import Sampling
from models.served import ServedClient, connect
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import QUESTION, open_shop
from tests.distill.test_model_seats import show
from tests.gguf_factory import write_gguf
from tests.llama_server import llama_server

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SAMPLING = Sampling(temperature=1.0)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedClient]:
    """A tiny random model at a real server."""
    model = write_gguf(tmp_path_factory.mktemp("served") / "dice.gguf", vocab=1024, context=16384)
    with llama_server(model, context=16384) as address:
        client = connect(address)
        yield client
        client.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Index]:
    """The tiny shop."""
    with open_shop(tmp_path / "shop") as index:
        yield index


@pytest.mark.longer
def test_random_weights_at_a_server_take_the_research_seat_to_a_report(
    client: ServedClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally()
    policy = ServedPolicy(client, SAMPLING, tally)
    sessions = Sessions(tmp_path / "sessions.sqlite")
    with open_shop(tmp_path / "home") as shop:
        trajectory, desk = begin(QUESTION, shop, policy.author, 0, NOW)
        run = Research(policy, ScriptedPerson(), sessions, trajectory, desk, max_steps=2)
        events = list(run.run())
    sessions.close()
    assert isinstance(events[-1], Reported)
    assert any(isinstance(e, Step) and e.call for e in run.trajectory.entries)
    assert tally.counts()["research"].answers
    show(capsys, "ServedPolicy, random weights", tally)


def test_a_server_that_died_ends_the_seat_within_its_attempts(shop: Index) -> None:
    trajectory, desk = begin(QUESTION, shop, "x", 0, NOW)
    tally = Tally()
    policy = ServedPolicy(
        ServedClient("http://127.0.0.1:9"), SAMPLING, tally, Limits(attempts=3, first_wait=0.01)
    )
    with pytest.raises(SeatError, match="in 3 attempts") as raised:
        list(policy.next(trajectory, desk))
    assert raised.value.cause == "unreachable"
    assert tally.counts()["research"].failures == {"unreachable": 3}


def test_a_rejected_call_is_answered_by_its_feedback_where_a_server_wants_it_so(shop: Index) -> None:
    trajectory, _ = begin(QUESTION, shop, "x", 0, NOW)
    call = ToolCall(name="product_search", arguments={"query": "kettle"})
    rejected = (Step(call=call), Feedback(text="Searched before."), Feedback(text="Go on."))
    told = conversation(trajectory.and_then(*rejected, Step(call=call), Observation(text="P1")))
    assert [m["role"] for m in told] == ["system", "user", "assistant", "tool", "user", "assistant", "tool"]
    assert told[3]["content"] == "Searched before."


def test_a_step_may_be_a_call_of_the_server_or_the_house_form() -> None:
    call = Reply("", thought="Let me look.", calls=(("product_search", '{"query": "kettle"}'),))
    house = Reply(
        '<think>\nLet me look.\n</think>\n<tool_call>\n{"name": "product_search", "arguments": '
        '{"query": "kettle"}}\n</tool_call>'
    )
    assert step_of(call) == step_of(house)
    assert step_of(Reply("## Verdict\nNone.")).report == "## Verdict\nNone."


@pytest.mark.parametrize(
    "reply",
    [
        Reply(""),
        Reply("## Verdict\nTake", full=True),
        Reply("", calls=(("order_product", "{}"),)),
        Reply("", calls=(("product_search", '{"query": '),)),
        Reply("<tool_call>\n{}\n</tool_call>"),
    ],
)
def test_what_is_no_step_is_the_models_fault(reply: Reply) -> None:
    with pytest.raises(PolicyError):
        step_of(reply)


def test_a_long_conversation_is_begun_anew_before_a_server_is_full(client: ServedClient, shop: Index) -> None:
    policy = ServedPolicy(client, SAMPLING, Tally(), context=4096)
    trajectory, desk = begin(QUESTION, shop, "x", 0, NOW)
    assert policy.compaction(trajectory, desk) is None
    longer = trajectory.and_then(Observation(text="P1 and more. " * 600))
    beginning = policy.compaction(longer, desk)
    assert beginning is not None
    assert len(conversation(longer.and_then(beginning))) == 2
