"""The person's own hand on the wheel: edits of needs, steering and undo, applied between steps.

A wish is applied to the desk and becomes a `Move` with fixed text, so that the model reads what changed and
a recorded session replays the same.
"""

from agent.desk import Desk, PlanError
from agent.ledger import Need
from agent.plan import PlanNeed
from agent.trajectory import Move, MoveKind
from index.product import Record


class Wish(Record):
    """What the person asked for, before it is applied."""

    kind: MoveKind
    target: str = ""
    """A need tag (N2) or a product tag (P3)."""
    need: PlanNeed | None = None
    """The new need of an edit or an addition."""


def apply(wish: Wish, desk: Desk) -> Move:
    """Change the desk; raises PlanError or UnknownTagError with a sentence for the person."""
    if wish.kind == "undo":
        return _undo(desk)
    before = desk.state()
    text = _text_of(wish, desk)
    desk.before_moves.append(before)
    return Move(move=wish.kind, target=wish.target, text=text)


def _text_of(wish: Wish, desk: Desk) -> str:
    match wish.kind:
        case "edit":
            need = desk.rebind(wish.target, _written(wish))
            return f"I change {need.tag} to {_strength(need)}: {need.bound}."
        case "add":
            need = desk.add_need(_written(wish))
            return f"I add {need.tag}, {_strength(need)}: {need.bound}."
        case "relax":
            return f"{desk.harden(wish.target, hard=False).tag} may give way: it is soft now."
        case "harden":
            return f"{desk.harden(wish.target, hard=True).tag} must hold: it is hard now."
        case "more_like":
            liked = desk.evidence.show_product(desk.evidence.whole_product(wish.target))
            desk.liked.append(liked.record.id)
            return f"More like {wish.target}, please."
        case "not_this":
            desk.dismissed.add(desk.evidence.product(wish.target).id)
            return f"Not {wish.target}; leave it out."
        case _:
            desk.stop = True
            return "Stop here and write the report with what you have."


def _undo(desk: Desk) -> Move:
    if not desk.before_moves:
        raise PlanError("there is nothing to undo")
    state = desk.before_moves.pop()
    desk.needs, desk.plan = list(state.needs), state.plan
    desk.dismissed, desk.liked, desk.stop = set(state.dismissed), list(state.liked), state.stop
    return Move(move="undo", text="I take my last change back.")


def _written(wish: Wish) -> PlanNeed:
    if wish.need is None:
        raise PlanError(f"to {wish.kind} a need, say what it should be")
    return wish.need


def _strength(need: Need) -> str:
    return "hard" if need.hard else "soft"
