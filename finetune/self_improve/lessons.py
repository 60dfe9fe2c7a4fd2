"""What an agent's own runs teach: those that verify, and where a run on the same task went wrong.

A run verifies where its picks meet the task's hidden truth and every citation is supported
(`distill.filtering.stages`). A run that does not is held against the one that is kept for its task: at the
first step where they act otherwise after having seen the same, the verified step is preferred to the other.
Such a step is woven into the kept dialogue as one that was sent back, which is the form from which
`distill export` takes preference pairs; the trajectories themselves are exported clean, without it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from agent.report.draft import Finding
from agent.trajectory import Feedback, Step
from distill.dataset.export import export
from distill.dataset.manifest import ExportSettings, Manifest
from distill.dialogue import Dialogue, Ruling, state_of
from distill.filtering.record import FilterSettings, Kept, Stage
from distill.filtering.run import filter_dialogues, read_kept
from distill.filtering.stages import Rejected, examine
from distill.internalizing.internalize import internalize_all, read_internalized
from distill.internalizing.rewriting import RulesRewriter
from distill.standing import standing
from distill.task import Task
from distill.worlds.open import OpenWorld
from finetune.errors import ImproveError
from finetune.self_improve.runs import OwnRun

AT_FAULT: frozenset[Stage] = frozenset({"schema", "predicates", "citations"})
"""Stages at which a run fails by what it did; the others say that it is short, long, or poorly written."""


class Failed(NamedTuple):
    """A run that does not verify, and why."""

    dialogue: Dialogue
    cause: str


class Slip(NamedTuple):
    """A step of a run that went wrong, in place of the one that stands at an entry of the verified run."""

    at: int
    wrong: Step
    cause: str


class Gained(NamedTuple):
    """What the runs came to."""

    runs: int
    verified: int
    causes: Mapping[str, int]
    """Why the others do not verify, and how many of them each."""
    kept: int
    pairs: int
    manifest: Manifest


def learn_from(
    tasks: Iterable[Task], runs: Iterable[OwnRun], open_world: OpenWorld, folder: Path, out: Path, seed: int
) -> Gained:
    """Sort the runs, keep the best of each task, and export them with their pairs as a data set.

    `folder` takes the work, `out` the data set. Raises ImproveError where no run verifies, and DataError.
    """
    of_task = {task.id: task for task in tasks}
    settings = FilterSettings(seed=seed)
    verified: list[tuple[Task, Dialogue]] = []
    failed: dict[str, list[Failed]] = {}
    causes: Counter[str] = Counter()
    for run in runs:
        task = of_task[run.task]
        fault = fault_of(task, run.dialogue, open_world, settings)
        if fault is None:
            verified.append((task, run.dialogue))
            continue
        causes[fault.cause] += 1
        if fault.stage in AT_FAULT:
            failed.setdefault(task.id, []).append(Failed(run.dialogue, fault.cause))
    if not verified:
        told = ", ".join(f"{cause} {times}" for cause, times in causes.most_common(4))
        raise ImproveError(f"No run of {causes.total():,} verifies ({told}); train the agent further first.")
    funnel = filter_dialogues(verified, open_world, settings, folder)
    kept = [woven(each, failed.get(each.task.id, ())) for each in read_kept(folder)]
    internalize_all(kept, RulesRewriter(seed), seed, folder)
    wanted = ExportSettings(variant="clean", seed=seed)
    manifest = export(read_internalized(folder), out, wanted, open_world, funnel)
    return Gained(
        runs=len(verified) + causes.total(),
        verified=len(verified),
        causes=dict(causes.most_common()),
        kept=len(kept),
        pairs=sum(file.lines for file in manifest.files if file.name.startswith("preferences-")),
        manifest=manifest,
    )


def fault_of(
    task: Task, dialogue: Dialogue, open_world: OpenWorld, settings: FilterSettings
) -> Rejected | None:
    """Why a run does not verify; None where it does, however well its report reads."""
    found = examine(task, dialogue, open_world(task.world), settings)
    if isinstance(found, Rejected):
        return found
    poor = found.masked
    return poor if poor is not None and poor.stage in AT_FAULT else None


def woven(kept: Kept, failed: Sequence[Failed]) -> Kept:
    """A dialogue with the wrong steps of other runs before its own, as steps that were sent back."""
    slips: dict[tuple[int, str], Slip] = {}
    for slip in filter(None, (_slip(kept.dialogue, each) for each in failed)):
        # Two reports that were sent back would be read as one and its edit.
        what = "report" if slip.wrong.call is None else _said(slip.wrong)
        slips.setdefault((slip.at, what), slip)
    dialogue = kept.dialogue
    # From the last to the first, so that the places of the others still hold.
    for slip in sorted(slips.values(), key=lambda slip: slip.at, reverse=True):
        dialogue = _sent_back(dialogue, slip)
    return kept.model_copy(update={"dialogue": dialogue})


def _slip(right: Dialogue, failed: Failed) -> Slip | None:
    """Where a run first acts otherwise than the verified one; None where they saw other things."""
    pairs = zip(standing(right.trajectory), standing(failed.dialogue.trajectory), strict=False)
    for one, other in pairs:
        if isinstance(one.entry, Step) and isinstance(other.entry, Step):
            if _said(one.entry) != _said(other.entry):
                edited = other.entry.report is not None and bool(one.before or other.before)
                return None if edited else Slip(one.at, other.entry, failed.cause)
        elif one.entry != other.entry:
            return None
    return None


def _said(step: Step) -> str:
    """What a step does, whatever was thought before it."""
    return step.call.model_dump_json() if step.call is not None else step.report or ""


def _sent_back(dialogue: Dialogue, slip: Slip) -> Dialogue:
    entries, at = dialogue.trajectory.entries, slip.at
    hint = f"A run that went on so did not verify: {slip.cause.replace('_', ' ')}."
    finding = Finding(code=slip.cause, severity="error", hint=hint)
    ruling = Ruling(at=at, state=state_of(slip.wrong), round=1, approved=False, findings=(finding,))
    moved = [r.model_copy(update={"at": r.at + 2}) if r.at >= at else r for r in dialogue.rulings]
    changed = (*entries[:at], slip.wrong, Feedback(text=hint), *entries[at:])
    return dialogue.model_copy(
        update={
            "trajectory": dialogue.trajectory.model_copy(update={"entries": changed}),
            "rulings": tuple(sorted([*moved, ruling], key=lambda r: r.at)),
        }
    )
