"""The loop: what each side does wrong, what the person changes, and what is kept of it."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.loop import Event, Faulted, Interrupted, Observed, Planned, Reported, Research, SentBack, Steered
from agent.moves import Wish
from agent.opening import QuestionError, begin, follow_up
from agent.plan import PlanNeed
from agent.report.record import Report
from agent.session import SessionError, Sessions
from agent.trajectory import Feedback, Move, Step
from index.search import Index
from tests.agent.conftest import NEEDS
from tests.agent.scripted import Scripted, ScriptedPerson, ScriptedPolicy, call
from tests.agent.shop import QUESTION

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PLAN = call("Plan.", "plan", category="C1", needs=[n.model_dump() for n in NEEDS])
SEARCH = call("Search.", "product_search", query="kettle", sort="rating")
VISIT = call("Open it.", "visit_product", id="P1")
REPORT = Step(
    thought="Write.", report="## Verdict\nTake {{P1.title}} [P1].\n\n## Picks\n- best: [P1] Quiet.\n"
)
STEPS: tuple[Scripted, ...] = (PLAN, SEARCH, VISIT, REPORT)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    """An empty store."""
    store = Sessions(tmp_path / "sessions.sqlite")
    yield store
    store.close()


def research(
    shop: Index, sessions: Sessions, steps: Sequence[Scripted], person: ScriptedPerson | None = None
) -> Research:
    """A run of a script over the shop."""
    policy = ScriptedPolicy(steps)
    trajectory, desk = begin(QUESTION, shop, policy.author, 0, NOW)
    sessions.save(trajectory, desk)
    return Research(policy, person or ScriptedPerson(), sessions, trajectory, desk)


def report_of(events: Sequence[Event]) -> Report:
    """The report that ends a run."""
    last = events[-1]
    assert isinstance(last, Reported)
    return last.report


def test_a_run_ends_in_a_verified_report(shop: Index, sessions: Sessions) -> None:
    report = report_of(list(research(shop, sessions, STEPS).run()))
    assert [pick.title for pick in report.picks] == ["Brissa Calm 17"]
    assert report.author == "script"


def test_the_plan_is_told_with_its_bound_needs(shop: Index, sessions: Sessions) -> None:
    planned = [e for e in research(shop, sessions, STEPS).run() if isinstance(e, Planned)]
    assert [n.tag for n in planned[0].needs] == ["N1", "N2", "N3", "N4"]


def test_edits_of_the_plan_reach_the_ledger_before_the_first_search(shop: Index, sessions: Sessions) -> None:
    edit = Wish(kind="edit", target="N1", need=PlanNeed(on="price", op="<=", value="45"))
    run = research(shop, sessions, STEPS, ScriptedPerson(edits=[edit, Wish(kind="relax", target="N3")]))
    steered = [e.text for e in run.run() if isinstance(e, Steered)]
    assert steered == ["I change N1 to hard: price <= 45 EUR.", "N3 may give way: it is soft now."]
    assert not next(n for n in run.desk.needs if n.tag == "N3").hard


def test_a_product_that_the_person_waves_off_is_no_pick(shop: Index, sessions: Sessions) -> None:
    wave_off = [Wish(kind="not_this", target="P1")]
    run = research(shop, sessions, STEPS, ScriptedPerson(wishes=[(), (), (), wave_off]))
    assert "Brissa Calm 17" not in [pick.title for pick in report_of(list(run.run())).picks]


def test_a_wish_that_cannot_be_done_is_said_and_changes_nothing(shop: Index, sessions: Sessions) -> None:
    wishes = [(), [Wish(kind="relax", target="N9"), Wish(kind="not_this", target="P9"), Wish(kind="undo")]]
    run = research(shop, sessions, STEPS, ScriptedPerson(wishes=wishes))
    said = [e.text for e in run.run() if isinstance(e, Steered)]
    assert len(said) == 3
    assert all(text.startswith("That could not be done") for text in said)
    assert not [e for e in run.trajectory.entries if isinstance(e, Move)]


def test_undo_takes_back_the_last_change(shop: Index, sessions: Sessions) -> None:
    wishes = [(), [Wish(kind="relax", target="N1"), Wish(kind="undo")]]
    run = research(shop, sessions, STEPS, ScriptedPerson(wishes=wishes))
    list(run.run())
    assert next(n for n in run.desk.needs if n.tag == "N1").hard


def test_stop_asks_for_the_report_with_what_there_is(shop: Index, sessions: Sessions) -> None:
    run = research(shop, sessions, (PLAN, REPORT), ScriptedPerson(wishes=[(), [Wish(kind="stop")]]))
    report = report_of(list(run.run()))
    assert not report.picks
    assert run.desk.allowed_tools() == ()


def test_what_is_no_step_is_fed_back_and_the_run_goes_on(shop: Index, sessions: Sessions) -> None:
    run = research(shop, sessions, (PLAN, "half a call", SEARCH, VISIT, REPORT))
    events = list(run.run())
    assert [e.message for e in events if isinstance(e, Faulted)] == ["half a call"]
    fed_back = [e.text for e in run.trajectory.entries if isinstance(e, Feedback)]
    assert fed_back[0] == "That was not a step: half a call"
    assert report_of(events).picks


@pytest.mark.parametrize("steps", [("garbage",), (PLAN, "garbage"), (PLAN, SEARCH, VISIT, "garbage")])
def test_a_policy_that_only_writes_garbage_still_ends_in_a_report_by_code(
    shop: Index, sessions: Sessions, steps: tuple[Scripted, ...]
) -> None:
    report = report_of(list(research(shop, sessions, steps).run()))
    assert report.verdict_by == "code"


def test_the_same_call_twice_is_refused_with_a_hint(shop: Index, sessions: Sessions) -> None:
    events = list(research(shop, sessions, (PLAN, SEARCH, SEARCH, VISIT, REPORT)).run())
    assert ["called just so before" in e.text for e in events if isinstance(e, SentBack)] == [True]
    assert [e.call.name for e in events if isinstance(e, Observed)] == [
        "plan",
        "product_search",
        "visit_product",
    ]


def test_a_policy_that_never_ends_is_asked_for_its_report(shop: Index, sessions: Sessions) -> None:
    looks = [call("Look.", "product_search", query=f"kettle {n}") for n in range(40)]
    run = research(shop, sessions, (PLAN, *looks))
    run.max_steps = 6
    report = report_of(list(run.run()))
    assert len([s for s in run.trajectory.entries if isinstance(s, Step)]) <= 6 + 8
    assert report.verdict_by == "code"


def test_a_false_claim_gets_one_repair(shop: Index, sessions: Sessions) -> None:
    false = Step(report="## Verdict\nIt holds 9 liters [P1].\n\n## Picks\n- best: [P1] Quiet.\n")
    mended = Step(report="## Verdict\nIt holds {{P1.capacity}} [P1].\n")
    run = research(shop, sessions, (PLAN, SEARCH, VISIT, false, mended))
    report = report_of(list(run.run()))
    assert not report.coverage.dropped
    assert [pick.title for pick in report.picks] == ["Brissa Calm 17"]


def test_a_false_claim_that_stays_is_dropped_and_counted(shop: Index, sessions: Sessions) -> None:
    false = Step(
        report="## Verdict\nIt holds 9 liters [P1]. It is the one.\n\n## Picks\n- best: [P1] Quiet.\n"
    )
    report = report_of(list(research(shop, sessions, (PLAN, SEARCH, VISIT, false, false)).run()))
    assert ["9 liters" in d.text for d in report.coverage.dropped] == [True]


def test_a_section_that_cannot_be_read_gives_way_to_the_one_before(shop: Index, sessions: Sessions) -> None:
    false = Step(report="## Verdict\nIt holds 9 liters [P1].\n\n## Picks\n- best: [P1] Quiet.\n")
    mended = Step(report="## Verdict\nIt holds {{P1.capacity}} [P1].\n\n## Picks\n- the first of all\n")
    report = report_of(list(research(shop, sessions, (PLAN, SEARCH, VISIT, false, mended)).run()))
    assert not report.coverage.dropped
    assert [(pick.title, pick.by) for pick in report.picks] == [("Brissa Calm 17", "policy")]
    assert report.verdict_by == "policy"


def test_a_plan_is_sent_back_once_whatever_was_written_in_between(shop: Index, sessions: Sessions) -> None:
    lacking = call("Plan.", "plan", category="C1", needs=[n.model_dump() for n in NEEDS[1:]])
    run = research(shop, sessions, (lacking, "garbage", lacking, SEARCH, VISIT, REPORT))
    sent_back = [e.call.name for e in run.run() if isinstance(e, SentBack)]
    assert sent_back == ["plan"]


def test_cancel_stops_between_steps_and_a_new_run_goes_on(shop: Index, sessions: Sessions) -> None:
    run = research(shop, sessions, STEPS)
    run.cancel = cancel = threading.Event()
    events = []
    for event in run.run():
        events.append(event)
        if isinstance(event, Planned):
            cancel.set()
    assert isinstance(events[-1], Interrupted)
    stored = sessions.trajectory(run.trajectory.id)
    desk = sessions.desk(run.trajectory.id, shop)
    again = Research(ScriptedPolicy((SEARCH, VISIT, REPORT)), ScriptedPerson(), sessions, stored, desk)
    assert report_of(list(again.run())).picks


def test_a_session_killed_between_two_report_rounds_is_mended_when_it_goes_on(
    shop: Index, sessions: Sessions
) -> None:
    false = Step(report="## Verdict\nIt holds 9 liters [P1].\n\n## Picks\n- best: [P1] Quiet.\n")
    mended = Step(report="## Verdict\nIt holds {{P1.capacity}} [P1].\n")
    run = research(shop, sessions, (PLAN, SEARCH, VISIT, false))
    for _ in run.run():
        if any(isinstance(e, Step) and e.report for e in run.trajectory.entries):
            break
    stored = sessions.trajectory(run.trajectory.id)
    desk = sessions.desk(run.trajectory.id, shop)
    again = Research(ScriptedPolicy((mended,)), ScriptedPerson(), sessions, stored, desk)
    report = report_of(list(again.run()))
    assert [pick.title for pick in report.picks] == ["Brissa Calm 17"]
    assert report.coverage.dropped == ()


def test_a_stored_session_is_the_session(shop: Index, sessions: Sessions) -> None:
    run = research(shop, sessions, STEPS)
    report = report_of(list(run.run()))
    stored = sessions.trajectory(run.trajectory.id)
    desk = sessions.desk(run.trajectory.id, shop)
    assert stored == run.trajectory
    assert desk.state() == run.desk.state()
    assert {s.tag: s for s in desk.evidence} == {s.tag: s for s in run.desk.evidence}
    assert sessions.report(run.trajectory.id) == report


def test_a_follow_up_keeps_needs_and_tags(shop: Index, sessions: Sessions) -> None:
    run = research(shop, sessions, STEPS)
    list(run.run())
    tags = {s.tag for s in run.desk.evidence}
    trajectory = follow_up("and in black?", run.trajectory, run.desk, "script", NOW)
    wider = call("More.", "product_search", query="black kettle")
    again = Research(ScriptedPolicy((wider, REPORT)), ScriptedPerson(), sessions, trajectory, run.desk)
    report = report_of(list(again.run()))
    assert tags <= {s.tag for s in run.desk.evidence}
    assert report.questions == (QUESTION, "and in black?")


def test_what_is_changed_after_a_report_is_researched_anew(shop: Index, sessions: Sessions) -> None:
    run = research(shop, sessions, STEPS)
    list(run.run())
    run.policy = ScriptedPolicy([call("Open it.", "visit_product", id="P2"), REPORT])
    run.person = ScriptedPerson(wishes=[[Wish(kind="not_this", target="P1")]])
    report = report_of(list(run.run()))
    assert "Brissa Calm 17" not in [pick.title for pick in report.picks]
    assert report.picks


def test_sessions_are_listed_and_removed(shop: Index, sessions: Sessions) -> None:
    run = research(shop, sessions, STEPS)
    list(run.run())
    assert [(s.question, s.finished) for s in sessions.list()] == [(QUESTION, True)]
    sessions.remove(run.trajectory.id)
    assert sessions.list() == []
    with pytest.raises(SessionError, match="there is no session"):
        sessions.trajectory(run.trajectory.id)


@pytest.mark.parametrize("question", ["", "  \n", "x" * 50_000])
def test_an_empty_or_endless_question_is_refused_in_a_sentence(shop: Index, question: str) -> None:
    with pytest.raises(QuestionError, match="question"):
        begin(question, shop, "script", 0, NOW)


def test_a_file_that_is_no_session_store_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(SessionError, match="cannot be read"):
        Sessions(path)
