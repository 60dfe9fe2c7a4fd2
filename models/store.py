"""The fetched models of one home: whole files under `models/fetched`, half ones beside them.

`pins.json` remembers of each file its revision, size and SHA-256 as the hub told them when it was fetched.
Only what was held against them takes its place, so a file that bears its name is whole.
"""

import hashlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from models.catalog import ModelCard
from models.engine import EngineError

PARTIAL = ".partial"
_BLOCK = 1 << 20


class StoreError(EngineError):
    """A fetched file is missing, is not what was fetched, or the list of pins is damaged."""


class Pin(BaseModel):
    """What a file was when it was fetched."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: str
    file: str
    revision: str
    sha256: str
    bytes: int
    fetched: datetime


class Pins(BaseModel):
    """The pins of a home, by the name of the model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    pins: dict[str, Pin] = {}


State = Literal["here", "partial", "absent"]


class ModelStore:
    """Where the models of a home lie."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "models" / "fetched"
        self._pins = self.folder / "pins.json"

    def path(self, card: ModelCard) -> Path:
        """Where its file lies, or would."""
        return self.folder / card.name / card.file

    def partial(self, card: ModelCard, sha256: str) -> Path:
        """Where a file lies while it is fetched; another version of it goes on with no half of this one."""
        return self.path(card).with_name(f"{card.file}.{sha256[:16]}{PARTIAL}")

    def partials(self, card: ModelCard) -> list[Path]:
        """What lies there of files that were begun."""
        return sorted(self.path(card).parent.glob(f"*{PARTIAL}"))

    def state(self, card: ModelCard) -> State:
        """Whether a model can be used."""
        if self.path(card).is_file():
            return "here"
        return "partial" if self.partials(card) else "absent"

    def pin(self, card: ModelCard) -> Pin | None:
        """What was fetched under its name; raises StoreError."""
        return self._read().pins.get(card.name)

    def put(self, card: ModelCard, pin: Pin) -> Path:
        """Give a whole partial file its name; raises OSError and StoreError."""
        pins = self._read()
        self._write(Pins(pins={**pins.pins, card.name: pin}))
        self.partial(card, pin.sha256).replace(self.path(card))
        return self.path(card)

    def verify(self, card: ModelCard, progress: Callable[[int], None] = lambda _: None) -> Pin:
        """Hold every byte of a file against its pin; `progress` is told of bytes. Raises StoreError."""
        pin = self.pin(card)
        if self.state(card) != "here" or pin is None:
            raise StoreError(
                f"{card.name} is not here whole; `productresearch models fetch {card.name}` fetches it."
            )
        found = sha256_of(self.path(card), progress)
        if found != pin.sha256 or self.path(card).stat().st_size != pin.bytes:
            raise StoreError(
                f"{self.path(card)} is not the file that was fetched, it is damaged or was changed; "
                f"`productresearch models remove {card.name}` and fetch it again."
            )
        return pin

    def remove(self, card: ModelCard) -> int:
        """Delete what there is of a model; bytes that became free. Raises OSError."""
        freed = 0
        for path in (self.path(card), *self.partials(card)):
            if path.is_file():
                freed += path.stat().st_size
                path.unlink()
        pins = self._read().pins
        if card.name in pins:
            self._write(Pins(pins={name: pin for name, pin in pins.items() if name != card.name}))
        return freed

    def _read(self) -> Pins:
        try:
            return Pins.model_validate_json(self._pins.read_bytes())
        except FileNotFoundError:
            return Pins()
        except (OSError, ValidationError) as error:
            raise StoreError(f"The list of fetched models, {self._pins}, is damaged; delete it.") from error

    def _write(self, pins: Pins) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self._pins.with_suffix(".new")
        with partial.open("wb") as file:
            file.write(pins.model_dump_json(indent=1).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._pins)


def sha256_of(path: Path, progress: Callable[[int], None] = lambda _: None) -> str:
    """The SHA-256 of a file in hexadecimal; `progress` is told of bytes as they are read. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            progress(len(block))
    return digest.hexdigest()
