"""The lines of a data set that `distill export` wrote, as a trainer reads them.

Every file that is read is held against the manifest first. Only what training needs is taken from a line;
how the lines were made is left to `distill`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.wire import WIRE_VERSION
from finetune.errors import DatasetError
from index.product import first_fault

FORMAT = 1
"""Of the manifest and the lines."""
MANIFEST = "manifest.json"

Split = Literal["train", "validation", "test"]


class _Line(BaseModel):
    """A line has more than a trainer reads."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Function(_Line):
    """What a call names."""

    name: str
    arguments: str
    """JSON."""


class Call(_Line):
    """A tool call in the form of OpenAI's messages."""

    function: Function


class Message(_Line):
    """A message in the form of OpenAI's, as `agent.wire.messages` stores it."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    reasoning_content: str = ""
    tool_calls: tuple[Call, ...] = ()


class RowMetadata(_Line):
    """What a trainer wants to know of a line."""

    task: str
    form: Literal["whole", "step"] = "whole"
    context: int = 0
    step: int | None = None
    masked: tuple[int, ...] = ()
    """Places of messages of the assistant that are not learned."""


class Row(_Line):
    """A trajectory, or one up to a step."""

    messages: tuple[Message, ...]
    metadata: RowMetadata

    @property
    def name(self) -> str:
        """How a sentence speaks of it."""
        about = self.metadata
        step = "" if about.step is None else f", step {about.step}"
        return f"{about.task} (context {about.context}{step})"


class Pair(_Line):
    """The step that stood and one that was sent back at the same point."""

    prompt: tuple[Message, ...]
    chosen: tuple[Message, ...]
    rejected: tuple[Message, ...]
    metadata: RowMetadata

    @property
    def name(self) -> str:
        """How a sentence speaks of it."""
        return f"{self.metadata.task} (pair)"


AnyLine = TypeVar("AnyLine", bound=_Line)


class _FileSum(_Line):
    name: str
    sha256: str
    lines: int


class _Manifest(_Line):
    files: tuple[_FileSum, ...]


@dataclass(frozen=True)
class Dataset:
    """A data set of this wire, with the sum that its manifest says of each file."""

    folder: Path
    sums: dict[str, str]
    lines: dict[str, int]

    def rows(self, split: Split) -> Iterator[Row]:
        """The trajectories of a split, in order."""
        return self._read(f"{split}.jsonl", Row)

    def pairs(self, split: Split) -> Iterator[Pair]:
        """The preferences of a split, in order."""
        return self._read(f"preferences-{split}.jsonl", Pair)

    def _read(self, name: str, kind: type[AnyLine]) -> Iterator[AnyLine]:
        path = self.folder / name
        self._hold_against(name, path)
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield kind.model_validate_json(line)
                except ValidationError as error:
                    raise DatasetError(
                        f"Line {number} of {path} cannot be learned from: {first_fault(error)}."
                    ) from error

    def _hold_against(self, name: str, path: Path) -> None:
        if name not in self.sums or not path.is_file():
            raise DatasetError(f"{path} is missing; export the data set again.")
        with path.open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != self.sums[name]:
                raise DatasetError(
                    f"{path} was changed after the export (its hash differs); export the data set again."
                )


def open_dataset(folder: Path) -> Dataset:
    """A data set of this wire; raises DatasetError. A file is held against its sum when it is read."""
    path = folder / MANIFEST
    try:
        said: dict[str, object] = json.loads(path.read_bytes())
        made = (said.get("format"), said.get("wire"))
        manifest = _Manifest.model_validate(said) if made == (FORMAT, WIRE_VERSION) else None
    except FileNotFoundError as error:
        raise DatasetError(
            f"{folder} is no data set: it has no {MANIFEST}; make one with `distill export`."
        ) from error
    except (OSError, ValueError, AttributeError) as error:
        raise DatasetError(f"{path} cannot be read; export the data set again.") from error
    if manifest is None:
        raise DatasetError(
            f"{folder} is of format {made[0]} and wire {made[1]}, and this version trains on format {FORMAT} "
            f"and wire {WIRE_VERSION}; export it again."
        )
    return Dataset(
        folder,
        sums={file.name: file.sha256 for file in manifest.files},
        lines={file.name: file.lines for file in manifest.files},
    )
