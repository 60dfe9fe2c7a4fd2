"""`distill internalize`: the log of several roles becomes one voice, in which a correction is a reflection.

A rewriter writes the thought of each step that stood after others were sent back; code decides whether it may
stand (no trace of anyone else, the cause kept, every fact known at that point) and lets the rules' version
stand where it may not. What is carried out and what it brings is never touched.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from agent.observe import shorten
from agent.report.draft import Finding
from agent.trajectory import Question, Step, executed
from agent.wire import call_json, inert, outside_text
from distill.dialogue import Dialogue, state_of
from distill.filtering.record import Kept
from distill.internalizing.reflection_checks import LONGEST_THOUGHT, facts_in, fault_of, words_of_code
from distill.internalizing.rewriting import RulesRewriter, to_oneself, trace_pattern
from distill.internalizing.variants import Variant, VariantName, clean, internalized, raw
from distill.seats.roles import Correction, Rewriter, SeatError
from distill.standing import SentBack, corrections, standing
from distill.whole_files import read_records, record_line, written_whole
from index.product import Record

LONGEST_CAUSES = 260
"""Characters of all causes that are told in one thought."""
LONGEST_SHOWN = 400
"""Characters of a step as a rewriter sees it."""
INTERNALIZED = "internalized.jsonl"


class Internalized(Record):
    """A dialogue with the thoughts that its one-voiced variants need."""

    kept: Kept
    reflections: dict[int, str] = Field(default_factory=dict)
    """By entry, the thought of a step that stood after others were sent back."""
    cleansed: dict[int, str] = Field(default_factory=dict)
    """By entry, a thought from which sentences about somebody else were cut."""

    def variant(self, name: VariantName) -> Variant:
        """One of the three trajectories to learn from."""
        match name:
            case "internalized":
                return internalized(self.kept, {**self.cleansed, **self.reflections})
            case "clean":
                return clean(self.kept, self.cleansed)
            case "raw":
                return raw(self.kept)


class Internalization(Record):
    """What the rewriting did."""

    dialogues: int
    corrections: int
    """Steps that were sent back."""
    reflections: int
    """Thoughts in which they became reflections."""
    rewritten: int
    """Of these, the ones that stand as the rewriter wrote them."""
    replaced: dict[str, int]
    """By cause, the ones where the rules' version stands."""
    cleansed: int
    """Thoughts from which something was cut."""


def internalize_all(kept: Iterable[Kept], rewriter: Rewriter, seed: int, folder: Path) -> Internalization:
    """Write `internalized.jsonl` into the folder; raises DataError."""
    counts: Counter[str] = Counter()
    replaced: Counter[str] = Counter()
    with written_whole(folder / INTERNALIZED) as out:
        for each in kept:
            done, causes = internalize(each, rewriter, seed)
            out.write(record_line(done))
            replaced.update(causes)
            counts.update(
                dialogues=1,
                corrections=corrections(each.dialogue.trajectory),
                reflections=len(done.reflections),
                cleansed=len(done.cleansed),
            )
    return Internalization(
        dialogues=counts["dialogues"],
        corrections=counts["corrections"],
        reflections=counts["reflections"],
        rewritten=counts["reflections"] - replaced.total(),
        replaced=dict(sorted(replaced.items())),
        cleansed=counts["cleansed"],
    )


def read_internalized(folder: Path) -> Iterator[Internalized]:
    """The dialogues as they were internalized; raises DataError."""
    return read_records(folder / INTERNALIZED, Internalized)


def internalize(kept: Kept, rewriter: Rewriter, seed: int) -> tuple[Internalized, list[str]]:
    """One dialogue with its reflections, and why the rules' version stands where it does."""
    rules = RulesRewriter(seed)
    question = ""
    known: set[str] = set()
    reflections, cleansed = {}, {}
    replaced = []
    for stood in standing(kept.dialogue.trajectory):
        if isinstance(stood.entry, Question):
            question = stood.entry.text
        if not isinstance(stood.entry, Step):
            known |= facts_in(outside_text(stood.entry))
            continue
        thought = without_traces(stood.entry.thought)
        if thought != stood.entry.thought:
            cleansed[stood.at] = thought
        if stood.before:
            causes = tuple(_findings(back, kept.dialogue) for back in stood.before)
            corrected = _Corrected(question, stood.entry, stood.before, causes)
            text, cause = _reflection(corrected, thought, known, rewriter, rules)
            reflections[stood.at] = text
            replaced += [cause] if cause else []
    done = Internalized(kept=kept, reflections=reflections, cleansed=cleansed)
    carried_out = list(executed(kept.dialogue.trajectory.entries))
    for name in ("internalized", "clean"):
        if list(executed(done.variant(name).trajectory.entries)) != carried_out:
            raise AssertionError(f"{kept.task.id}: the {name} variant changes what was carried out")
    return done, replaced


def without_traces(thought: str) -> str:
    """A thought without the sentences that speak of somebody who looks over the shoulder."""
    if not trace_pattern().search(thought):
        return thought
    sentences = re.split(r"(?<=[.!?;])\s+|\n+", thought)
    return " ".join(s for s in sentences if s and not trace_pattern().search(s))


@dataclass(frozen=True)
class _Corrected:
    """A step that stood, with what was sent back before it and why."""

    question: str
    step: Step
    before: tuple[SentBack, ...]
    causes: tuple[tuple[Finding, ...], ...]
    """For each that was sent back."""

    def rewritten(self, writer: Rewriter, thought: str) -> str:
        """The thought with each correction told before it, the first one first."""
        for back, findings in reversed(list(zip(self.before, self.causes, strict=True))):
            cause = " ".join(f.hint for f in findings)
            correction = Correction(
                state=state_of(back.step),
                question=self.question,
                wrong=_shown(back.step),
                cause=shorten(cause, LONGEST_CAUSES // len(self.before)),
                mended=_shown(self.step),
                thought=thought,
            )
            thought = writer.reflect(correction)
        return inert(" ".join(thought.split()))

    def bare(self, thought: str) -> str:
        """The least that can be said: what kind of thing was wrong."""
        kinds = dict.fromkeys(words_of_code(f.code) or "a flaw" for findings in self.causes for f in findings)
        return shorten(f"Not right yet: {', '.join(kinds)}. {thought}", LONGEST_THOUGHT).strip()

    def facts(self, thought: str) -> set[str]:
        """Tags and numbers that stand in the steps and in what was found."""
        texts = [thought, *(to_oneself(f.hint) for findings in self.causes for f in findings)]
        texts += [_written(step) for step in (self.step, *(b.step for b in self.before))]
        return {fact for text in texts for fact in facts_in(text)}


def _reflection(
    corrected: _Corrected, thought: str, known: set[str], rewriter: Rewriter, rules: Rewriter
) -> tuple[str, str]:
    """The thought of a step that stood, and why it is the rules' where the rewriter's may not stand."""
    facts = known | corrected.facts(thought)
    fallen = ""
    for writer in (rewriter, rules):
        try:
            text = corrected.rewritten(writer, thought)
        except SeatError as error:
            fallen = fallen or error.cause
            continue
        fault = fault_of(text, " ".join(thought.split()), corrected.causes, facts)
        if not fault:
            return text, fallen
        fallen = fallen or fault
    return corrected.bare(thought), fallen


def _findings(back: SentBack, dialogue: Dialogue) -> tuple[Finding, ...]:
    """What was found wrong: by the ruling, else as the live checks said it."""
    ruling = dialogue.ruling(back.at)
    if ruling is not None and ruling.findings:
        return ruling.findings
    said = [line.removeprefix("- ").strip() for line in back.feedback.splitlines()]
    return tuple(
        Finding(code="", severity="error", hint=line or "It does not hold.") for line in said or [""]
    )


def _written(step: Step) -> str:
    return call_json(step.call) if step.call is not None else step.report or ""


def _shown(step: Step) -> str:
    """A step as a rewriter sees it; a call is left whole, since half a JSON is none."""
    return _written(step) if step.call is not None else shorten(_written(step), LONGEST_SHOWN)
