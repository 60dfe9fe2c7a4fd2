"""The card of a data set, for people: what is in it, how long, how it was chosen and whose it is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from string import Template

from agent.wire import WIRE_VERSION
from distill.dataset.manifest import ExportSettings
from distill.dataset.samples import Preference, Sample
from distill.dialogue import Seats
from distill.filtering.record import Funnel
from distill.filtering.run import funnel_lines
from distill.internalizing.internalize import Internalized
from distill.standing import corrections
from distill.task import SPLITS

BAR = 40
"""Characters of the longest bar of a histogram."""

_VARIANT_WORDS = {
    "internalized": "A step that was sent back is told as the researcher's own thought, with its cause.",
    "raw": "Steps that were sent back stand with what was said of them; `metadata.sent_back` points at them.",
    "clean": "Steps that were sent back are cut out.",
}
_FORM_WORDS = {
    "whole": "A sample is a whole dialogue.",
    "step": "A sample is a dialogue up to one step of the assistant, which stands last.",
}


@dataclass
class Counts:
    """What is counted while a data set is written; nothing of a dialogue is kept."""

    dialogues: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    corrections: Counter[str] = field(default_factory=Counter)
    samples: Counter[str] = field(default_factory=Counter)
    compacted: Counter[str] = field(default_factory=Counter)
    preferences: Counter[str] = field(default_factory=Counter)
    families: Counter[tuple[str, str]] = field(default_factory=Counter)
    categories: Counter[tuple[str, str]] = field(default_factory=Counter)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    tokens: Counter[int] = field(default_factory=Counter)
    """Samples by the power of two that their tokens stay under."""

    def dialogue(self, done: Internalized) -> None:
        """Count a dialogue."""
        task, split = done.kept.task, done.kept.task.split
        self.dialogues[split] += 1
        self.masked[split] += done.kept.mask_report
        self.corrections[split] += corrections(done.kept.dialogue.trajectory)
        self.families[task.family, split] += 1
        self.categories[" > ".join(task.category), split] += 1
        self.answers[task.answer, split] += 1

    def sample(self, sample: Sample) -> None:
        """Count a sample."""
        self.samples[sample.metadata.split] += 1
        self.compacted[sample.metadata.split] += sample.metadata.context > 0
        self.tokens[sample.metadata.tokens.bit_length()] += 1

    def preference(self, preference: Preference) -> None:
        """Count a preference."""
        self.preferences[preference.metadata.split] += 1
        for code in preference.metadata.codes:
            self.codes[code, preference.metadata.split] += 1


def card(counts: Counts, settings: ExportSettings, seats: Sequence[Seats], funnel: Funnel | None) -> str:
    """The card as Markdown."""
    template = files("distill.dataset").joinpath("dataset_card.md").read_text(encoding="utf-8")
    licences = [f"{name}: {licence}" for name, licence in settings.licences]
    return Template(template).substitute(
        variant=settings.variant,
        form=settings.form,
        wire=WIRE_VERSION,
        seed=settings.seed,
        variant_words=_VARIANT_WORDS[settings.variant],
        form_words=_FORM_WORDS[settings.form],
        counts=_counted(counts),
        seats=_listed(f"user {s.user}, research {s.research}, supervisor {s.supervisor}" for s in seats),
        families=_by_split("family", counts.families),
        categories=_by_split("category", counts.categories),
        answers=_by_split("answer", counts.answers),
        codes=_by_split("code", counts.codes),
        tokens=_histogram(counts.tokens),
        funnel=_funnel(funnel),
        licences=_listed(licences),
    )


def _counted(counts: Counts) -> str:
    kinds = (
        ("dialogues", counts.dialogues),
        ("with a masked report", counts.masked),
        ("steps that were sent back", counts.corrections),
        ("samples", counts.samples),
        ("in compacted contexts", counts.compacted),
        ("preferences", counts.preferences),
    )
    rows = [(name, *(str(counted[s]) for s in SPLITS), str(counted.total())) for name, counted in kinds]
    return _table(("", *SPLITS, "all"), rows)


def _by_split(name: str, counted: Counter[tuple[str, str]]) -> str:
    values = sorted({value for value, _ in counted})
    rows = [(value, *(str(counted[value, split]) for split in SPLITS)) for value in values]
    return _table((name, *SPLITS), rows) if rows else "None."


def _histogram(tokens: Counter[int]) -> str:
    if not tokens:
        return "None."
    longest = max(tokens.values())
    rows = []
    for bits in range(min(tokens), max(tokens) + 1):
        bar = "#" * -(-BAR * tokens[bits] // longest)
        rows.append(f"{2**bits >> 1:>8,} to {2**bits - 1:>8,}  {tokens[bits]:>8,}  {bar}".rstrip())
    return "\n".join(["```", *rows, "```"])


def _funnel(funnel: Funnel | None) -> str:
    if funnel is None:
        return "The dialogues were not filtered."
    return _table(("stage", "in", "out", "causes"), list(funnel_lines(funnel)))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _listed(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items) or "- none was given"
