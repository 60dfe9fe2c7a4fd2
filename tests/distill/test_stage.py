"""A dialogue from question to report: supervised, answered, steered, followed up, and how it can end."""

import re
from collections.abc import Generator

from agent.desk import Desk
from agent.moves import Wish
from agent.plan import PlanNeed
from agent.report.draft import Draft, Finding, Section
from agent.trajectory import OPEN_QUESTION, Compaction, Feedback, Move, Question, Step, Trajectory, executed
from distill.seats.roles import SeatError
from distill.seats.rules_critic import RulesCritic
from distill.stage import Cast, hold
from distill.supervisor import Opinion, Supervision
from distill.task import Change, FollowUp, TrueNeed
from index.search import Index
from tests.agent.conftest import NEEDS as PLANNED
from tests.agent.scripted import Scripted, ScriptedPolicy, call
from tests.distill.kettle_task import NEEDS, ListedUser, kettle_task, rules_cast

RED = TrueNeed(need=PlanNeed(on="colour", op="=", value="white"), words="in white")
UNSAID = "a kettle of at least 1.5 liters under 60 EUR"
PLAN = call("Plan.", "plan", category="C1", needs=[n.model_dump() for n in PLANNED])
LOOKED = (
    PLAN,
    call("Search.", "product_search", query="kettle"),
    *(call("Open.", "visit_product", id=f"P{n}") for n in (1, 2, 3)),
    call("Read.", "product_reviews", id="P2"),
)
COMPARE = call("Compare.", "compare_products", ids=["P1", "P2", "P3"])
ALSO = "- also: [P2] It holds {{P2.capacity}}.\n- also: [P3] It holds {{P3.capacity}}.\n"
BEST = "- best: [P1] It holds {{P1.capacity}}.\n"
SOUND = Step(report=f"## Verdict\nTake {{{{P1.title}}}} [P1].\n## Picks\n{BEST}{ALSO}")


def scripted(*steps: Scripted, supervision: Supervision | None = None) -> Cast:
    """A script in the research seat."""
    return Cast(
        user=ListedUser(),
        research=ScriptedPolicy(steps),
        critic=RulesCritic(kettle_task()),
        supervision=supervision or Supervision(),
    )


def test_the_rules_hold_a_dialogue_to_an_approved_report(shop: Index) -> None:
    held = hold(kettle_task(), shop, rules_cast(kettle_task()))
    assert held.dialogue.stop == "reported"
    assert all(r.approved for r in held.dialogue.rulings)
    assert {r.state for r in held.dialogue.rulings} == {"plan", "call", "report"}
    assert held.report is not None
    assert held.dialogue.picks == tuple(p.cite.record_id for p in held.report.picks)
    assert held.dialogue.picks


def test_the_same_task_gives_the_same_bytes(shop: Index) -> None:
    task = kettle_task()
    first, second = (hold(task, shop, rules_cast(task)).dialogue for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()


def test_a_need_that_is_told_when_asked_enters_the_plan_after_the_answer(shop: Index) -> None:
    noise = NEEDS[3].model_copy(update={"reveal": "asked"})
    task = kettle_task(needs=(*NEEDS[:2], noise), question=UNSAID)
    user = ListedUser("quiet, please")
    held = hold(task, shop, rules_cast(task, user))
    assert user.asked == [OPEN_QUESTION]
    done = executed(held.dialogue.trajectory.entries)
    plans = [d.observation.text for d in done if d.call.name == "plan"]
    assert [len(re.findall(r"^N\d", plan, re.MULTILINE)) for plan in plans] == [2, 3]


def test_who_skips_the_question_keeps_the_need_to_themselves(shop: Index) -> None:
    noise = NEEDS[3].model_copy(update={"reveal": "asked"})
    task = kettle_task(needs=(*NEEDS[:2], noise), question=UNSAID)
    held = hold(task, shop, rules_cast(task, ListedUser("")))
    assert held.dialogue.stop == "reported"
    assert held.desk is not None
    assert {n.attribute for n in held.desk.needs} == {"price", "capacity"}


def test_a_change_of_mind_reaches_the_ledger_midway(shop: Index) -> None:
    cheaper = PlanNeed(on="price", op="<", value="45 EUR")
    change = Change(
        after=3,
        wish=Wish(kind="edit", target="need:0", need=cheaper),
        needs=(TrueNeed(need=cheaper, words="under 45"), *NEEDS[1:]),
    )
    task = kettle_task(change=change)
    held = hold(task, shop, rules_cast(task))
    moves = [e for e in held.dialogue.trajectory.entries if isinstance(e, Move)]
    assert [m.text for m in moves] == ["I change N3 to hard: price < 45 EUR."]
    assert set(held.dialogue.picks) == {"kettles:2", "kettles:8"}


def test_a_follow_up_is_asked_after_the_report_and_answered(shop: Index) -> None:
    task = kettle_task(follow_up=FollowUp(text="and in white?", needs=(*NEEDS, RED)))
    held = hold(task, shop, rules_cast(task))
    asked = [e.text for e in held.dialogue.trajectory.entries if isinstance(e, Question)]
    assert asked[1:] == ["and in white?"]
    assert held.dialogue.picks == ("kettles:1",)
    assert held.dialogue.stop == "reported"


def test_a_plan_that_lacks_a_facet_is_sent_back_until_it_is_mended(shop: Index) -> None:
    lacking = call("Plan.", "plan", category="C1", needs=[n.model_dump() for n in PLANNED[1:]])
    held = hold(kettle_task(), shop, scripted(lacking, PLAN, "no step"))
    first, second = held.dialogue.rulings[:2]
    assert [f.code for f in first.findings] == ["budget_forgotten"]
    assert (first.approved, second.approved, second.round) == (False, True, 2)
    assert held.dialogue.rejected(first.at)


def test_a_researcher_who_never_mends_its_plan_is_stopped(shop: Index) -> None:
    lacking = call("Plan.", "plan", category="C1", needs=[n.model_dump() for n in PLANNED[1:]])
    dialogue = hold(kettle_task(), shop, scripted(lacking)).dialogue
    assert dialogue.stop == "unapproved"
    assert "sent back 3 times" in dialogue.cause
    assert dialogue.picks == ()


def test_unsupervised_states_pass_unseen(shop: Index) -> None:
    lacking = call("Plan.", "plan", category="C1", needs=[n.model_dump() for n in PLANNED[1:]])
    calls_only = Supervision(states=frozenset({"call"}))
    dialogue = hold(kettle_task(), shop, scripted(lacking, "no step", supervision=calls_only)).dialogue
    assert not any(r.state == "plan" for r in dialogue.rulings)


def test_who_only_writes_garbage_ends_in_faults_and_not_in_a_report(shop: Index) -> None:
    dialogue = hold(kettle_task(), shop, scripted(PLAN, "garbage")).dialogue
    assert dialogue.stop == "faults"
    assert dialogue.final == ""


def test_a_report_that_was_asked_for_after_too_much_garbage_is_not_finished(shop: Index) -> None:
    report = Step(report="## Verdict\nNothing.\n## Picks\n- none\n")
    dialogue = hold(kettle_task(), shop, scripted(PLAN, "garbage", "garbage", "garbage", report)).dialogue
    assert (dialogue.stop, dialogue.cause) == (
        "faults",
        "The report was asked for after too much that could not be taken.",
    )


def test_who_never_comes_to_a_report_ends_for_want_of_steps(shop: Index) -> None:
    looks = [call("Look.", "product_search", query=f"kettle {n}") for n in range(60)]
    dialogue = hold(kettle_task(), shop, scripted(PLAN, *looks)).dialogue
    assert dialogue.stop == "steps"


class Broken:
    """A research seat whose model died."""

    author = "broken"

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:  # noqa: ARG002
        return None

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:  # noqa: ARG002
        from models.engine import EngineError

        yield ""
        raise EngineError("The model is gone.")


def test_a_model_that_dies_is_a_failed_trajectory(shop: Index) -> None:
    cast = Cast(user=ListedUser(), research=Broken(), critic=RulesCritic(kettle_task()))
    dialogue = hold(kettle_task(), shop, cast).dialogue
    assert (dialogue.stop, dialogue.cause) == ("teacher", "The model is gone.")


def test_a_question_that_cannot_be_asked_is_a_failed_dialogue(shop: Index) -> None:
    dialogue = hold(kettle_task(question="  "), shop, rules_cast(kettle_task())).dialogue
    assert dialogue.stop == "failed"


def test_a_report_is_mended_by_sections_and_nothing_that_was_met_is_lost(shop: Index) -> None:
    steps = [
        *LOOKED,
        COMPARE,
        Step(report="## Verdict\nTake {{P1.title}} [P1].\n## Picks\n- best: [P1] It holds 9 liters.\n"),
        Step(report="## Verdict\nThis is the one.\n## Picks\n- best: [P1] It holds {{P1.capacity}}.\n"),
    ]
    dialogue = hold(kettle_task(), shop, scripted(*steps)).dialogue
    assert (
        dialogue.final
        == "## Verdict\nTake {{P1.title}} [P1].\n## Picks\n- best: [P1] It holds {{P1.capacity}}.\n"
    )
    reports = [r for r in dialogue.rulings if r.state == "report"]
    assert [(r.round, r.approved) for r in reports] == [(1, False), (2, True)]


def test_garbage_is_fed_back_and_counted(shop: Index) -> None:
    dialogue = hold(kettle_task(), shop, scripted(PLAN, "half a call", "garbage")).dialogue
    told = [e.text for e in dialogue.trajectory.entries if isinstance(e, Feedback)]
    assert sum("not a step" in text for text in told) >= 2


def test_a_report_that_was_sent_back_for_what_was_not_looked_at_may_stand_once_it_was(shop: Index) -> None:
    dialogue = hold(kettle_task(), shop, scripted(*LOOKED, SOUND, COMPARE, SOUND)).dialogue
    reports = [r for r in dialogue.rulings if r.state == "report"]
    assert [(r.round, [f.code for f in r.findings]) for r in reports] == [(1, ["stopped_early"]), (1, [])]
    assert dialogue.stop == "reported"


def test_attempts_are_counted_for_each_state_alone(shop: Index) -> None:
    unseen = [call("Open.", "visit_product", id=f"P9{n}") for n in (1, 2)]
    dialogue = hold(kettle_task(), shop, scripted(*LOOKED, SOUND, *unseen, COMPARE, SOUND)).dialogue
    assert dialogue.stop == "reported"
    assert [r.round for r in dialogue.rulings if not r.approved] == [1, 1, 2]


def test_garbage_between_two_attempts_starts_no_count_anew(shop: Index) -> None:
    unseen = [call("Open.", "visit_product", id=f"P9{n}") for n in range(3)]
    dialogue = hold(kettle_task(), shop, scripted(PLAN, unseen[0], "garbage", *unseen[1:])).dialogue
    assert [r.round for r in dialogue.rulings if not r.approved] == [1, 2, 3]


class LostCritic(RulesCritic):
    """Judges two reports and is gone at the third."""

    def __init__(self) -> None:
        super().__init__(kettle_task())
        self._asked = 0

    def report(self, draft: Draft, trajectory: Trajectory, desk: Desk) -> Opinion:  # noqa: ARG002
        self._asked += 1
        if self._asked > 2:
            raise SeatError("died", "The judge is gone.")
        section: Section = "verdict" if self._asked == 1 else "picks"
        hint = "Say it better."
        return Opinion(findings=(Finding(code="weak", severity="error", hint=hint, section=section),))


def test_a_critic_that_is_lost_over_the_best_version_keeps_the_trajectory(shop: Index) -> None:
    best = "- best: [P1] It is {{P1.colour}}.\n"
    other = Step(report=f"## Verdict\n{{{{P1.title}}}} is it [P1].\n## Picks\n{best}{ALSO}")
    research = ScriptedPolicy((*LOOKED, COMPARE, SOUND, other))
    cast = Cast(user=ListedUser(), research=research, critic=LostCritic())
    dialogue = hold(kettle_task(), shop, cast).dialogue
    assert (dialogue.stop, dialogue.cause, dialogue.final) == ("teacher", "died: The judge is gone.", "")
    assert dialogue.steps == 9
