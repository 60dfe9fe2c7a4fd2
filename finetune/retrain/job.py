"""What a retraining is made from, and where each of its stages leaves its work.

The folder's name follows from the command, the catalogue and the model in use, so that the same command goes
on where it was, and another begins anew. The person's past counts once a retraining is at its end: what was
asked since is learned from by the next one, and not by starting this one over.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from pydantic import Field, ValidationError

from agent.wire import WIRE_VERSION
from distill.filtering.run import FUNNEL
from distill.running.casting import RULES
from distill.running.run import catalogue_of
from finetune.errors import RetrainError
from index.product import Record, first_fault
from models.file_mark import file_mark
from models.usable import Model

ASKED, ADAPTER = "asked.json", "adapter.gguf"


class Asked(Record):
    """What a person asked of a retraining: the same again goes on with it."""

    tasks: int = Field(ge=1)
    held_out: int = Field(ge=1)
    minutes: float = Field(gt=0, allow_inf_nan=False)
    seed: int
    teacher: str = RULES


def read_asked(folder: Path) -> Asked:
    """What was asked of the retraining of a folder; raises RetrainError."""
    path = folder / ASKED
    try:
        return Asked.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = first_fault(error) if isinstance(error, ValidationError) else error.strerror
        raise RetrainError(f"{path} cannot be read ({reason}); begin with numbers of your own.") from error


@dataclass(frozen=True)
class Job:
    """One retraining."""

    home: Path
    model: Model
    """The model in use when it began."""
    tasks: int
    """Dialogues that are held to learn from."""
    held_out: int
    """Tasks on which the gate compares at most."""
    minutes: float
    """Of training at most."""
    context: int
    """Tokens of the live agent's context."""
    threads: int | None
    seed: int
    past: str
    """A digest of the person's own events and questions."""
    teacher: str = RULES
    """Who takes every seat of the dialogues: `rules`, a GGUF file, or the address of a server."""

    @cached_property
    def name(self) -> str:
        """The same for the same inputs, and what it was when first asked for, whatever is imported since."""
        decided = [
            catalogue_of(self.home),
            *(file_mark(path) for path in (self.model.path, self.model.adapter) if path is not None),
            [self.tasks, self.held_out, self.minutes, self.context, self.seed, WIRE_VERSION],
            *([] if self.teacher == RULES else [self.teacher]),
        ]
        return f"retrained-{sha256(json.dumps(decided).encode()).hexdigest()[:10]}"

    @property
    def folder(self) -> Path:
        """Everything that its stages leave."""
        return self.home / "retrain" / self.name

    @property
    def asked(self) -> Path:
        """What was asked of it, for whoever goes on with it."""
        return self.folder / ASKED

    @property
    def of_past(self) -> Path:
        """The digest of the past that it began with."""
        return self.folder / "past.txt"

    @property
    def learned_from(self) -> Path:
        """The tasks of the dialogues."""
        return self.folder / "tasks.jsonl"

    @property
    def compared_on(self) -> Path:
        """The tasks of the gate."""
        return self.folder / "held-out.jsonl"

    @property
    def dialogues(self) -> Path:
        """The run of `distill`, with what was kept of it and its one voice."""
        return self.folder / "dialogues"

    @property
    def funnel(self) -> Path:
        """What became of the dialogues."""
        return self.dialogues / FUNNEL

    @property
    def dataset(self) -> Path:
        """What is trained on."""
        return self.folder / "dataset"

    @property
    def base(self) -> Path:
        """The model in use in the Hugging Face form."""
        return self.folder / "base"

    @property
    def recipe(self) -> Path:
        """The recipe of the training."""
        return self.folder / "recipe.toml"

    @property
    def training(self) -> Path:
        """Checkpoints, record and the trained adapter."""
        return self.folder / "training"

    @property
    def adapter(self) -> Path:
        """The adapter as llama.cpp takes it."""
        return self.folder / ADAPTER

    @property
    def shelf(self) -> Path:
        """Where a promoted model stands with the report of its comparison."""
        return self.home / "models" / self.name

    @property
    def shelved(self) -> Path:
        """The adapter of a promoted model."""
        return self.shelf / ADAPTER
