"""`distill export`: a directory of lines to learn from, with a card for people and a manifest for programs.

The same dialogues give the same bytes. A directory is there whole or not at all, and one that was changed by
hand or speaks another wire is not opened.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from agent.wire import WIRE_VERSION
from distill.dataset.card import Counts, card
from distill.dataset.contexts import contexts, estimated_tokens, fits, parted
from distill.dataset.manifest import FORMAT, ExportSettings, FileSum, Manifest
from distill.dataset.preferences import preferences
from distill.dataset.samples import Preference, Sample, samples
from distill.dialogue import Seats
from distill.errors import DatasetError
from distill.filtering.record import Funnel
from distill.filtering.replay import ReplayError
from distill.internalizing.internalize import Internalized
from distill.internalizing.variants import Variant
from distill.task import SPLITS, Split
from distill.whole_files import read_records, told
from distill.worlds.open import OpenWorld
from index.product import Record

MANIFEST, CARD = "manifest.json", "README.md"


@dataclass(frozen=True)
class Dataset:
    """A data set whose files are what its manifest says."""

    folder: Path
    manifest: Manifest

    def samples(self, split: Split) -> Iterator[Sample]:
        """The samples of a split, in order."""
        return read_records(self.folder / samples_file(split), Sample)

    def preferences(self, split: Split) -> Iterator[Preference]:
        """The preferences of a split, in order."""
        return read_records(self.folder / preferences_file(split), Preference)


def samples_file(split: Split) -> str:
    """Name of the file with a split's samples."""
    return f"{split}.jsonl"


def preferences_file(split: Split) -> str:
    """Name of the file with a split's preferences."""
    return f"preferences-{split}.jsonl"


def _line_files() -> list[str]:
    return [name for split in SPLITS for name in (samples_file(split), preferences_file(split))]


def export(
    dialogues: Iterable[Internalized],
    folder: Path,
    settings: ExportSettings,
    open_world: OpenWorld,
    funnel: Funnel | None = None,
) -> Manifest:
    """Write a data set in place of the one that is there; raises DataError."""
    folder = folder.resolve()
    if folder.exists() and not (folder / MANIFEST).is_file():
        raise DatasetError(f"{folder} is there and is no data set; name another folder.")
    if settings.context_tokens and not fits((), settings.context_tokens):
        raise DatasetError(
            f"A context of {settings.context_tokens:,} tokens leaves no room for a step: the instructions "
            f"and tools alone take about {estimated_tokens(()):,}; name a larger one."
        )
    partial, before = (folder.with_name(f".{folder.name}.{word}") for word in ("partial", "before"))
    with told(folder):
        try:
            _remove(partial)
            partial.mkdir(parents=True)
            manifest = _write(dialogues, partial, settings, open_world, funnel)
            _remove(before)
            if folder.exists():
                folder.replace(before)
            partial.replace(folder)
        finally:
            _remove(partial)
        _remove(before)
    return manifest


def open_dataset(folder: Path) -> Dataset:
    """A data set, every file held against its manifest; raises DatasetError."""
    path = folder / MANIFEST
    if not path.is_file():
        raise DatasetError(f"{folder} is no data set: it has no {MANIFEST}; make one with `distill export`.")
    with told(folder):
        manifest = _read_manifest(path)
        for file in manifest.files:
            _hold_against(file, folder / file.name)
    return Dataset(folder, manifest)


def _read_manifest(path: Path) -> Manifest:
    try:
        said: dict[str, object] = json.loads(path.read_bytes())
        made = (said.get("format"), said.get("wire"))
    except (ValueError, AttributeError) as error:
        raise DatasetError(f"{path} cannot be read; export the data set again.") from error
    if made != (FORMAT, WIRE_VERSION):
        raise DatasetError(
            f"{path.parent} is of format {made[0]} and wire {made[1]} and this version reads format "
            f"{FORMAT} and wire {WIRE_VERSION}; export it again."
        )
    try:
        manifest = Manifest.model_validate(said)
    except ValidationError as error:
        raise DatasetError(f"{path} was changed by hand; export the data set again.") from error
    if [file.name for file in manifest.files] != sorted((*_line_files(), CARD)):
        raise DatasetError(f"{path} was changed by hand; export the data set again.")
    return manifest


def _hold_against(sum_of: FileSum, path: Path) -> None:
    """Raise DatasetError where a file is not what the manifest says of it."""
    if not path.is_file():
        raise DatasetError(f"{path} is missing; export the data set again.")
    with path.open("rb") as file:
        if file_digest(file, "sha256").hexdigest() != sum_of.sha256:
            raise DatasetError(
                f"{path} was changed after the export (its hash differs); export the data set again."
            )


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


class _Lines:
    """A file being written, and its sum."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self._name = name
        self._file = file
        self._digest = sha256()
        self._bytes = self._lines = 0

    def add(self, record: Record) -> None:
        """Write a record as one line with its keys in order."""
        line = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        self.write(line.encode("utf-8") + b"\n")

    def write(self, text: bytes) -> None:
        """Write lines as they are."""
        self._file.write(text)
        self._digest.update(text)
        self._bytes += len(text)
        self._lines += text.count(b"\n")

    def sum(self) -> FileSum:
        """What the manifest says of it."""
        return FileSum(name=self._name, sha256=self._digest.hexdigest(), bytes=self._bytes, lines=self._lines)


def _write(
    dialogues: Iterable[Internalized],
    folder: Path,
    settings: ExportSettings,
    open_world: OpenWorld,
    funnel: Funnel | None,
) -> Manifest:
    counts, seats = Counts(), set[Seats]()
    with ExitStack() as stack:
        lines = {
            name: _Lines(name, stack.enter_context((folder / name).open("wb"))) for name in _line_files()
        }
        for done in dialogues:
            split = done.kept.task.split
            seats.add(done.kept.dialogue.seats)
            counts.dialogue(done)
            for sample in _samples(done, settings, open_world):
                lines[samples_file(split)].add(sample)
                counts.sample(sample)
            for preference in preferences(done):
                lines[preferences_file(split)].add(preference)
                counts.preference(preference)
        told_by = sorted(seats, key=Seats.model_dump_json)
        lines[CARD] = _Lines(CARD, stack.enter_context((folder / CARD).open("wb")))
        lines[CARD].write(card(counts, settings, told_by, funnel).encode("utf-8"))
    sums = tuple(lines[name].sum() for name in sorted(lines))
    manifest = Manifest(settings=settings, seats=tuple(told_by), files=sums)
    text = json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _samples(done: Internalized, settings: ExportSettings, open_world: OpenWorld) -> Iterator[Sample]:
    """A dialogue as it is, and where it is too long for the agent's context in compacted contexts too."""
    recorded = parted(done.variant(settings.variant))
    for number, part in enumerate(recorded):
        yield from samples(done.kept, part, number, settings.form)
    short = not settings.context_tokens or fits(recorded[0].trajectory.entries, settings.context_tokens)
    if len(recorded) == 1 and not short:
        parts = _compacted(done, recorded[0], open_world, settings.context_tokens)
        for number, part in enumerate(parts[1:], start=1):
            yield from samples(done.kept, part, number, settings.form)


def _compacted(done: Internalized, variant: Variant, open_world: OpenWorld, size: int) -> list[Variant]:
    task = done.kept.task
    try:
        return contexts(done.kept, variant, open_world(task.world), size)
    except ReplayError as error:
        raise DatasetError(
            f"{task.id} does not replay ({error}): the catalogue has changed since; filter the run again."
        ) from error
