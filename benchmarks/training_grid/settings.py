"""What the grid compares, what all of its trainings share, and where a folder of it keeps what was made."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from distill.internalizing.variants import VariantName
from distill.supervisor import STATES
from finetune.errors import TrainingError
from finetune.micro.corpus import CorpusSpec
from finetune.micro.recipe import MicroRecipe
from finetune.micro.train import TOKENIZER
from index.product import Record

SEED = 41
FAULTS = 1.0
"""Share of dialogues with planted faults: a researcher without any leaves a supervisor nothing to mend."""
LONGEST = 8192
"""Tokens of the longest dialogue that is learnt from, and of the context that students work in."""


class Setting(NamedTuple):
    """One line of the table: how its dialogues come about."""

    name: str
    supervised: bool = True
    filtered: bool = True
    variant: VariantName = "internalized"
    share: float = 1.0
    """Of the tasks over which dialogues are held."""

    @property
    def folder(self) -> str:
        """A name for files."""
        return self.name.replace(",", "").replace(" ", "-")

    def spec(self, tasks: int) -> CorpusSpec:
        """What is drawn for it."""
        return CorpusSpec(
            tasks=max(1, round(tasks * self.share)),
            seed=SEED,
            faults=FAULTS,
            variant=self.variant,
            states=STATES if self.supervised else frozenset(),
            filtered=self.filtered,
        )


SETTINGS = (
    Setting("supervision all, internalized, all data"),
    Setting("supervision none", supervised=False),
    Setting("supervision none, unfiltered", supervised=False, filtered=False),
    Setting("raw path", variant="raw"),
    Setting("clean path", variant="clean"),
    Setting("a quarter of the data", share=1 / 4),
    Setting("a sixteenth of the data", share=1 / 16),
)
"""The first is what the others are held against."""


class Grid(Record):
    """What all trainings share; kept in the folder, so that nothing else is mixed into it."""

    tasks: int
    """Held-out tasks."""
    data: int
    """Tasks over which dialogues are held."""
    products: int
    recipe: MicroRecipe


@dataclass(frozen=True)
class GridFolder:
    """Where things are in a folder of the grid."""

    path: Path

    def take_up(self, grid: Grid) -> None:
        """Begin the folder or go on with it; raises TrainingError where it was begun otherwise."""
        kept = self.path / "grid.json"
        self.path.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            kept.write_text(grid.model_dump_json(indent=1), encoding="utf-8")
            return
        try:
            same = Grid.model_validate_json(kept.read_text(encoding="utf-8")) == grid
        except ValidationError:
            same = False
        if not same:
            raise TrainingError(
                f"{self.path} was begun with another recipe or other numbers; name an empty one."
            )

    @property
    def home(self) -> Path:
        """The shop of the tasks at home."""
        return self.path / "home"

    @property
    def tasks(self) -> Path:
        """The held-out tasks."""
        return self.path / "tasks.jsonl"

    @property
    def tokenizer(self) -> Path:
        """Of all students."""
        return self.path / TOKENIZER

    def corpus(self, setting: Setting) -> Path:
        """A setting's dialogues as text."""
        return self.path / "corpora" / f"{setting.folder}.jsonl.gz"

    def feeds(self, setting: Setting) -> Path:
        """The folder of what a setting's training reads and leaves."""
        return self.path / setting.folder

    def packed(self, setting: Setting) -> Path:
        """A setting's dialogues in tokens."""
        return self.feeds(setting) / "work.pt"

    def light(self, setting: Setting) -> Path:
        """The folder of a setting's weights alone, once they are trained."""
        return self.feeds(setting) / "light"

    def agent(self, setting: Setting) -> Path:
        """A setting's student as llama.cpp runs it."""
        return self.feeds(setting) / "agent.gguf"

    def runs(self, name: str) -> Path:
        """The runs of a contestant, one a line."""
        return self.path / f"{name}.jsonl"
