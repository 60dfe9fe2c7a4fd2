"""Needs in the making: what the readers of amounts, values and leftovers enter, each with its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agent.plan import PlanOp
from agent.reading.scope import Scopes
from agent.reading.spots import Spot


@dataclass(frozen=True, slots=True)
class Draft:
    """A need in the making, with the place in the question that speaks of it."""

    at: int
    on: str
    op: PlanOp
    value: str = ""
    hard: bool = True


@dataclass
class Drafts:
    """What has been read so far."""

    needs: list[Draft] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    """Spots that a need covers."""
    titled: set[int] = field(default_factory=set)
    """Spots that a need on the title names."""
    earlier: tuple[str, ...] = ()
    """Attributes of earlier needs, which a follow-up's bare number may speak of."""
    follows: bool = False
    """Whether a follow-up is read: "quieter" then means the quietest of what there is."""
    doubts: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """What was said, and the attributes it could mean."""


def softened(drafts: Drafts, scope: Scopes) -> list[Draft]:
    """Needs in the order of the question, those under a softener made soft."""
    said = {d.on for d in drafts.needs if d.at not in scope.inherited} | {"price", "brand", "other"}
    kept = (d for d in drafts.needs if d.at not in scope.inherited or d.on not in said)
    ordered = sorted(kept, key=lambda d: d.at)
    weak = scope.soft | {d.at for d in ordered if d.at in scope.context and d.on != "price"}
    return [replace(d, hard=False) if d.at in weak else d for d in ordered]


def is_measured(spots: Sequence[Spot], behind: int, drafts: Drafts) -> bool:
    """Whether small words lead from a place to an amount that a need takes up: "a bedroom [of 30 m²]"."""
    at = behind
    while at < len(spots) and spots[at].stop and not spots[at].tags:
        at += 1
    return behind < at < len(spots) and spots[at].amount is not None and at in drafts.used
