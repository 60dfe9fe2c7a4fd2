"""The models that are known by name (`catalog.toml`): where each comes from, what it takes, and for whom.

What is not pinned by a revision and a SHA-256 is unverified, and pinned when it is first fetched. Fetching is
left to `models.fetching`, files to `models.store`.
"""

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.engine import EngineError

Role = Literal["student", "teacher", "embedder"]
"""What a model is fetched for: to research and be trained, to make training data, or to search by meaning."""
BUNDLED = "bundled"
"""What came along, which nobody needs to fetch."""

_QUANTIZATION = re.compile(r"[-._](I?Q\d\w*|MXFP4|BF16|F16|F32)\.gguf$", re.IGNORECASE)


class UnknownModelError(EngineError):
    """No model of the catalogue has this name."""


class ModelCard(BaseModel):
    """A model of the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    roles: tuple[Role, ...] = Field(min_length=1)
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    file: str = Field(pattern=r"^[\w.-]+\.gguf$")
    revision: str = Field(default="", pattern=r"^([0-9a-f]{40})?$")
    """Of the repository; empty where none is pinned."""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    bytes: int = Field(gt=0)
    """Of the file; about so many where it is unverified."""
    licence: str
    context: int = Field(gt=0)
    """Tokens that it was trained on."""
    kv_bytes: int = Field(default=0, ge=0)
    """Cache of one token; 0 where it is not known."""
    parameters: float = 0.0
    """Billions; 0 where all are active."""
    active: float = Field(gt=0)
    """Billions of parameters that a token passes through."""
    calls: Literal["hermes", "xml", "gemma", "pythonic", "harmony"]
    """How its template writes tool calls; other forms than ours are held to ours by the grammar."""
    trainers: tuple[Literal["cuda", "mlx"], ...] = ()
    """What can train it here and export the result; none where that was never tried."""

    @property
    def verified(self) -> bool:
        """Whether the file is pinned."""
        return bool(self.revision and self.sha256)

    @property
    def quantization(self) -> str:
        """How its weights are rounded, as its file's name says ("Q4_K_M"); empty where that says nothing."""
        found = _QUANTIZATION.search(self.file)
        return found[1].upper() if found else ""

    @property
    def active_share(self) -> float:
        """Share of the weights that a token passes through."""
        return self.active / self.parameters if self.parameters else 1.0


class Catalog(BaseModel):
    """Every model that has a name, and which to take on a machine of so many gigabytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: dict[str, ModelCard]
    recommended: dict[Role, dict[int, str]]

    @model_validator(mode="after")
    def _recommended_are_known(self) -> "Catalog":
        for role, names in self.recommended.items():
            for name in names.values():
                if name != BUNDLED and role not in self.model(name).roles:
                    raise ValueError(f"{name} is recommended as {role} and is none")
        return self

    def model(self, name: str) -> ModelCard:
        """The model of a name; raises UnknownModelError, with the names that are like it."""
        if name in self.models:
            return self.models[name]
        near = get_close_matches(name.casefold(), self.models, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`productresearch models list` has them all."
        raise UnknownModelError(f"There is no model {name!r}; {hint}")


@cache
def catalog() -> Catalog:
    """The catalogue that came along."""
    written = tomllib.loads(files("models").joinpath("catalog.toml").read_text(encoding="utf-8"))
    models = {name: {"name": name, **told} for name, told in written["models"].items()}
    return Catalog.model_validate({**written, "models": models})
