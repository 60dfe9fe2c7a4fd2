"""Which model answers: the bundled one, or one that the person or a retraining put in its place.

The record is one small file in the home, `models/in-use.json`, written whole. It names the models in the
order in which they came, with a mark of each file, so that a file that was lost or changed is noticed before
it is loaded. Whether a model can serve at all is asked by `models.usable`.
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from models.engine import EngineError
from models.file_mark import file_mark
from models.usable import Model, demand_usable

WAY_BACK = "go back to the one before with `productresearch models rollback`"


class InUseError(EngineError):
    """The record or the files of the model in use are not what they were, or there is no way back."""


class Entry(BaseModel):
    """A model that was put in use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path | None = None
    """Its file, from the home where it stands inside; None for the bundled one."""
    adapter: Path | None = None
    model_mark: str
    adapter_mark: str = ""
    since: datetime
    why: str
    """How it came into use, in a few words."""


class Record(BaseModel):
    """Every model that was put in use and not taken back, the oldest first; the last one answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    entries: tuple[Entry, ...] = ()


class ModelsInUse:
    """The record of one home."""

    def __init__(self, home: Path, bundled: Path) -> None:
        """`bundled` is the file that answers where nothing else was put in use."""
        self._home = home
        self.bundled: Final = bundled
        self._path = home / "models" / "in-use.json"

    @property
    def current(self) -> Model:
        """The model that answers; raises InUseError where its files are not what they were."""
        entries = self.entries
        if not entries:
            return Model(self._demand_bundled())
        return self._demand_unchanged(entries[-1])

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was put in use, the oldest first; raises InUseError."""
        try:
            return Record.model_validate_json(self._path.read_bytes()).entries
        except FileNotFoundError:
            return ()
        except (OSError, ValidationError) as error:
            raise InUseError(
                f"The record of the model in use, {self._path}, is damaged; {WAY_BACK}."
            ) from error

    def model(self, entry: Entry) -> Model:
        """The files of an entry, whether or not they are there."""
        path = self.bundled if entry.model is None else self._home / entry.model
        return Model(path, None if entry.adapter is None else self._home / entry.adapter)

    def promote(self, model: Model, why: str, now: datetime, wire: int) -> None:
        """Put a model in use; the one before stays where the new one cannot serve.

        Raises ModelFileError, TemplateError and InUseError.
        """
        entries = self.entries
        demand_usable(model, wire)
        bundled = model.path.resolve() == self.bundled.resolve()
        entry = Entry(
            model=None if bundled else self._stored(model.path),
            adapter=None if model.adapter is None else self._stored(model.adapter),
            model_mark=file_mark(model.path),
            adapter_mark="" if model.adapter is None else file_mark(model.adapter),
            since=now,
            why=why,
        )
        self._write((*entries, entry))

    def rollback(self, steps: int = 1) -> Model:
        """Go back so many models, and on to one whose files are what they were; the bundled one is the first.

        A damaged record is set aside. Raises InUseError where there is nothing to go back to.
        """
        try:
            entries = self.entries
        except InUseError:
            self._path.replace(self._path.with_suffix(".damaged"))
            return Model(self._demand_bundled())
        if not entries:
            raise InUseError("No model was put in use, so there is none to go back from.")
        if not 1 <= steps <= len(entries):
            raise InUseError(
                f"There are {len(entries)} models before the one in use; "
                "`productresearch models show` counts them."
            )
        entries = entries[: len(entries) - steps]
        while entries:
            try:
                before = self._demand_unchanged(entries[-1])
            except InUseError:
                entries = entries[:-1]
                continue
            self._write(entries)
            return before
        self._write(())
        return Model(self._demand_bundled())

    def _demand_unchanged(self, entry: Entry) -> Model:
        model = self.model(entry)
        if entry.model is None and entry.adapter is None:
            return Model(self._demand_bundled())
        self._demand_mark(model.path, entry.model_mark)
        if model.adapter is not None:
            self._demand_mark(model.adapter, entry.adapter_mark)
        return model

    def _demand_mark(self, path: Path, mark: str) -> None:
        try:
            found = file_mark(path)
        except OSError as error:
            raise InUseError(
                f"The model in use cannot be read ({path}: {error.strerror}); put it back, or {WAY_BACK}."
            ) from error
        if found == mark:
            return
        if path == self.bundled:
            raise InUseError(
                "The adapter in use was made for the bundled model of another version; retrain it, "
                f"or {WAY_BACK}."
            )
        raise InUseError(
            f"{path} is not the file that was put in use, it is damaged or was changed; put that one back, "
            f"or {WAY_BACK}."
        )

    def _demand_bundled(self) -> Path:
        if not self.bundled.is_file():
            raise InUseError(
                f"This installation has no bundled model ({self.bundled} is missing); research by the rules "
                "with `--engine rules`, or name a model of yours with `--engine PATH.gguf`."
            )
        return self.bundled

    def _stored(self, path: Path) -> Path:
        """A path inside the home is kept from there, so that a home can be moved."""
        whole, home = path.resolve(), self._home.resolve()
        return whole.relative_to(home) if whole.is_relative_to(home) else whole

    def _write(self, entries: tuple[Entry, ...]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.touch(mode=0o600)
        with partial.open("wb") as file:
            file.write(Record(entries=entries).model_dump_json(indent=1).encode("utf-8") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)
