"""A model takes the steps: random weights cannot break the wire, and the context only grows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.desk import Desk
from agent.grammar import step_grammar
from agent.loop import Event, Faulted, Observed, Reported, Research
from agent.model_policy import ModelPolicy
from agent.opening import begin, follow_up
from agent.plan import Plan
from agent.policy import step_of
from agent.session import Sessions
from agent.tools import execute
from agent.trajectory import Compaction, Question, Step, ToolCall
from agent.wire import WIRE_VERSION
from index.search import Index
from models.engine import Piece, Sampling
from models.llama import LlamaEngine
from models.template import ChatTemplate
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import KETTLES, QUESTION, kettle, open_shop
from tests.agent.test_wire import HOSTILE
from tests.gguf_factory import Architecture, write_gguf

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=["qwen3", "lfm2"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LlamaEngine:
    """A small random model: one that attends, and a hybrid that cannot roll back."""
    arch: Architecture = request.param
    path = write_gguf(
        tmp_path_factory.mktemp("models") / f"{arch}.gguf", arch=arch, vocab=2048, context=16384
    )
    return LlamaEngine.open(path, context_size=16384, threads=1)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    """An empty store."""
    store = Sessions(tmp_path / "sessions.sqlite")
    yield store
    store.close()


def research(engine: LlamaEngine, shop: Index, sessions: Sessions, seed: int, steps: int = 6) -> Research:
    """A run of a random model over the shop."""
    engine.reset()
    template = ChatTemplate.from_source(engine.chat_template)
    sampling = Sampling(temperature=1.0, seed=seed)
    policy = ModelPolicy(engine, template, sampling, think_budget=24)
    trajectory, desk = begin(QUESTION, shop, policy.author, seed, NOW)
    return Research(policy, ScriptedPerson(), sessions, trajectory, desk, max_steps=steps)


def test_random_weights_drive_the_loop_to_a_valid_report(
    engine: LlamaEngine, shop: Index, sessions: Sessions
) -> None:
    run = research(engine, shop, sessions, seed=0)
    events: list[Event] = list(run.run())
    assert isinstance(events[-1], Reported)
    assert not [e for e in events if isinstance(e, Faulted)]
    calls = [e for e in events if isinstance(e, Observed)]
    assert calls[0].call.name == "plan"
    assert any(isinstance(e, Step) and e.report for e in run.trajectory.entries)
    eligible = {p.id for p in run.desk.eligible()}
    assert {pick.cite.record_id for pick in events[-1].report.picks} <= eligible


@pytest.mark.longer
def test_the_context_only_grows_by_what_is_new(engine: LlamaEngine, shop: Index, sessions: Sessions) -> None:
    before = engine.usage.evaluated
    run = research(engine, shop, sessions, seed=7)
    list(run.run())
    assert not any(isinstance(e, Compaction) for e in run.trajectory.entries)
    assert engine.usage.evaluated - before <= engine.usage.context * 1.1


def test_a_spent_context_is_begun_anew_from_the_ledgers(
    tmp_path: Path, shop: Index, sessions: Sessions
) -> None:
    path = write_gguf(tmp_path / "small.gguf", vocab=2048, context=5120)
    run = research(LlamaEngine.open(path, context_size=5120, threads=1), shop, sessions, seed=3, steps=10)
    events = list(run.run())
    compactions = [e for e in run.trajectory.entries if isinstance(e, Compaction)]
    assert compactions
    assert QUESTION in compactions[0].text
    assert isinstance(events[-1], Reported)


def test_control_tokens_never_stem_from_a_record(tmp_path: Path, engine: LlamaEngine) -> None:
    hostile = kettle(9, HOSTILE, 20.0, 1.7, 50, HOSTILE[:40], description=HOSTILE)
    template = ChatTemplate.from_source(engine.chat_template)
    with open_shop(tmp_path / "hostile", more=[hostile]) as shop:
        trajectory, desk = begin(QUESTION, shop, "x", 0, NOW)
        plan = ToolCall(name="plan", arguments={"category": "C1", "needs": []})
        search = ToolCall(name="product_search", arguments={"query": "kettle"})
        execute(plan, desk, ScriptedPerson())
        shown = execute(search, desk, ScriptedPerson())
        visits = [
            execute(ToolCall(name="visit_product", arguments={"id": tag}), desk, ScriptedPerson())
            for tag in shown.tags
        ]
    control = set(engine.vocabulary.unwritable.tolist())
    for observation in (shown, *visits):
        pieces = [p for p in template.observation(observation.text) if not p.trusted]
        assert not control & set(engine.vocabulary.tokenize(pieces))
    question = next(e for e in trajectory.entries if isinstance(e, Question))
    assert not control & set(engine.vocabulary.tokenize([Piece(question.card)]))


def test_only_what_is_on_the_desk_can_be_written(planned: Desk) -> None:
    grammar = step_grammar(planned)
    assert "visit-product" not in grammar
    assert "report" not in grammar.splitlines()[0]
    execute(
        ToolCall(name="product_search", arguments={"query": "kettle", "needs": []}), planned, ScriptedPerson()
    )
    assert "visit-product" in step_grammar(planned)


def test_a_pick_can_only_be_a_product_that_meets_every_hard_need(planned: Desk) -> None:
    planned.searched.append("kettle")
    for product in KETTLES:
        planned.evidence.show_product(product, opened=True)
    report = next(line for line in step_grammar(planned).splitlines() if line.startswith("report ::="))
    fitting = [planned.evidence.tag_of(p) for p in planned.eligible()]
    assert set(fitting) == {"P1", "P2", "P3", "P8"}
    assert report == f"report ::= {' | '.join(f'report-{tag}' for tag in fitting)}"


def test_where_nothing_fits_the_only_pick_is_none(planned: Desk) -> None:
    planned.searched.append("kettle")
    planned.evidence.show_product(KETTLES[5], opened=True)
    assert "report ::= report-none" in step_grammar(planned).splitlines()


def test_a_model_of_this_wire_plans_a_follow_up_as_code_read_it(shop: Index, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "taught.gguf", vocab=2048, context=16384, wire=WIRE_VERSION)
    taught = LlamaEngine.open(path, context_size=16384, threads=1)
    template = ChatTemplate.from_source(taught.chat_template)
    for seed in range(6):
        taught.reset()
        policy = ModelPolicy(taught, template, Sampling(temperature=1.0, seed=seed), think_budget=8)
        trajectory, desk = begin(QUESTION, shop, policy.author, 0, NOW)
        desk.adopt(Plan(category="C1", needs=desk.reading.needs))
        trajectory = follow_up("in white, please", trajectory, desk, policy.author, NOW)
        step = step_of(policy.next(trajectory, desk))
        assert step.call is not None
        assert (step.call.name, step.call.arguments) == ("plan", {"category": "C1", "needs": "as read"})
