"""Dialogues over the tiny shop with steps that were sent back, for the tests of what is made of dialogues."""

from random import Random

from agent.report.draft import Finding
from agent.trajectory import Entry, Feedback, Step
from distill.dialogue import Dialogue, Ruling, State
from distill.filtering.record import Kept
from distill.judging.rubric_rules import make_rubric
from distill.stage import hold
from distill.task import Task
from index.search import Index
from tests.agent.scripted import call
from tests.agent.shop import PATH, QUESTION
from tests.distill.kettle_task import NEEDS, kettle_task, rules_cast

BUDGET = "The person said price <= 60 EUR; the plan lacks it."
UNSHOWN = "visit_product: P77 was never shown."
UNCITED = "The verdict cites nothing; write `[P3]` behind what it rests on."


def task(number: int = 1, **more: object) -> Task:
    """A task with a rubric that code can judge."""
    rubric = make_rubric(QUESTION, NEEDS, PATH, Random(f"rubric {number}"))
    return kettle_task(number).model_copy(update={"rubric": rubric, **more})


def dialogue(shop: Index, about: Task) -> Dialogue:
    """The rules research the task and nothing is sent back."""
    return hold(about, shop, rules_cast(about)).dialogue


def corrected(shop: Index, about: Task) -> Dialogue:
    """A dialogue with a plan, a visit and a report that were sent back."""
    said = dialogue(shop, about)
    report = Step(thought="Enough.", report="## Verdict\nEveryone loves it.\n## Picks\n- best: [P1]\n")
    said = send_back(said, at_report(said), report, "no_citation", UNCITED)
    visit = call("Open it.", "visit_product", id="P77")
    said = send_back(said, at_call(said, "visit_product"), visit, "unknown_tag", UNSHOWN)
    plan = call(
        "That is clear.", "plan", category="C1", needs=[{"on": "capacity", "op": ">=", "value": "1500 ml"}]
    )
    return send_back(said, at_call(said, "plan"), plan, "budget_forgotten", BUDGET)


def kept(shop: Index, number: int = 1, mask_report: bool = False, **more: object) -> Kept:
    """A corrected dialogue as the filter keeps it."""
    about = task(number, **more)
    said = corrected(shop, about)
    return Kept(task=about, dialogue=said, reports=(said.final,), mask_report=mask_report)


def at_call(said: Dialogue, tool: str) -> int:
    """Place of the first call of a tool."""
    calls = ((at, e.call) for at, e in enumerate(said.trajectory.entries) if isinstance(e, Step))
    return next(at for at, made in calls if made is not None and made.name == tool)


def at_report(said: Dialogue) -> int:
    """Place of the last report."""
    steps = ((at, e) for at, e in enumerate(said.trajectory.entries) if isinstance(e, Step))
    return [at for at, e in steps if e.report is not None][-1]


def send_back(said: Dialogue, at: int, wrong: Step, code: str, hint: str) -> Dialogue:
    """The dialogue in which the step at this place was first written wrong and was sent back."""
    mended = said.trajectory.entries[at]
    assert isinstance(mended, Step)
    state: State = "report" if mended.call is None else "plan" if mended.call.name == "plan" else "call"
    finding = Finding(code=code, severity="error", hint=hint)
    ruling = Ruling(at=at, state=state, round=1, approved=False, findings=(finding,))
    moved = [r.model_copy(update={"at": r.at + 2}) if r.at >= at else r for r in said.rulings]
    changed = with_entries(said, *said.trajectory.entries[:at], wrong, Feedback(text=hint))
    rest = said.trajectory.entries[at:]
    return with_entries(changed, *changed.trajectory.entries, *rest).model_copy(
        update={"rulings": tuple(sorted([*moved, ruling], key=lambda r: r.at))}
    )


def with_entries(said: Dialogue, *entries: Entry) -> Dialogue:
    """The dialogue with other entries in its trajectory."""
    return said.model_copy(
        update={"trajectory": said.trajectory.model_copy(update={"entries": tuple(entries)})}
    )
