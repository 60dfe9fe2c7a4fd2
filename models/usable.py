"""Whether a model can serve: everything that is asked of its files before it is put in use.

A model is a GGUF file, with a LoRA adapter over it where there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.engine import ModelFileError, TemplateError
from models.file_mark import file_mark
from models.gguf_file import GgufMetadata, gguf_metadata

ADAPTER = "adapter"
"""What `general.type` says of an adapter's file."""
_LITTLE = 256
"""Tokens of a context that only has to be made."""


@dataclass(frozen=True)
class Model:
    """The files of a model."""

    path: Path
    adapter: Path | None = None

    @property
    def name(self) -> str:
        """How it is called in tables and reports."""
        return self.path.name if self.adapter is None else f"{self.path.name} with {self.adapter.name}"

    @property
    def adapters(self) -> Sequence[tuple[Path, float]]:
        """The adapter at full strength, as the engine takes it."""
        return () if self.adapter is None else ((self.adapter, 1.0),)


def demand_usable(model: Model, wire: int) -> None:
    """Load the model once and let it go; `wire` is what this version speaks.

    Raises ModelFileError for files that are damaged, of another wire or do not belong together, and
    TemplateError for a model that cannot chat.
    """
    metadata = gguf_metadata(model.path)
    if metadata.kind == ADAPTER:
        raise ModelFileError(
            f"{model.path} is an adapter and no whole model; name its base, and the adapter with --adapter."
        )
    if not metadata.chat_template:
        raise TemplateError(f"{model.path} carries no chat template; use an instruction-tuned model.")
    demand_wire(metadata, model.path, wire)
    if model.adapter is not None:
        _demand_fitting(model.adapter, model.path, metadata, wire)
    _load(model)


def demand_wire(metadata: GgufMetadata, path: Path, wire: int) -> None:
    """Raise ModelFileError for a model that was trained to read and write another wire."""
    if metadata.wire is not None and metadata.wire != wire:
        raise ModelFileError(
            f"{path} was trained for wire {metadata.wire} and this version speaks {wire}; "
            "use a model made for it, or a general one."
        )


def _demand_fitting(adapter: Path, base: Path, of_base: GgufMetadata, wire: int) -> None:
    """Raise ModelFileError for an adapter that was made for something else, as far as its header tells."""
    metadata = gguf_metadata(adapter)
    if metadata.kind != ADAPTER:
        raise ModelFileError(f"{adapter} is no adapter; name one that was made for {base}.")
    demand_wire(metadata, adapter, wire)
    if metadata.architecture != of_base.architecture:
        raise ModelFileError(
            f"The adapter {adapter} was made for a {metadata.architecture} model and {base} is of "
            f"{of_base.architecture}; name its own base."
        )
    if metadata.base and metadata.base != file_mark(base):
        raise ModelFileError(
            f"The adapter {adapter} was made for another model than {base}; name its own base."
        )


def _load(model: Model) -> None:
    """What only llama.cpp can say: whether it knows the architecture, and whether the sizes agree."""
    # llama.cpp and the template language are loaded only where a model is looked at whole.
    from models.llama import LlamaEngine
    from models.template import ChatTemplate

    engine = LlamaEngine.open(model.path, context_size=_LITTLE, threads=1, adapters=model.adapters)
    try:
        ChatTemplate.from_source(engine.chat_template)
    finally:
        engine.close()
