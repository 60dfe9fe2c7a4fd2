"""The proof of a loss mask: what is learned is what the model writes, and nothing that it is told.

It is made on the finished samples against the messages that they stem from, so a fault in the rendering, a
template or a tokenizer is found before a night is spent on it.
"""

import json
from collections.abc import Iterator

from finetune.data.samples import Sample
from finetune.data.tokens import Reading
from finetune.errors import MaskError


def prove(sample: Sample, reading: Reading) -> Sample:
    """The sample, of which everything holds; raises MaskError with what does not."""
    fault = next(faults(sample, reading), None)
    if fault is not None:
        raise MaskError(f"{sample.name}: {fault}")
    return sample


def faults(sample: Sample, reading: Reading) -> Iterator[str]:
    """What is wrong with a sample, one sentence each."""
    learned = sum(label >= 0 for label in sample.labels)
    if not learned:
        yield "no token is in the loss, so nothing would be learned of it."
    if learned == len(sample):
        yield "every token is in the loss, what the model is told among them."
    yield from _told(sample)
    yield from _ends(sample, reading)
    if any(reading.control & set(s.ids) for s in sample.segments if not s.trusted):
        yield "a special token stems from data: a record could end a turn or speak as another."


def _told(sample: Sample) -> Iterator[str]:
    """Everything that is told stands, in order, in what is not learned."""
    runs = [""]
    for segment in sample.segments:
        if segment.part == "told" and segment.learned:
            yield "a text that the model is told, such as a tool's, is in the loss."
            return
        if segment.learned:
            runs.append("")
        else:
            runs[-1] += segment.text
    text = "\0".join(runs)
    at = 0
    for told in sample.told:
        # Some templates write what is told as a string of JSON.
        ends = [_behind(form, text, at) for form in (told, json.dumps(told, ensure_ascii=False)[1:-1])]
        found = [end for end in ends if end]
        if not found:
            yield f"what the model is told is not outside the loss: {told[:40]!r}."
            return
        at = min(found)


def _behind(part: str, text: str, at: int) -> int:
    """The place behind a part of the text; 0 where it is not there."""
    found = text.find(part, at)
    return found + len(part) if found >= 0 else 0


def _ends(sample: Sample, reading: Reading) -> Iterator[str]:
    """Every learned act is followed by a learned end of turn."""
    segments = sample.segments
    for at, segment in enumerate(segments):
        last = segment.part in ("act", "thought") and (
            at + 1 == len(segments) or segments[at + 1].part not in ("act", "thought")
        )
        if not (last and segment.learned):
            continue
        end = segments[at + 1] if at + 1 < len(segments) else None
        if end is None or not end.learned or reading.end not in end.ids:
            yield "the token that ends a turn is not in the loss, so the model would not learn to stop."
            return
