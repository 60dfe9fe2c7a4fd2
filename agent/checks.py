"""Live checks of a call before it is carried out: what code can see without asking a model.

They see only the trajectory and the desk. The checks of a report stand in `agent.report.verify`.
"""

from agent.desk import Desk
from agent.trajectory import Observation, Step, ToolCall, Trajectory


def check_call(call: ToolCall, trajectory: Trajectory, desk: Desk) -> Observation | None:
    """What is wrong with a call, as the observation that the policy reads; None where nothing is."""
    if _repeats(call, trajectory):
        hint = "write the report" if desk.may_report() else "do something else"
        return Observation(
            text=f"{call.name} was called just so before; use what it showed, or {hint}.", error=True
        )
    return None


def _repeats(call: ToolCall, trajectory: Trajectory) -> bool:
    """Whether the very same call was carried out since the person last changed something."""
    for entry in reversed(trajectory.entries):
        if entry.kind in ("move", "question"):
            return False
        if isinstance(entry, Step) and entry.call == call:
            return True
    return False
