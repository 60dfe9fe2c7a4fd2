"""An import, from the screen and from the command line: what was given is found, looked at, then brought in.

A file that cannot be imported does not keep the others out. How it is told is left to `tui.intake_text` and
`tui.import_table`, and who does the work of one file is passed in.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from index.catalog import Catalog
from index.demo.shop import build_demo
from index.errors import CatalogueError
from index.gathering.files import gather
from index.gathering.found import Found, LeftOut
from index.gathering.scratch import Scratch
from index.importers.faults import ImportFaultError, NoSubjectError
from index.importers.import_report import ImportReport
from index.importers.place import Place
from tui import settings
from tui.embedding import embed_pending
from tui.import_text import roles_of
from tui.ingesting import Importable
from tui.listener import Listener, StoppedError
from tui.pasted import save_rows, understand
from tui.told import sentence

WITHOUT_VECTORS = (
    "Stopped: until the vectors are made, words alone find what is new; "
    "`productresearch index rebuild` makes them."
)
SAMPLE = 200
"""Rows by which a file is looked at before it is imported."""
BESIDE_A_PAST = (
    "It lies beside a history of yours and is no part of it that is read; to import it, name it itself."
)
PAST_APART = (
    "It is kept here, and a retraining learns from it. Your questions are answered without it unless you set "
    "`own_history = true`; what it shows then stands in reports as wishes."
)
_FIRST = ("products", "pages", "events", "prices", "reviews")
"""The order of kinds in one import: what others are about comes first."""

Bring = Callable[[Importable], ImportReport]
"""Does what `ingest` does and raises, and shows how far it is."""


@dataclass(frozen=True)
class Meant:
    """How what is given is meant, every file of it."""

    schema: Path | None = None
    pairs: tuple[str, ...] = ()
    """`role=column`."""
    form: str = ""
    """One of `index.importers.opening.FORMS`; empty: the content decides."""


@dataclass(frozen=True)
class Given:
    """What the person gave, as text."""

    what: str
    """Paths in any form, or rows."""
    mapping: str = ""
    """`role=column`, several parted by semicolons or commas."""
    schema: str = ""
    """Path of a column schema; empty for none."""

    @property
    def meant(self) -> Meant:
        """The rest of it, read."""
        pairs = filter(None, (pair.strip() for pair in self.mapping.replace(",", ";").split(";")))
        schema = self.schema.strip()
        return Meant(Path(schema).expanduser() if schema else None, tuple(pairs))


@dataclass(frozen=True)
class Tried:
    """What a look at one file said, or why it cannot be imported."""

    found: Found
    report: ImportReport | None = None
    refusal: str = ""
    waits: bool = False
    """Whether it is about things that are not in the catalogue yet."""
    about: str = ""
    """The source of this import that it may be about, where it waits for one."""

    @property
    def kind(self) -> str:
        """What it holds; empty where it cannot be imported."""
        return self.report.kind if self.report else ""


@dataclass(frozen=True)
class Taken:
    """What became of one file: a report, a fault, or that it was stopped."""

    found: Found
    report: ImportReport | None = None
    fault: str = ""


class Looked(NamedTuple):
    """What was found and looked at, in the order of an import, and what was left out."""

    tried: tuple[Tried, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def importable(self) -> tuple[Tried, ...]:
        """What can be imported."""
        return tuple(each for each in self.tried if each.report is not None)


def found_of(given: Given, folder: Path, scratch: Scratch) -> tuple[Found | LeftOut, ...]:
    """The files meant; pasted rows become one in `folder`. Raises OSError."""
    pasted = understand(given.what)
    paths = (save_rows(pasted.rows, folder),) if pasted.rows else pasted.paths
    return tuple(gather(paths, scratch))


def look_at(found: Iterable[Found | LeftOut], meant: Meant, bring: Bring) -> Looked:
    """What the first rows of each file say of it; raises UsageError and what stops it.

    A file that was only found, in a folder or an archive, is left out where it cannot be imported.
    """
    tried, left_out = [], []
    for each in found:
        if isinstance(each, LeftOut):
            left_out.append(each)
        else:
            tried.append(_try(Tried(each), _importable(each, meant, most=SAMPLE), bring))
    past = {each.found.inside for each in tried if each.report and _is_past(each.report)} - {""}
    beside = [each for each in tried if each.found.inside in past and not (each.report and each.report.known)]
    tried = [*_with_subjects([each for each in tried if each not in beside], meant, bring)]
    left_out += [LeftOut(each.found.name, BESIDE_A_PAST) for each in beside]
    refused = [each for each in tried if each.report is None and each.found.inside]
    left_out += [LeftOut(each.found.name, each.refusal) for each in refused]
    kept = sorted((each for each in tried if each not in refused), key=_rank)
    return Looked(tuple(kept), tuple(left_out))


def rehearse(looked: Looked, meant: Meant, bring: Bring) -> Looked:
    """A dry run of all rows of what can be imported; raises what stops it."""
    tried: list[Tried] = []
    past: list[Path] = []
    for each in looked.tried:
        if each.report is None:
            tried.append(each)
            continue
        file = _importable(each.found, meant, beside=tuple(past), about=each.about)
        past += [file.path] if each.kind == "events" else []
        tried.append(_try(each, file, bring))
    return looked._replace(tried=tuple(tried))


def take(tried: Sequence[Tried], meant: Meant, bring: Bring) -> Iterator[Taken]:
    """Import each file; where it is stopped, what was committed of that file is kept and the rest is left."""
    past: list[Path] = []
    for each in tried:
        file = _importable(each.found, meant, beside=tuple(past))._replace(dry_run=False)
        past += [file.path] if each.kind == "events" else []
        try:
            yield Taken(each.found, _with_word_of_past(bring(file)))
        except StoppedError:
            yield Taken(
                each.found,
                fault="Stopped: what was read until then is kept; importing the file again completes it, "
                "and removing its source takes it out.",
            )
            return
        except (ImportFaultError, CatalogueError, OSError, RuntimeError, sqlite3.Error) as error:
            yield Taken(each.found, fault=_said_of(each.found, error))


def _with_word_of_past(report: ImportReport) -> ImportReport:
    """With how what was ordered is taken into account, where it is not."""
    if report.kind != "events" or not report.new or settings.load().own_history:
        return report
    return report.model_copy(update={"notes": (*report.notes, PAST_APART)})


def write_demo(catalog: Catalog, listener: Listener, today: date) -> int:
    """Write the demo shop as of today; the number of its records. Raises StoppedError."""

    def hear(count: int) -> None:
        listener.hear("Writing the demo shop", 0, 0, count, "records")

    return build_demo(catalog, progress=hear, day=today)


def make_vectors(home: Path, catalog: Catalog, listener: Listener) -> str:
    """Make the vectors that are missing; what the person should know of it, or nothing."""
    if listener.cancel.is_set():
        return WITHOUT_VECTORS
    try:
        embed_pending(home, catalog, listener.embedding())
    except StoppedError:
        return WITHOUT_VECTORS
    except Exception as error:  # the products are in, and words find them
        return f"Words alone find what is new: {sentence(error)}"
    return ""


def _try(each: Tried, file: Importable, bring: Bring) -> Tried:
    try:
        return replace(each, report=bring(file), refusal="", waits=False)
    except NoSubjectError as error:
        return replace(each, report=None, refusal=sentence(error), waits=True)
    except (ImportFaultError, CatalogueError, OSError, sqlite3.Error) as error:
        return replace(each, report=None, refusal=_said_of(each.found, error))


def _with_subjects(tried: Sequence[Tried], meant: Meant, bring: Bring) -> Iterator[Tried]:
    """Files that are about products of the same import are looked at as if those were in already."""
    products = [each.report.source for each in tried if each.report and each.kind == "products"]
    for each in tried:
        if each.waits and products:
            about = replace(each, about=products[0])
            yield _try(about, _importable(each.found, meant, most=SAMPLE, about=about.about), bring)
        else:
            yield each


def _importable(
    found: Found, meant: Meant, *, most: int | None = None, beside: tuple[Path, ...] = (), about: str = ""
) -> Importable:
    return Importable(
        found.path,
        meant.schema,
        roles_of([*meant.pairs, *([f"about={about}"] if about else [])]),
        dry_run=True,
        form=meant.form,
        place=Place(
            name=found.name if found.inside and found.name != found.path.name else "", passing=found.passing
        ),
        beside=beside,
        most=most,
    )


def _is_past(report: ImportReport) -> bool:
    return report.known and report.kind == "events"


def _rank(each: Tried) -> tuple[int, bool]:
    """What others are about first; orders before what came back of them."""
    kind = _FIRST.index(each.kind) if each.kind in _FIRST else len(_FIRST)
    return kind, bool(each.report and each.report.joins)


def _said_of(found: Found, error: Exception) -> str:
    said = sentence(error)
    return said.replace(str(found.path), found.name) if found.inside else said
