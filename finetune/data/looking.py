"""`finetune inspect`: samples with what is learned of them in colour, and the shares."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.text import Text

from finetune.data.samples import Part, Sample

_STYLES: dict[Part, str] = {
    "frame": "dim",
    "told": "",
    "thought": "bold green",
    "act": "bold green",
    "end": "bold green reverse",
}
_MASKED = "yellow"
"""What the model wrote and does not learn."""


@dataclass(frozen=True)
class Shares:
    """Tokens of samples by their part, and how many of them are learned."""

    samples: int
    tokens: int
    learned: int
    longest: int
    parts: tuple[tuple[Part, int, int], ...]
    """Part, tokens, learned tokens."""


def shares(samples: Iterable[Sample]) -> Shares:
    """Count the tokens of samples."""
    counted: dict[Part, list[int]] = {part: [0, 0] for part in _STYLES}
    lengths = []
    for sample in samples:
        lengths.append(len(sample))
        for segment in sample.segments:
            counted[segment.part][0] += len(segment.ids)
            counted[segment.part][1] += len(segment.ids) * segment.learned
    return Shares(
        samples=len(lengths),
        tokens=sum(lengths),
        learned=sum(learned for _, learned in counted.values()),
        longest=max(lengths, default=0),
        parts=tuple((part, tokens, learned) for part, (tokens, learned) in counted.items()),
    )


def share_rows(counted: Shares) -> Iterator[tuple[str, str, str, str]]:
    """The shares as rows of a table: part, tokens, learned, share of all tokens."""
    for part, tokens, learned in counted.parts:
        yield part, f"{tokens:,}", f"{learned:,}", f"{tokens / max(1, counted.tokens):.1%}"
    share = counted.learned / max(1, counted.tokens)
    yield "all", f"{counted.tokens:,}", f"{counted.learned:,}", f"{share:.1%} learned"


def coloured(sample: Sample) -> Text:
    """A sample as it reads: learned text green, the end of a turn reversed, masked steps yellow."""
    text = Text()
    for segment in sample.segments:
        written = segment.part in ("thought", "act", "end")
        style = _STYLES[segment.part] if segment.learned or not written else _MASKED
        # A line end would not show its colour.
        text.append(segment.text.replace("\n", "⏎\n") if segment.learned else segment.text, style=style)
    return text


def heading(sample: Sample) -> str:
    """A line about a sample: its name, its tokens and the learned share of them."""
    return f"{sample.name}: {len(sample):,} tokens, {sample.share:.1%} learned"
