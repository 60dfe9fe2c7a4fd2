"""How each fault is made of a sound step: the ways in which weak researchers go wrong.

Every function returns the step spoiled, or None where it does not lend itself to the fault.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from random import Random
from typing import NamedTuple

from agent.desk import Desk
from agent.plan import Plan, PlanNeed, bind, read_plan
from agent.report.draft import Draft, Text, parse_draft, parse_prose, render_draft
from agent.rules import plan_thought
from agent.rules_report import write_report
from agent.trajectory import Step, ToolCall, Trajectory, executed
from index.card import CategoryCard
from index.text.units import QuantityError, UnitError, parse_quantity


class Sound(NamedTuple):
    """A step that may be taken, and where it would be taken."""

    step: Step
    trajectory: Trajectory
    desk: Desk
    random: Random


def drop_need(sound: Sound) -> Step | None:
    """A plan without one of the needs that are not about money."""
    return _without_one(sound, lambda on: on not in ("price", "other"))


def forget_budget(sound: Sound) -> Step | None:
    """A plan without what was said about the price."""
    return _without_one(sound, lambda on: on == "price")


def miss_unit(sound: Sound) -> Step | None:
    """A plan in which a number lost the unit that was said, so that the card's own is taken for it."""
    plan = _plan(sound)
    card = _card(plan, sound.desk) if plan else None
    if plan is None or card is None:
        return None
    able = [at for at, n in enumerate(plan.needs) if _loses_its_unit(n, card, sound.desk)]
    if not able:
        return None
    at = sound.random.choice(able)
    bare = plan.needs[at].model_copy(update={"value": _number_alone(plan.needs[at].value)})
    return _planned(sound, plan, [*plan.needs[:at], bare, *plan.needs[at + 1 :]])


def repeat_search(sound: Sound) -> Step | None:
    """In place of the next call an earlier search once more, as it was or with its words turned round."""
    done = (d.call for d in executed(sound.trajectory.since_steered))
    earlier = [call for call in done if call.name == "product_search"]
    coming = sound.step.call
    if coming is None or coming.name in ("plan", "ask_user", "product_search") or not earlier:
        return None
    arguments = dict(sound.random.choice(earlier).arguments)
    words = str(arguments.get("query", "")).split()
    if len(words) > 1 and sound.random.random() < 0.5:
        arguments["query"] = " ".join(reversed(words))
    return Step(
        thought=sound.random.choice(_phrases("search_again")),
        call=ToolCall(name="product_search", arguments=arguments),
    )


def stop_early(sound: Sound) -> Step | None:
    """A report as soon as one of several that fit was opened, before they were compared."""
    if sound.step.call is None or sound.step.call.name in ("plan", "ask_user") or not sound.desk.may_report():
        return None
    fitting = sum(sound.desk.fit(p).fits for p in sound.desk.ranked())
    opened = len(sound.desk.eligible())
    if fitting >= 2 and opened >= 1 and not sound.desk.ranking:
        return Step(thought=sound.random.choice(_phrases("enough")), report=write_report(sound.desk))
    return None


def cite_nothing(sound: Sound) -> Step | None:
    """A report whose sentences name no record."""
    draft = _written(sound.step)
    if draft is None or not draft.picks or not draft.verdict:
        return None
    verdict = parse_prose(sound.random.choice(_phrases("bare_verdicts")))
    return _rewritten(sound.step, draft.model_copy(update={"verdict": verdict}))


def trust_one_review(sound: Sound) -> Step | None:
    """A review finding that makes one buyer's word everyone's."""
    draft = _written(sound.step)
    if draft is None or not draft.reviews:
        return None
    at = sound.random.randrange(len(draft.reviews))
    chosen = draft.reviews[at]
    first = chosen.prose[0]
    everyone = Text(text=sound.random.choice(_phrases("everyone")) + " ")
    spoiled = chosen.model_copy(update={"prose": ((everyone, *first), *chosen.prose[1:])})
    reviews = (*draft.reviews[:at], spoiled, *draft.reviews[at + 1 :])
    return _rewritten(sound.step, draft.model_copy(update={"reviews": reviews}))


def recommend_unknown(sound: Sound) -> Step | None:
    """A report with one pick more, which misses a need, leaves it open, was never opened or never shown."""
    draft = _written(sound.step)
    if draft is None or draft.picks is None:
        return None
    fitting = {p.id for p in sound.desk.eligible()}
    wrong = [sound.desk.evidence.tag_of(p) for p in sound.desk.ranked() if p.id not in fitting]
    wrong.append(f"P{len(sound.desk.evidence.products()) + sound.random.randint(1, 9)}")
    tag = sound.random.choice(wrong)
    picks = parse_draft(f"## Picks\n- also: [{tag}] {sound.random.choice(_phrases('praise'))}").picks or ()
    return _rewritten(sound.step, draft.model_copy(update={"picks": (*draft.picks, *picks)}))


def _plan(sound: Sound) -> Plan | None:
    call = sound.step.call
    return read_plan(call.arguments, sound.desk.reading.needs) if call and call.name == "plan" else None


def _card(plan: Plan, desk: Desk) -> CategoryCard | None:
    return next((c for c in desk.cards if c.tag == plan.category), None)


def _without_one(sound: Sound, may_go: Callable[[str], bool]) -> Step | None:
    """The plan without one of the needs on attributes that may go."""
    plan = _plan(sound)
    able = [at for at, n in enumerate(plan.needs) if may_go(n.on)] if plan else []
    if plan is None or not able:
        return None
    at = sound.random.choice(able)
    return _planned(sound, plan, [*plan.needs[:at], *plan.needs[at + 1 :]])


def _planned(sound: Sound, plan: Plan, needs: Sequence[PlanNeed]) -> Step:
    """The same plan with other needs, and the thought of a planner who sees only those."""
    written = plan.model_copy(update={"needs": tuple(needs)})
    call = ToolCall(name="plan", arguments=written.arguments(sound.desk.reading.needs))
    return sound.step.model_copy(update={"call": call, "thought": plan_thought(written)})


def _loses_its_unit(need: PlanNeed, card: CategoryCard, desk: Desk) -> bool:
    """Whether a need means something else once its value is a bare number."""
    bare = _number_alone(need.value)
    if not bare or bare == need.value or need.on == "price":
        return False
    before = bind(need, "", card, desk.index).condition
    after = bind(need.model_copy(update={"value": bare}), "", card, desk.index).condition
    if before is None or after is None or before.number is None or after.number is None:
        return False
    return abs(after.number - before.number) > 0.02 * abs(before.number)


def _number_alone(value: str) -> str:
    try:
        quantity = parse_quantity(value)
    except (QuantityError, UnitError):
        return ""
    found = re.match(r"\s*(\d+(?:[.,]\d+)?)", value)
    return found[1] if quantity.unit and found else ""


def _written(step: Step) -> Draft | None:
    return parse_draft(step.report) if step.report else None


def _rewritten(step: Step, draft: Draft) -> Step:
    return step.model_copy(update={"report": render_draft(draft)})


@cache
def _phrases(name: str) -> tuple[str, ...]:
    text = files("distill").joinpath("spoiling.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)[name])
