"""What is asked of each dialogue alone, stage by stage; a stage says the cause to drop it, or nothing.

Records and replay first, then the report against the task's hidden truth, its evidence and its rubric. Where
only the report falls short and the way to it was sound, the dialogue is kept with its report masked.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from agent.desk import Desk
from agent.report.verify import verify
from agent.trajectory import Entry, Feedback, Observation, Question, Step
from agent.wire import WIRE_VERSION
from distill.dialogue import Dialogue
from distill.filtering.record import FilterSettings, Kept, Stage
from distill.filtering.replay import Answered, ReplayError, answered
from distill.judging.rubric_rules import decided_by_code, judge_by_code
from distill.rubric import JudgeError, dimension_scores, overall
from distill.standing import extent, is_sent_back
from distill.task import Task
from distill.told import in_force
from distill.truth import satisfying, truth
from index.search import Index

_TAG = re.compile(r"\b[PRW]\d{1,6}\b")


class Rejected(NamedTuple):
    """Where a dialogue was dropped, and why."""

    stage: Stage
    cause: str


class Passed(NamedTuple):
    """A dialogue that stands on its own, and the report stage that it failed, if its report is masked."""

    kept: Kept
    masked: Rejected | None
    steps: int
    characters: int


class _Judged(NamedTuple):
    """What the replay of a dialogue brought to light."""

    sound: bool
    predicates: str
    citations: str
    rubric: str
    score: float | None
    picks: tuple[str, ...]


def examine(task: Task, dialogue: Dialogue, index: Index, settings: FilterSettings) -> Passed | Rejected:
    """Ask of one dialogue everything that does not depend on the others."""
    cause = _schema(task, dialogue)
    if cause:
        return Rejected("schema", cause)
    try:
        judged = _judged(task, dialogue, index, settings)
    except ReplayError as error:
        return Rejected("replay", error.cause)
    if judged.picks != dialogue.picks:
        return Rejected("replay", "picks_differ")
    poor = next(_poor(judged), None)
    if poor is not None and not judged.sound:
        return poor
    steps, characters = extent(dialogue.trajectory)
    cause = _length(steps, characters, settings)
    if cause:
        return Rejected("length", cause)
    kept = Kept(
        task=task,
        dialogue=dialogue,
        reports=(*dialogue.earlier, dialogue.final),
        mask_report=poor is not None,
        score=judged.score,
    )
    return Passed(kept, poor, steps, characters)


def _schema(task: Task, dialogue: Dialogue) -> str:
    """A finished dialogue on this task, of this wire, in order, in which every tag was shown before."""
    if dialogue.task != task.id:
        return "other_task"
    if dialogue.trajectory.wire != WIRE_VERSION:
        return "other_wire"
    if dialogue.stop != "reported":
        return f"stop_{dialogue.stop}"
    return _order(dialogue) or _tags(dialogue)


def _order(dialogue: Dialogue) -> str:
    """Each call that was not sent back is observed, and a report stands for every question."""
    entries = dialogue.trajectory.entries
    if not entries or not isinstance(entries[0], Question):
        return "no_question"
    last = entries[-1]
    asked = sum(isinstance(entry, Question) for entry in entries)
    answered_all = bool(dialogue.final) and len(dialogue.earlier) + 1 == asked
    if not answered_all or not isinstance(last, Step) or last.report is None:
        return "no_report"
    for before, after in pairwise(entries):
        calls = isinstance(before, Step) and before.call is not None
        if calls and not isinstance(after, Observation | Feedback):
            return "call_without_observation"
        if isinstance(after, Observation) and not calls:
            return "observation_without_call"
    judged = {r.at for r in dialogue.rulings}
    if any(not 0 <= at < len(entries) or not isinstance(entries[at], Step) for at in judged):
        return "ruling_without_step"
    return ""


def _tags(dialogue: Dialogue) -> str:
    """Tags in the calls that stood and in the report were shown before, and no call failed."""
    shown: set[str] = set()
    for entry, after in pairwise(dialogue.trajectory.entries):
        if isinstance(entry, Observation):
            shown.update(entry.tags)
            if entry.error:
                return "failed_call"
        elif not is_sent_back(entry, after) and not shown.issuperset(_tags_in(entry)):
            return "unknown_tag"
    return "" if shown.issuperset(_TAG.findall(_references(dialogue.final))) else "unknown_tag"


def _tags_in(entry: Entry) -> Iterator[str]:
    arguments = entry.call.arguments if isinstance(entry, Step) and entry.call is not None else {}
    named = [arguments.get("id"), *(ids if isinstance(ids := arguments.get("ids"), list) else [])]
    yield from (str(tag) for tag in named if tag)


def _references(report: str) -> str:
    """What stands in brackets and braces; a bare word such as a model's name is no tag."""
    return " ".join(re.findall(r"\[[^\[\]]*\]|\{\{[^{}]*\}\}", report))


def _judged(task: Task, dialogue: Dialogue, index: Index, settings: FilterSettings) -> _Judged:
    """Replay a dialogue and hold its reports to the truth; raises ReplayError."""
    wrong, unsupported, sound = "", "", True
    rubric, score = "", None
    picks: tuple[str, ...] = ()
    for answer in answered(task, dialogue, index):
        needs = in_force(task, answer.asked)
        fitting = truth(task.category, needs, index).fitting - answer.desk.dismissed
        wrong = wrong or _predicates(answer, fitting)
        unsupported = unsupported or _citations(answer)
        sound = sound and _sound(answer.desk, task, fitting, index)
        picks = tuple(p.cite.record_id for p in answer.report.picks)
        rubric, score = _rubric(task, answer, settings)
    return _Judged(sound, wrong, unsupported, rubric, score, picks)


def _predicates(answer: Answered, fitting: frozenset[str]) -> str:
    """Every pick meets every hard need, and something is picked where something fits."""
    picked = {p.cite.record_id for p in answer.report.picks if p.by == "policy"}
    if picked - fitting:
        return "unfit_pick" if fitting else "pick_where_nothing_fits"
    return "no_pick" if fitting and not picked else ""


def _citations(answer: Answered) -> str:
    """Every citation, field, quote and typed value is supported by what was shown."""
    found = verify(answer.draft, answer.desk, answer.asked.asked)
    return next((f.code for f in found if f.severity == "error"), "")


def _rubric(task: Task, answer: Answered, settings: FilterSettings) -> tuple[str, float | None]:
    rubric = decided_by_code(task.rubric)
    if not rubric.criteria:
        return "", None
    try:
        verdicts = judge_by_code(rubric, answer.report, answer.desk, answer.asked)
        score = overall(rubric, dimension_scores(rubric, verdicts))
    except JudgeError:
        return "not_judged", None
    return ("" if score >= settings.rubric else "poor_report"), round(score, 3)


def _sound(desk: Desk, task: Task, fitting: frozenset[str], index: Index) -> bool:
    """Whether the needs were understood and, where something fits, a product that does was opened."""
    if desk.category is None or desk.category.path != task.category:
        return False
    understood = satisfying(desk.category.path, desk.needs, index) - desk.dismissed == fitting
    opened = {s.record.id for s in desk.evidence.products(opened=True)}
    return understood and (not fitting or bool(opened & fitting))


def _poor(judged: _Judged) -> Iterator[Rejected]:
    """Where the report falls short, first stage first."""
    causes: tuple[tuple[Stage, str], ...] = (
        ("predicates", judged.predicates),
        ("citations", judged.citations),
        ("rubric", judged.rubric),
    )
    yield from (Rejected(stage, cause) for stage, cause in causes if cause)


def _length(steps: int, characters: int, settings: FilterSettings) -> str:
    if steps < settings.least_steps:
        return "too_few_steps"
    if steps > settings.most_steps:
        return "too_many_steps"
    return "too_long" if characters > settings.most_characters else ""
