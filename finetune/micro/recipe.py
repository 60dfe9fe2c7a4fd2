"""How the micro agent is made: its shape, and the stages of its training with what each is fed."""

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from finetune.errors import RecipeError
from finetune.micro.model import Shape
from index.product import Record, first_fault

BUNDLED = Path(__file__).with_name("bundled.toml")
"""How the bundled agent was begun."""
COPY = "copy"
"""The feed that is drawn while training; every other feed is a packed file of that name."""


class Stage(Record):
    """A stretch of training with one mixture of feeds."""

    name: str
    tokens: int = Field(gt=0)
    batch: int = Field(default=4096, gt=0)
    """Most tokens of a step: many small steps teach a small network more than few large ones."""
    feeds: dict[str, float]
    """Share of the steps that each feed gives."""
    everything: bool = False
    """Whether all text is learnt, as in pretraining, and not only what the assistant writes."""
    scrambled: float = Field(default=0.0, ge=0, le=1)
    """Share of the samples that are fed in other words (`scrambling`), so that copying is not forgotten."""
    fade: float = Field(default=0.0, ge=0, le=1)
    """Share of the stage, at its end, over which the learning rates fall to a twentieth."""


class MicroRecipe(Record):
    """Everything that decides what comes out, but for the corpus."""

    shape: Shape = Shape()
    seed: int = 0
    copying_at_birth: bool = True
    """Whether the network begins with the two heads of `induction`."""
    muon: float = Field(default=0.02, gt=0)
    """Learning rate of the layers' matrices."""
    taught: float = Field(default=0.05, ge=0, le=1)
    """Share of it at which the matrices learn that were written at birth: at the full rate they are lost."""
    embedding: float = Field(default=0.006, gt=0)
    """Learning rate of the embedding."""
    adam: float = Field(default=0.002, gt=0)
    """Learning rate of everything else."""
    balance: float = Field(default=0.01, ge=0)
    """Weight of the loss that keeps the experts evenly used."""
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of a gradient."""
    stages: tuple[Stage, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> "MicroRecipe":
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError("two stages bear one name")
        return self

    @property
    def tokens(self) -> int:
        """Of all stages."""
        return sum(stage.tokens for stage in self.stages)


def read_recipe(path: Path) -> MicroRecipe:
    """A recipe from its TOML file; raises RecipeError."""
    try:
        return MicroRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is no TOML: {error}.") from error
    except ValidationError as error:
        raise RecipeError(f"{path}: {first_fault(error)}") from error
