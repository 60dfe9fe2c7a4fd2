"""Large files, whose records are made in one process and written in another."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from index.catalog import Catalog
from index.importers import made_apart
from index.importers.faults import FileFaultError
from index.importers.import_report import ImportReport, Progress
from index.importers.table_file import TableFile
from index.ingest import ingest
from index.store.prepared import Prepared
from tests.index.importing import LAMPS, imported, jsonl, opened, written
from tests.index.killed import CONTENTS

MANY = 700
T = TypeVar("T")
WRITER = """
import sys
from pathlib import Path
from index.importers import made_apart
from tests.index.importing import imported
made_apart.LARGE, made_apart._cores = 0, lambda: 2
imported(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as large, on any machine."""
    monkeypatch.setattr(made_apart, "LARGE", 0)
    monkeypatch.setattr(made_apart, "_cores", lambda: 2)


def lamps(folder: Path, name: str = "lamps.jsonl") -> Path:
    """Lamps, among them rows that are none, one that says another's id, and one that adds an offer."""
    rows = [
        {"id": n, "name": f"Lamp {n}", "price": 10.0 + n % 90, "flux": f"{400 + n} lm"} for n in range(MANY)
    ]
    rows[70] = {"id": 70, "name": "", "price": 1.0}
    rows[300] = {**rows[299], "price": 5.0}
    rows[500] = {**rows[499], "name": "Another lamp"}
    rows[600]["price"] = "call us"
    return written(folder, name, jsonl(rows) + "no row\n")


def contents(home: Path) -> list[list[tuple[object, ...]]]:
    """Everything that is derived from the file."""
    with opened(home) as catalog:
        return [catalog.select(sql) for sql in CONTENTS]


def rejected(home: Path) -> list[object]:
    """What stands in the file of rejected rows."""
    (path,) = (home / "rejects").iterdir()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def in_one(home: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> ImportReport:
    """The same by one process."""
    with monkeypatch.context() as undone:
        undone.setattr(made_apart, "LARGE", 1 << 60)
        return imported(home, path)


@pytest.mark.usefixtures("apart")
def test_what_two_processes_import_is_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lamps(tmp_path)
    one, two = tmp_path / "one", tmp_path / "two"
    alone = in_one(one, path, monkeypatch)
    made = imported(two, path)
    assert made.model_dump(exclude={"rejects_file"}) == alone.model_dump(exclude={"rejects_file"})
    assert (made.read, made.new, made.rejected) == (MANY + 1, MANY - 3, 3)
    assert any("call us" in note for note in made.notes)
    assert contents(two) == contents(one)
    assert rejected(two) == rejected(one)
    assert imported(two, path).notes == ("lamps.jsonl was imported before and has not changed.",)


@pytest.mark.usefixtures("apart")
def test_later_rows_change_what_changed_and_date_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lamps(tmp_path)
    one, two = tmp_path / "one", tmp_path / "two"
    in_one(one, path, monkeypatch)
    imported(two, path)
    text = path.read_text(encoding="utf-8").replace('"Lamp 3"', '"Lamp three"')
    path.write_text(text, encoding="utf-8")
    later = LAMPS.model_copy(update={"observed": LAMPS.observed.replace(day=9)})  # type: ignore[union-attr]
    reports = []
    for home in (one, two):
        monkeypatch.setattr(made_apart, "LARGE", 0 if home == two else 1 << 60)
        reports.append(imported(home, path, later))
    assert [(made.new, made.changed, made.same) for made in reports] == [(0, 1, MANY - 4)] * 2
    assert contents(two) == contents(one)


def stopped(path: Path, home: Path, stop: Callable[[Progress], None]) -> None:
    """An import whose listener does something."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        ingest(path, catalog, schema=LAMPS, progress=stop)


def within(seconds: float, found: Callable[[], T | None]) -> T:
    """What is found in time."""
    end = time.monotonic() + seconds
    while not (this := found()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return this


def children(of: int = 0) -> Sequence[int]:
    """Processes that this one, or another, has started and that are at work."""
    of = of or os.getpid()
    found = Path(f"/proc/{of}/task/{of}/children")
    return [int(child) for child in found.read_text(encoding="ascii").split()]


@pytest.mark.usefixtures("apart")
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="does not tell of children")
def test_a_maker_that_is_ended_from_outside_is_one_sentence_and_importing_again_completes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = lamps(tmp_path), set(children())

    def kill(said: Progress) -> None:
        if said.stage == "importing":
            for child in set(children()) - before:
                os.kill(child, signal.SIGKILL)

    monkeypatch.setattr(made_apart, "AHEAD", 1)
    with pytest.raises(FileFaultError, match=r"was ended from outside; importing it again completes it"):
        stopped(path, tmp_path / "home", kill)
    assert imported(tmp_path / "home", path).rejected == 3
    in_one(tmp_path / "one", path, monkeypatch)
    assert contents(tmp_path / "home")[2:] == contents(tmp_path / "one")[2:]


@pytest.mark.longer
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="does not tell of children")
def test_a_maker_whose_writer_is_killed_ends_by_itself(tmp_path: Path) -> None:
    rows = ({"id": n, "name": f"Lamp {n}", "price": 10.0} for n in range(60_000))
    path = written(tmp_path, "many.jsonl", jsonl(rows))
    job = [sys.executable, "-c", WRITER, str(tmp_path), str(path)]
    with subprocess.Popen(job) as writer:
        try:
            maker = within(20, lambda: next(iter(children(writer.pid)), None))
            time.sleep(1.5)  # it is making records by now
        finally:
            writer.kill()
    within(20, lambda: not Path(f"/proc/{maker}").exists())


@pytest.mark.usefixtures("apart")
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="does not tell of children")
def test_who_stops_listening_stops_the_maker(tmp_path: Path) -> None:
    before = set(children())

    def leave(_: Progress) -> None:
        assert set(children()) - before
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped(lamps(tmp_path), tmp_path / "home", leave)
    assert set(children()) == before


def test_a_fault_of_the_maker_is_told_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lamps(tmp_path)

    def gone(_: TableFile) -> bool:
        path.unlink()
        return True

    monkeypatch.setattr("index.ingest.is_worth_it", gone)
    with pytest.raises(FileFaultError, match=r"lamps\.jsonl cannot be read to its end: No such file"):
        imported(tmp_path / "home", path)


@pytest.mark.usefixtures("apart")
def test_rejected_rows_that_cannot_be_kept_stop_it_in_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "rejects").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(FileFaultError, match=r"The rejects file .* cannot be written"):
        imported(home, lamps(tmp_path))


def test_small_files_and_lone_cores_have_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[TableFile] = []

    def made(table: TableFile, *_: object) -> Sequence[list[Prepared]]:
        asked.append(table)
        return ()

    monkeypatch.setattr("index.ingest.made_apart", made)
    path = lamps(tmp_path)
    assert path.stat().st_size < made_apart.LARGE
    imported(tmp_path / "small", path)
    monkeypatch.setattr(made_apart, "LARGE", 0)
    monkeypatch.setattr(made_apart, "_cores", lambda: 1)
    imported(tmp_path / "alone", path)
    assert not asked
    monkeypatch.setattr(made_apart, "_cores", lambda: 2)
    imported(tmp_path / "two", path)
    assert asked
