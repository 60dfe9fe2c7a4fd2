"""What the models' screen does with a model, in a worker thread: each tells how far it is and can be stopped.

A deed ends with the sentence that says what was done, and raises what hindered it.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from models.fetching import fetch
from models.in_use import ModelsInUse
from models.store import ModelStore
from tui.bytes_told import BytesTold
from tui.listener import BLINK, Course, StoppedError, clock_text
from tui.model_shelf import Row
from tui.settings import Settings
from tui.trial import LONGEST
from tui.using_models import demand_unused, put_in_use


class Deeds:
    """All of them over one home; one runs at a time."""

    def __init__(self, store: ModelStore, in_use: ModelsInUse, tell: Callable[[Course], object]) -> None:
        self.cancel = threading.Event()
        """Ends what runs; what a fetch has brought is kept."""
        self._store, self._in_use, self._tell = store, in_use, tell
        self._told_at = 0.0

    def fetch(self, row: Row) -> str:
        """Bring a model here, or go on with one; raises FetchError and StoreError."""
        assert row.card is not None
        told = BytesTold()

        def heard(doing: str, done: int, total: int) -> None:
            self._went(f"{doing.capitalize()} {row.name}", done, total, told.line(doing, done, total))

        pin = fetch(row.card, self._store, datetime.now(UTC), lambda progress: heard(*progress), self.cancel)
        return f"{row.name} is here: revision {pin.revision[:12]}, SHA-256 {pin.sha256[:12]}…"

    def verify(self, row: Row) -> str:
        """Hold every byte against the pin; raises StoreError and StoppedError."""
        assert row.card is not None
        told, done = BytesTold(), 0

        def heard(more: int) -> None:
            nonlocal done
            done += more
            if self.cancel.is_set():
                raise StoppedError
            total = max(row.bytes, done)
            self._went(f"Verifying {row.name}", done, total, told.line("verifying", done, total))

        pin = self._store.verify(row.card, heard)
        return f"{row.name} is as it was fetched, SHA-256 {pin.sha256}."

    def use(self, row: Row, settings: Settings) -> str:
        """Try a model, and let it answer if it can; raises EngineError."""
        assert row.model is not None
        began = time.monotonic()

        def written(tokens: int) -> None:
            seconds = time.monotonic() - began
            told = f"{tokens:,} tokens written in {clock_text(seconds)} of {clock_text(LONGEST)} at most"
            self._went(f"Trying {row.name}", int(seconds), int(LONGEST), told)

        done = put_in_use(row.model, self._in_use, settings, written=written, cancel=self.cancel)
        assert done is not None
        how = f"it planned and reported in {done.seconds:.0f} s, {done.tokens:,} tokens"
        other = f" The setting engine names {settings.engine}, which researches all the same."
        return f"{row.name} is in use: {how}; r goes back.{other if settings.engine else ''}"

    def roll_back(self) -> str:
        """Let the model before answer again; raises InUseError."""
        return f"{self._in_use.rollback().name} is in use again."

    def remove(self, row: Row) -> str:
        """Delete a model, or the half of one; raises UsageError for the one that answers, and OSError."""
        assert row.card is not None
        demand_unused(row.card, self._store, self._in_use)
        return f"{self._store.remove(row.card) / 1e9:.2f} GB are free again."

    def _went(self, what: str, done: int, total: int, told: str) -> None:
        """Say how far it is, no oftener than a screen shows it."""
        now = time.monotonic()
        if now - self._told_at >= BLINK or done >= total:
            self._told_at = now
            self._tell(Course(what, done, total, told))
