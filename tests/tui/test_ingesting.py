"""An import in a process of its own ends as one in this process does, and leaves as little behind."""

import os
from pathlib import Path

import psutil
import pytest

from index.catalog import Catalog
from index.importers.faults import FileFaultError, ImportFaultError
from index.importers.import_report import Progress
from index.ingest import ingest
from tests.tui.catalogue import LAMPS
from tui import ingesting
from tui.giving_way import LOWER
from tui.ingesting import Importable, ingest_apart

SLOW_TO_END = """
import pickle, sys, time
from index.importers.import_report import Progress
pickle.dump(Progress("importing", 1, 1, 2), sys.stdout.buffer)
sys.stdout.flush()
time.sleep(1.5)
"""


@pytest.fixture
def lamps(tmp_path: Path) -> Importable:
    path = tmp_path / "lamps.jsonl"
    path.write_text(LAMPS, encoding="utf-8")
    return Importable(path, None, {}, dry_run=False)


def unheard(_: Progress) -> None:
    """Nobody wants to know how far it is."""


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_it_says_and_leaves_what_an_import_here_does(tmp_path: Path, lamps: Importable) -> None:
    with Catalog.open(tmp_path / "here.sqlite") as here, Catalog.open(tmp_path / "apart.sqlite") as apart:
        told = ingest(lamps.path, here)
        heard: list[Progress] = []
        assert ingest_apart(lamps, apart.path, heard.append) == told
        assert heard
        assert list(apart.all_products()) == list(here.all_products())


def test_a_dry_run_writes_nothing(tmp_path: Path, lamps: Importable) -> None:
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        assert ingest_apart(lamps._replace(dry_run=True), catalog.path, unheard).examples
        assert catalog.counts().products == 0


def test_a_fault_is_raised_here(tmp_path: Path, lamps: Importable) -> None:
    gone = lamps._replace(path=tmp_path / "gone.jsonl")
    with pytest.raises(FileFaultError, match=r"gone\.jsonl"):
        ingest_apart(gone, tmp_path / "catalog.sqlite", unheard)


def test_who_stops_listening_stops_it(tmp_path: Path, lamps: Importable) -> None:
    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    before = children()
    with pytest.raises(KeyboardInterrupt):
        ingest_apart(lamps, tmp_path / "catalog.sqlite", stop)
    assert children() == before


def test_who_stops_it_is_held_until_it_has_ended(
    tmp_path: Path, lamps: Importable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ingesting, "RUN", SLOW_TO_END)
    before = children()
    with pytest.raises(KeyboardInterrupt):
        ingest_apart(lamps, tmp_path / "catalog.sqlite", stop)
    assert children() == before


def test_one_that_is_killed_is_told_in_a_sentence(tmp_path: Path, lamps: Importable) -> None:
    before = children()

    def kill(_: Progress) -> None:
        for child in children() - before:
            os.kill(child, 9)

    lamps.path.write_text(LAMPS * 2000, encoding="utf-8")
    with pytest.raises(ImportFaultError, match=r"lamps\.jsonl was ended from outside; importing"):
        ingest_apart(lamps, tmp_path / "catalog.sqlite", kill)


def test_one_that_cannot_begin_is_told_in_another(
    tmp_path: Path, lamps: Importable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.ingesting.RUN", "raise SystemExit(3)")
    with pytest.raises(ImportFaultError, match=r"lamps\.jsonl failed \(exit code 3\)"):
        ingest_apart(lamps, tmp_path / "catalog.sqlite", unheard)


def test_the_end_of_what_is_read_is_told(tmp_path: Path, lamps: Importable) -> None:
    heard: list[Progress] = []
    ingest_apart(lamps, tmp_path / "catalog.sqlite", heard.append)
    assert (heard[-1].rows, heard[-1].done) == (3, heard[-1].total)


@pytest.mark.skipif(not hasattr(os, "getpgid"), reason="has no process groups")
def test_an_interrupt_in_a_pager_does_not_reach_it(tmp_path: Path, lamps: Importable) -> None:
    before = children()
    groups: set[int] = set()

    def look(_: Progress) -> None:
        groups.update(os.getpgid(child) for child in children() - before)

    ingest_apart(lamps, tmp_path / "catalog.sqlite", look)
    assert groups
    assert os.getpgid(0) not in groups


@pytest.mark.skipif(not hasattr(os, "nice"), reason="knows no priorities")
def test_it_gives_way_to_the_screen(tmp_path: Path, lamps: Importable) -> None:
    before = children()
    seen: set[int] = set()

    def look(_: Progress) -> None:
        seen.update(psutil.Process(child).nice() for child in children() - before)

    ingest_apart(lamps, tmp_path / "catalog.sqlite", look)
    assert seen == {max(LOWER, psutil.Process().nice())}
