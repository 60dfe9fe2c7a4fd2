"""The lines of a data set: messages with tools and metadata, for whole trajectories or one for each step.

Messages are `agent.wire.messages`, the neutral form; a trainer renders them with its model's own template,
and whatever tokenizer it has, no text from a record can be taken for a control token in them.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import JsonValue

from agent.tools import declarations
from agent.trajectory import Entry, Step, Trajectory
from agent.wire import WIRE_VERSION, messages
from distill.dataset.contexts import estimated_tokens
from distill.dialogue import State
from distill.filtering.record import Kept
from distill.internalizing.variants import Variant, VariantName
from distill.task import Answer, Split, Task
from index.product import Record
from models.completion import harmless

Form = Literal["whole", "step"]

Messages = list[dict[str, JsonValue]]


class Origin(Record):
    """Where a line comes from."""

    task: str
    world: str
    split: Split
    family: str
    category: str
    """The path, joined with ` > `."""
    answer: Answer
    wire: int = WIRE_VERSION


class SampleMetadata(Origin):
    """What a trainer or a reader wants to know of a sample."""

    variant: VariantName
    form: Form
    context: int
    """0 from the beginning, 1 after the first compaction, and so on."""
    step: int | None = None
    """Of a sample of one step: which of its context's steps stands last, from 0."""
    steps: int
    """Messages of the assistant in it."""
    tokens: int
    """Estimated as a quarter of the characters."""
    mask_report: bool
    masked: tuple[int, ...] = ()
    """Places of messages of the assistant that are not learned: a poor report."""
    sent_back: tuple[int, ...] = ()
    """Places of messages of the assistant that were sent back; only the raw variant has any."""


class Sample(Record):
    """A line of `train.jsonl`, `validation.jsonl` or `test.jsonl`."""

    messages: Messages
    tools: list[dict[str, JsonValue]]
    metadata: SampleMetadata


class PreferenceMetadata(Origin):
    """What is known of a preference."""

    state: State
    codes: tuple[str, ...]
    """Of the findings for which the one was sent back."""


class Preference(Record):
    """A line of `preferences-SPLIT.jsonl`: the step that stood and one that was sent back at that point."""

    prompt: Messages
    chosen: Messages
    rejected: Messages
    tools: list[dict[str, JsonValue]]
    metadata: PreferenceMetadata


def origin(task: Task) -> Origin:
    """The part of a line's metadata that is the task's."""
    return Origin(
        task=task.id,
        world=task.world,
        split=task.split,
        family=task.family,
        category=" > ".join(task.category),
        answer=task.answer,
    )


def samples(kept: Kept, context: Variant, number: int, form: Form) -> Iterator[Sample]:
    """The samples of one context of a variant; `number` is which of its contexts it is."""
    if form == "whole":
        yield _sample(kept, context, number, None)
        return
    entries = context.trajectory.entries
    places = [at for at, entry in enumerate(entries) if isinstance(entry, Step)]
    for step, at in enumerate(places):
        if at not in context.masked:
            yield _sample(kept, _up_to(context, at), number, step)


def harmless_messages(trajectory: Trajectory) -> Messages:
    """A trajectory's messages in which records spell no control token."""
    return [message for message in harmless([*messages(trajectory)]) if isinstance(message, dict)]


def _up_to(variant: Variant, at: int) -> Variant:
    entries = variant.trajectory.entries[: at + 1]
    return variant.model_copy(update={"trajectory": with_entries(variant.trajectory, *entries)})


def with_entries(trajectory: Trajectory, *entries: Entry) -> Trajectory:
    """The trajectory with nothing but these entries."""
    return trajectory.model_copy(update={"entries": entries})


def _sample(kept: Kept, variant: Variant, number: int, step: int | None) -> Sample:
    entries = variant.trajectory.entries
    # Behind the system's message each entry is one message.
    metadata = SampleMetadata(
        **origin(kept.task).model_dump(),
        variant=variant.name,
        form="whole" if step is None else "step",
        context=number,
        step=step,
        steps=sum(isinstance(e, Step) for e in entries),
        tokens=estimated_tokens(entries),
        mask_report=kept.mask_report,
        masked=tuple(at + 1 for at in variant.masked if at < len(entries)),
        sent_back=tuple(at + 1 for at in variant.sent_back if at < len(entries)),
    )
    return Sample(messages=harmless_messages(variant.trajectory), tools=declarations(), metadata=metadata)
