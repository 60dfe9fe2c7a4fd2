"""What a home keeps of a person's past, and forgetting it for good.

Forgotten is what no reader of the files finds any more: SQLite leaves what was deleted in its pages until the
file is written anew. Everything that is kept, and for how long, stands in `docs/privacy.md`.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Literal, get_args

from rich.prompt import Confirm

from agent.opening import without_history
from agent.session import Sessions
from agent.trajectory import Question, Trajectory
from finetune.retrain.asked import steered
from finetune.retrain.journal import is_running
from index.catalog import Catalog
from index.gathering.scratch import UNPACKED, sweep
from index.importers.place import REJECTS
from models.bundled_agent import bundled_agent
from models.in_use import ModelsInUse
from tui.distilling.saying import console, say, table
from tui.history_items import ITEMS, training_folders
from tui.told import UsageError

Kind = Literal["orders", "verdicts", "corrections", "questions", "training"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
KEPT = (
    "catalog.sqlite",
    "catalog.sqlite-wal",
    "catalog.sqlite-shm",
    "catalog.sqlite.lock",
    "catalog.sqlite.bulk.lock",
    "sessions.sqlite",
    "sessions.sqlite-wal",
    "sessions.sqlite-shm",
    "chroma",
    "embedder",
    "models",
    "retrain",
    REJECTS,
    UNPACKED,
    "pages",
    ".unbundle",
    ".import",
    "sharing.lock",
)
"""Everything that this program writes into a home, but the settings, themes and keys."""


def show_history(home: Path, what: str) -> None:
    """What there is of every kind, from when to when and where; or all of one. Raises UsageError."""
    if what not in ("", *KINDS):
        raise UsageError(f"{what!r} is none of {', '.join(KINDS)}.")
    if what:
        table(*ITEMS[what](home))
    else:
        table(("what", "from", "many", "first", "last", "kept in"), list(_rows(home)))


def _rows(home: Path) -> Iterator[tuple[str, ...]]:
    catalogue, sessions = home / "catalog.sqlite", home / "sessions.sqlite"
    if catalogue.exists():
        with Catalog.open(catalogue) as catalog:
            for source in catalog.event_sources():
                many = f"{source.events:,}"
                yield "orders", source.name, many, source.first[:10], source.last[:10], str(catalogue)
    if sessions.exists():
        with closing(Sessions(sessions)) as store:
            asked = [session.started for session in store.list()]
            judged = [verdict.at for verdict in store.verdicts()]
            corrected = [session.started for session in store.list() if any(steered(session.id, store))]
        for kind, times in (("verdicts", judged), ("corrections", corrected), ("questions", asked)):
            if times:
                first, last = min(times), max(times)
                yield kind, "you", f"{len(times):,}", f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", str(sessions)
    for folder in training_folders(home):
        yield "training", folder.name, "1", "", "", str(folder)


def forget_history(home: Path, what: str, *, yes: bool) -> None:
    """Delete one kind of past, or all; raises UsageError for a word that is none."""
    if what not in (*KINDS, "all"):
        raise UsageError(f"{what!r} is none of {', '.join(KINDS)}, all.")
    if not _may(f"Delete {what} for good?", yes=yes):
        return
    for kind in KINDS if what == "all" else (what,):
        match kind:
            case "orders":
                _forget_orders(home)
            case "verdicts":
                _forget_verdicts(home)
            case "corrections":
                _forget_corrections(home)
            case "questions":
                _forget_questions(home)
            case "training":
                _forget_training(home)


def _forget_orders(home: Path) -> None:
    """With them go sessions told of them, rejected rows, and what a killed import has unpacked."""
    path, events = home / "catalog.sqlite", 0
    if path.exists():
        with Catalog.open(path) as catalog:
            for source in catalog.event_sources():
                catalog.remove_source(source.name)
                events += source.events
            if events:
                catalog.shrink()
    # A rejected row keeps what was bought; which file of them was of orders, no name tells.
    shutil.rmtree(home / REJECTS, ignore_errors=True)
    sweep(home)
    told = _forget_sessions(home, lambda store, each: _was_told_of_past(store.trajectory(each)))
    say(f"{events:,} orders and searches are forgotten, and {told:,} sessions that were told of them.")


def _forget_verdicts(home: Path) -> None:
    path, many = home / "sessions.sqlite", 0
    if path.exists():
        with closing(Sessions(path)) as store:
            many = store.forget_verdicts()
    say(f"{many:,} verdicts on what was recommended are forgotten.")


def _forget_questions(home: Path) -> None:
    say(f"{_forget_sessions(home, lambda *_: True):,} sessions are forgotten.")


def _forget_corrections(home: Path) -> None:
    """They are steps of their sessions, so these go."""
    many = _forget_sessions(home, lambda store, each: any(steered(each, store)))
    say(f"{many:,} sessions in which you changed needs or steered are forgotten.")


def _forget_sessions(home: Path, chosen: Callable[[Sessions, str], bool]) -> int:
    path = home / "sessions.sqlite"
    if not path.exists():
        return 0
    with closing(Sessions(path)) as store:
        ids = [listed.id for listed in store.list() if chosen(store, listed.id)]
        store.forget(ids)
    return len(ids)


def _was_told_of_past(trajectory: Trajectory) -> bool:
    return without_past(trajectory) != trajectory


def without_past(trajectory: Trajectory) -> Trajectory:
    """A session as it is without what its researcher was told of the person's past."""
    entries = (without_history(e) if isinstance(e, Question) else e for e in trajectory.entries)
    return trajectory.model_copy(update={"entries": tuple(entries)})


def _forget_training(home: Path) -> None:
    """A model that learned from the past goes too, after the one before it answers again."""
    _demand_no_retraining(home)
    in_use = ModelsInUse(home, bundled_agent())
    folders = training_folders(home)
    while in_use.entries and _stems_from(in_use, folders):
        in_use.rollback()
    for folder in folders:
        shutil.rmtree(folder)
    say(f"{len(folders)} folders of retrainings are forgotten; {in_use.current.name} answers.")


def _demand_no_retraining(home: Path) -> None:
    """Raise UsageError where one is at work: it would write what it learned from the past once more."""
    if is_running(home):
        raise UsageError("A retraining is at work in this home; stop it first, or wait for it.")


def _stems_from(in_use: ModelsInUse, folders: list[Path]) -> bool:
    model = in_use.model(in_use.entries[-1])
    made = [path.resolve() for path in (model.path, model.adapter) if path is not None]
    return any(path.is_relative_to(folder.resolve()) for path in made for folder in folders)


def reset_home(home: Path, *, yes: bool) -> None:
    """Delete all of it but the settings."""
    there = [home / name for name in KEPT if (home / name).exists()]
    if not there:
        say(f"There is nothing in {home}.")
        return
    for path in there:
        say(f"  {path}")
    if not _may("Delete all of this for good?", yes=yes):
        return
    _demand_no_retraining(home)
    for path in there:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    say("All of it is gone; your settings stay.")


def _may(question: str, *, yes: bool) -> bool:
    """Ask, unless told to go on; where nobody can be asked nothing is deleted."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here; say --yes to delete it.")
    return Confirm.ask(question, console=console(), default=False)
