"""Samples to learn from: token ids in segments, each with its origin and whether it is learned.

A trajectory is rendered by `agent.wire` over the base model's own chat template, as the live agent does it,
segment by segment, so that a student sees in training what it will see at work. What must hold of a sample
is left to `finetune.data.mask`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal, NamedTuple

from agent.trajectory import Observation, Question, Step, ToolCall
from agent.wire import END_THINK, Outside, Span, entry_spans, step_pieces
from finetune.data.dataset import Message, Pair, Row
from finetune.data.tokens import Reading
from finetune.errors import DatasetError
from finetune.recipe import Form
from models.engine import Piece

Part = Literal["frame", "told", "thought", "act", "end"]
"""Template text, what the model is told, its thought, its call or report, the end of its turn."""

IGNORED = -100
"""The label of a token that is not learned."""
_UNSEEN = datetime(1970, 1, 1, tzinfo=UTC)
"""A question's time is not on the wire."""


class Segment(NamedTuple):
    """Neighbouring text of one origin, tokenized as the live agent appends it."""

    text: str
    ids: tuple[int, ...]
    part: Part
    trusted: bool
    learned: bool
    call: bool = False
    """Whether this is the act of a step that calls a tool."""


@dataclass(frozen=True)
class Sample:
    """One sequence of tokens."""

    name: str
    segments: tuple[Segment, ...]
    told: tuple[str, ...]
    """What the model is told in it, message by message, the instructions first."""

    @property
    def ids(self) -> list[int]:
        """All tokens."""
        return [token for segment in self.segments for token in segment.ids]

    @property
    def labels(self) -> list[int]:
        """The tokens that are learned; IGNORED in place of the others."""
        return [t if s.learned else IGNORED for s in self.segments for t in s.ids]

    @property
    def share(self) -> float:
        """Learned tokens of all."""
        return sum(len(s.ids) for s in self.segments if s.learned) / max(1, len(self.ids))

    def __len__(self) -> int:
        return sum(len(segment.ids) for segment in self.segments)

    def calls(self) -> list[tuple[int, int]]:
        """Where the learned calls stand, each from its first token to behind its last."""
        places, at = [], 0
        for called, run in groupby(self.segments, lambda segment: segment.call and segment.learned):
            length = sum(len(segment.ids) for segment in run)
            if called:
                places.append((at, at + length))
            at += length
        return places


@dataclass(frozen=True)
class Preference:
    """Two samples that differ in their last step only."""

    chosen: Sample
    rejected: Sample
    prompt: int
    """Tokens before the step."""

    def __len__(self) -> int:
        return max(len(self.chosen), len(self.rejected))


def row_samples(row: Row, reading: Reading, form: Form) -> Iterator[Sample]:
    """The samples of a line; a line of one step has its last step learned, whatever the form."""
    steps = [at for at, message in enumerate(row.messages) if message.role == "assistant"]
    if row.metadata.form == "step":
        yield sample(row.name, row.messages, reading, steps[-1:])
        return
    learned = [at for at in steps if at not in row.metadata.masked]
    if form == "whole":
        yield sample(row.name, row.messages, reading, learned)
        return
    for number, at in enumerate(learned):
        yield sample(f"{row.name}, learned step {number}", row.messages[: at + 1], reading, [at])


def preference(pair: Pair, reading: Reading) -> Preference:
    """Both sides of a pair; raises DatasetError where they do not part at their last step."""
    last = [len(pair.prompt)]
    chosen = sample(f"{pair.name}, chosen", (*pair.prompt, *pair.chosen), reading, last)
    rejected = sample(f"{pair.name}, rejected", (*pair.prompt, *pair.rejected), reading, last)
    prompt = sum(len(s.ids) for s in chosen.segments if not s.learned)
    if chosen.ids[:prompt] != rejected.ids[:prompt] or chosen.ids == rejected.ids:
        raise DatasetError(f"{pair.name} has no two steps after one beginning; export the data set again.")
    return Preference(chosen, rejected, prompt)


def sample(name: str, messages: Sequence[Message], reading: Reading, learned: Sequence[int]) -> Sample:
    """Render messages; `learned` are the places of the steps that are learned. Raises DatasetError."""
    if not messages or messages[0].role != "system":
        raise DatasetError(f"{name} does not begin with instructions; export the data set again.")
    segments: list[Segment] = []
    told: list[Outside] = []
    for at, message in enumerate(messages[1:], start=1):
        if message.role == "assistant":
            turn = _Turn(messages[0].content, tuple(told), _step(name, message), begins=not segments)
            segments += _segments(turn, reading, at in learned)
            told = []
        else:
            told.append(_outside(message))
    opening = reading.begin(list(segments[0].ids)) if segments else []
    if opening:
        first = Segment(reading.text_of(opening), tuple(opening), "frame", trusted=True, learned=False)
        segments.insert(0, first)
    # What stands behind the last step is told to nobody.
    read = messages[: len(messages) - len(told)]
    return Sample(name, tuple(segments), tuple(m.content for m in read if m.role != "assistant"))


class _Turn(NamedTuple):
    """What the model is told, and the step that it answers with."""

    system: str
    told: tuple[Outside, ...]
    step: Step
    begins: bool


def _segments(turn: _Turn, reading: Reading, learned: bool) -> list[Segment]:
    spans = entry_spans((*turn.told, turn.step), reading.template, turn.begins, turn.system)
    written = _written(turn.step, reading)
    before = spans[: len(spans) - len(written)]
    parts: list[Part] = [*("frame" if span.piece.trusted else "told" for span in before), *written]
    runs = groupby(
        zip(spans, parts, strict=True), lambda each: (each[0].piece.trusted, each[1], each[0].supervised)
    )
    return [
        _segment([span for span, _ in run], part, reading, learned, turn.step.call is not None)
        for (_, part, _), run in runs
    ]


def _segment(spans: Sequence[Span], part: Part, reading: Reading, learned: bool, call: bool) -> Segment:
    pieces = [span.piece for span in spans]
    return Segment(
        "".join(piece.text for piece in pieces),
        tuple(reading.encode(pieces)),
        part,
        trusted=pieces[0].trusted,
        learned=spans[0].supervised and learned,
        call=call and part == "act",
    )


def _written(step: Step, reading: Reading) -> list[Part]:
    """The part of each piece of a step and of the end of its turn."""
    pieces = step_pieces(step, reading.template.opens_thinking)
    thought = pieces.index(Piece(END_THINK, trusted=True)) + 1
    parts: list[Part] = ["thought"] * thought
    parts += ["act"] * (len(pieces) - thought)
    parts += ["end"] * len(reading.template.close())
    return parts


def _outside(message: Message) -> Outside:
    if message.role == "tool":
        return Observation(text=message.content)
    return Question(text=message.content, at=_UNSEEN)


def _step(name: str, message: Message) -> Step:
    if not message.tool_calls:
        return Step(thought=message.reasoning_content, report=message.content)
    function = message.tool_calls[0].function
    try:
        call = ToolCall.model_validate({"name": function.name, "arguments": json.loads(function.arguments)})
    except ValueError as error:
        raise DatasetError(
            f"{name} calls no tool that this version knows ({error}); export it again."
        ) from error
    return Step(thought=message.reasoning_content, call=call)
