"""A home goes into one folder and comes out of it on a machine with no network, without a person's past."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.manifest import MANIFEST, write_manifest
from models.bundled_agent import bundled_agent
from models.catalog import catalog
from models.in_use import ModelsInUse
from models.store import ModelStore, Pin
from tests.agent.shop import QUESTION, open_shop
from tests.slow import slow
from tests.tui.bought import BOUGHT
from tests.tui.bundles import NOTE, NOW, OFFLINE, dice, home_with_past, retrained
from tests.tui.commands import Commands, commands

ROOT = Path(__file__).parents[2]
RUN = "from tui.cli import main; main()"
CARD = catalog().models["qwen3.5-2b"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return home_with_past(tmp_path, monkeypatch)


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Products with no past and no vectors, and a model of random weights in use."""
    open_shop(tmp_path / "home").close()
    run = commands(tmp_path / "home", monkeypatch)
    assert run("models", "use", "--no-trial", dice(tmp_path)).exit_code == 0
    return run


def bundled(run: Commands, folder: Path, *more: str | Path) -> str:
    """Bundle into a folder; what was said."""
    done = run("models", "bundle", folder, *more)
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    return done.stderr


def taken_in(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """A new home with what is in a bundle."""
    run = commands(home, monkeypatch)
    done = run("models", "unbundle", folder)
    assert done.exit_code == 0, done.stderr
    return run


def refused(run: Commands, *arguments: str | Path, code: int = 1) -> str:
    """What is said of a command that is refused, in one sentence."""
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


def found(folder: Path, words: bytes) -> list[str]:
    """Files of a folder in whose bytes or names words stand."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if words in path.read_bytes() or words in os.fsencode(path.name)]


@pytest.mark.longer
def test_a_bundle_researches_on_a_machine_with_no_network(run: Commands, tmp_path: Path) -> None:
    retrained(run.home, bundled_agent())
    bundled(run, tmp_path / "stick")
    there = {**os.environ, "PRODUCTRESEARCH_HOME": str(tmp_path / "there"), "PRODUCTRESEARCH_THREADS": "1"}
    del there["PRODUCTRESEARCH_ENGINE"]
    job = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path / "stick"), QUESTION, str(tmp_path / "report.json")],
        cwd=ROOT,
        env=there,
        capture_output=True,
        text=True,
        check=False,
    )
    assert job.returncode == 0, job.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["picks"][0]["title"] == "Brissa Calm 17"


def test_nothing_of_a_past_stands_in_any_byte_of_a_bundle(run: Commands, tmp_path: Path) -> None:
    adapter = retrained(run.home, bundled_agent())
    told = bundled(run, tmp_path / "stick")
    assert found(tmp_path / "stick", b"Brissa Calm 17")
    past = (BOUGHT, "zither", QUESTION, NOTE, "grandmother", "OrderHistory", "111-1", str(tmp_path))
    here = [words for words in past if found(run.home, words.encode())]
    assert {BOUGHT, QUESTION, NOTE, "grandmother", str(tmp_path)} <= set(here), "the home does hold them"
    assert [words for words in past if found(tmp_path / "stick", words.encode())] == []
    assert found(tmp_path / "stick", adapter.read_bytes()[-512:]) == []
    assert "Left out: adapter.gguf, which learned from your past." in told
    assert "Left out: what order-history told of your orders and searches" in told


def test_a_past_goes_along_where_it_is_asked_for(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retrained(run.home, dice(tmp_path))
    assert "Left out" not in bundled(run, tmp_path / "stick", "--with-history")
    for words in (BOUGHT, QUESTION, NOTE):
        assert found(tmp_path / "stick", words.encode())
    assert found(tmp_path / "stick" / "index", str(tmp_path).encode()) == []
    before = run("history", "show").stdout.splitlines()
    there = taken_in(tmp_path / "stick", tmp_path / "there", monkeypatch)
    after = there("history", "show").stdout.splitlines()
    kinds = [line.split("\t")[:5] for line in after[:3]]
    assert kinds == [line.split("\t")[:5] for line in before[:3]]
    assert [line.split("\t")[0] for line in after] == ["what", "orders", "questions", "training"]
    assert json.loads(there("models", "show", "--json").stdout)["in use"] == "dice.gguf with adapter.gguf"
    assert there("history", "forget", "all", "--yes").exit_code == 0
    assert found(tmp_path / "there", BOUGHT.encode()) == []
    assert "dice.gguf" not in there("models", "show").stdout


def test_a_model_that_was_retrained_whole_or_copied_elsewhere_is_known_for_one(
    plain: Commands, tmp_path: Path
) -> None:
    made = plain.home / "models" / "retrained-0123456789"
    made.mkdir()
    own = dice(made, "own.gguf", seed=9)
    elsewhere = Path(shutil.copy(own, tmp_path / "mine.gguf"))
    plain("models", "use", "--no-trial", own)
    told = bundled(plain, tmp_path / "stick", "--model", elsewhere)
    assert "Left out: own.gguf, which" in told
    assert "Left out: mine.gguf, which" in told
    assert {path.name for path in tmp_path.glob("stick/models/*/*")} == {"micro-agent.gguf"}


def test_a_model_of_the_person_comes_along_and_answers(
    plain: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = bundled(plain, tmp_path / "stick", "--model", dice(tmp_path, "other.gguf", seed=3))
    assert "dice.gguf is a file of yours; if it learned from your past, that is in the bundle" in told
    there = taken_in(tmp_path / "stick", tmp_path / "there", monkeypatch)
    (tmp_path / "dice.gguf").unlink()
    shutil.rmtree(tmp_path / "stick")
    assert json.loads(there("models", "show", "--json").stdout)["in use"] == "dice.gguf"
    assert (there.home / "models" / "named" / "other.gguf").exists()
    assert there("index", "search", "kettle").exit_code == 0


def test_two_models_of_one_name_are_not_mixed_up(plain: Commands, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    other = dice(tmp_path / "b", seed=3)
    told = refused(plain, "models", "bundle", tmp_path / "stick", "--model", other, code=2)
    assert told == "Two models are called dice.gguf; give one of them another name."
    assert not (tmp_path / "stick").exists()


def test_what_is_no_model_does_not_come_along(plain: Commands, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear", encoding="utf-8")
    for name in ("diary.txt", "none.gguf"):
        assert name in refused(plain, "models", "bundle", tmp_path / "stick", "--model", tmp_path / name)
    assert not (tmp_path / "stick").exists()


def test_a_fetched_model_keeps_its_name_and_what_was_pinned(
    plain: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = dice(tmp_path, "weights.gguf", seed=5).read_bytes()
    store = ModelStore(plain.home)
    digest = sha256(weights).hexdigest()
    pin = Pin(
        repository=CARD.repository,
        file=CARD.file,
        revision="a" * 40,
        sha256=digest,
        bytes=len(weights),
        fetched=NOW,
    )
    store.partial(CARD, digest).parent.mkdir(parents=True)
    store.partial(CARD, digest).write_bytes(weights)
    store.put(CARD, pin)
    bundled(plain, tmp_path / "stick", "--model", CARD.name)
    there = taken_in(tmp_path / "stick", tmp_path / "there", monkeypatch)
    assert ModelStore(there.home).pin(CARD) == pin
    assert f"{CARD.name}: as it was fetched" in there("models", "verify").stdout
    plain = commands(plain.home, monkeypatch)
    store.path(CARD).write_bytes(weights[:-1] + b"x")
    told = refused(plain, "models", "bundle", tmp_path / "other", "--model", CARD.name)
    assert "is not the file that was fetched" in told


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: os.truncate(f / "index/catalog.sqlite", 4096), "'index/catalog.sqlite' is cut"),
        (lambda f: (f / "models/named/dice.gguf").unlink(), "'models/named/dice.gguf' is missing"),
        (lambda f: (f / "extra").touch(), "'extra' does not belong to the bundle"),
        (lambda f: (f / "out").symlink_to("/"), "'out' is a link"),
        (lambda f: (f / MANIFEST).unlink(), "no bundle, or one that was broken off"),
        (lambda f: (f / MANIFEST).write_text('{"format": 2}'), "is of format 2"),
    ],
)
def test_a_bundle_that_is_not_whole_is_neither_passed_nor_taken_in(
    plain: Commands,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], object],
    said: str,
) -> None:
    bundled(plain, tmp_path / "stick")
    assert plain("models", "bundle", "--check", tmp_path / "stick").exit_code == 0
    spoil(tmp_path / "stick")
    assert said in refused(plain, "models", "bundle", "--check", tmp_path / "stick")
    there = commands(tmp_path / "there", monkeypatch)
    assert said in refused(there, "models", "unbundle", tmp_path / "stick")
    assert not there.home.exists()


def resealed(folder: Path, change: Callable[[Path], object]) -> None:
    """What somebody who can write a manifest makes of a bundle."""
    listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    roles = {entry["path"]: entry["role"] for entry in listed}
    (folder / MANIFEST).unlink()
    change(folder)
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    write_manifest(folder, "bundle", {path: roles.get(path, "model") for path in there}, NOW)


def forge_catalogue(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "index/catalog.sqlite")) as connection:
        connection.execute("CREATE TRIGGER spy AFTER INSERT ON products BEGIN DELETE FROM products; END")
        connection.commit()


def forge_contents(folder: Path, **fields: object) -> None:
    path = folder / "contents.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**told, **fields}), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: (f / "models/in-use.json").write_text("{}"), "where no home has any"),
        (lambda f: (f / "settings.toml").write_text("seed = 1"), "where no home has any"),
        (lambda f: forge_contents(f, model="README.txt"), "is no model of the bundle"),
        (lambda f: forge_contents(f, model="../../etc/passwd"), "lists no '../../etc/passwd'"),
        (lambda f: forge_contents(f, wire="x"), "contents.json cannot be read (wire:"),
        (lambda f: (f / "models/named/dice.gguf").write_bytes(b"GGUF" * 9), "dice.gguf"),
        (lambda f: (f / "index/catalog.sqlite").write_bytes(b"none" * 999), "damaged or is no catalogue"),
        (forge_catalogue, "it holds a view or a trigger"),
    ],
)
def test_a_bundle_of_somebody_who_means_ill_changes_nothing_that_was_there(
    plain: Commands,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], object],
    said: str,
) -> None:
    bundled(plain, tmp_path / "stick")
    resealed(tmp_path / "stick", change)
    there = commands(tmp_path / "there", monkeypatch)
    there.home.mkdir()
    (there.home / "settings.toml").write_text("seed = 3\n", encoding="utf-8")
    assert said in refused(there, "models", "unbundle", tmp_path / "stick")
    assert (there.home / "settings.toml").read_text(encoding="utf-8") == "seed = 3\n"
    if (there.home / "catalog.sqlite").exists():
        with Catalog.open(there.home / "catalog.sqlite") as catalogue:
            assert catalogue.counts().products == 0
    assert not (there.home / ".unbundle").exists()


def test_a_home_with_products_is_left_as_it_is(run: Commands, tmp_path: Path) -> None:
    bundled(run, tmp_path / "stick")
    before = run("index", "stats").stdout
    told = refused(run, "models", "unbundle", tmp_path / "stick", code=2)
    assert "has 9 products already" in told
    assert run("index", "stats").stdout == before


def test_a_folder_with_something_in_it_is_left_as_it_is(plain: Commands, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "letter").write_text("dear", encoding="utf-8")
    told = refused(plain, "models", "bundle", tmp_path / "stick")
    assert "is not empty (letter is in it" in told
    assert [path.name for path in (tmp_path / "stick").iterdir()] == ["letter"]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file can grow beyond so many bytes, as on a disk that is full then."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("size", [1 << 12, 1 << 16, 180_000])
def test_of_a_bundle_for_which_the_disk_has_no_room_nothing_stays(
    plain: Commands, tmp_path: Path, size: int
) -> None:
    with room_for(size):
        done = plain("models", "bundle", tmp_path / "stick")
    assert done.exit_code == 1
    assert "takes no more; free some space and run this again" in done.stderr.splitlines()[-1]
    assert list((tmp_path / "stick").iterdir()) == []
    bundled(plain, tmp_path / "stick")


@pytest.mark.longer
@pytest.mark.parametrize("size", [1 << 12, 1 << 16, 300_000])
def test_taking_in_on_a_full_disk_is_said_and_can_be_done_again(
    plain: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    bundled(plain, tmp_path / "stick")
    there = commands(tmp_path / "there", monkeypatch)
    with room_for(size):
        done = there("models", "unbundle", tmp_path / "stick")
    assert done.exit_code == 1
    assert "takes no more; free some space and run this again" in done.stderr.splitlines()[-1]
    assert there("models", "unbundle", tmp_path / "stick").exit_code == 0
    assert there("index", "verify").exit_code == 0


def started(home: Path, *arguments: str | Path) -> subprocess.Popen[bytes]:
    """A command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *map(str, arguments)],
        env={**os.environ, "PRODUCTRESEARCH_HOME": str(home)},
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )


def killed_once(process: subprocess.Popen[bytes], path: Path) -> bool:
    """Kill a process as soon as a file is there; whether it was at work still."""
    while process.poll() is None and not path.exists():
        time.sleep(0.0005)
    process.kill()
    return process.wait() != 0


@pytest.mark.longer
@pytest.mark.parametrize(
    "moment",
    ["models", "models/named/dice.gguf", "index/catalog.sqlite", "contents.json", f"{MANIFEST}.partial"],
)
def test_a_bundle_that_was_killed_is_never_taken_for_a_whole_one(
    plain: Commands, tmp_path: Path, moment: str
) -> None:
    stick = tmp_path / "stick"
    assert killed_once(started(plain.home, "models", "bundle", stick), stick / moment) or moment > "contents"
    checked = plain("models", "bundle", "--check", stick)
    if (stick / MANIFEST).exists():
        assert checked.exit_code == 0
        return
    assert checked.exit_code == 1
    assert "one that was broken off" in checked.stderr
    assert "is not empty" in refused(plain, "models", "bundle", stick)


@pytest.mark.parametrize(
    "moment", ["catalog.sqlite", *slow(".unbundle", "models/in-use.json", "chroma/partial")]
)
def test_taking_in_that_was_killed_can_be_done_again_or_is_done(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    assert run("models", "use", "--no-trial", dice(tmp_path)).exit_code == 0
    bundled(run, tmp_path / "stick", "--with-history")
    there = commands(tmp_path / "there", monkeypatch)
    killed_once(started(there.home, "models", "unbundle", tmp_path / "stick"), there.home / moment)
    again = there("models", "unbundle", tmp_path / "stick")
    assert again.exit_code == 0 or "has 9 products already" in again.stderr, again.stderr
    assert there("index", "rebuild").exit_code == 0
    assert there("index", "verify").exit_code == 0
    assert len(there("sessions", "list").stdout.splitlines()) == 1
    assert json.loads(there("models", "show", "--json").stdout)["in use"] == "dice.gguf"
    assert len(ModelsInUse(there.home, bundled_agent()).entries) == 1


@pytest.fixture
def lenient() -> Iterator[None]:
    """A person whose new files can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("lenient")
def test_no_other_person_can_read_a_bundle_or_what_was_taken_in(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retrained(run.home, bundled_agent())
    bundled(run, tmp_path / "stick", "--with-history")
    assert (tmp_path / "stick").stat().st_mode & 0o777 == 0o700
    files = [path for path in (tmp_path / "stick").rglob("*") if path.is_file()]
    assert {path.name: path.stat().st_mode & 0o777 for path in files} == dict.fromkeys(
        (path.name for path in files), 0o600
    )
    there = taken_in(tmp_path / "stick", tmp_path / "there", monkeypatch).home
    for name in ("catalog.sqlite", "sessions.sqlite"):
        assert (there / name).stat().st_mode & 0o777 == 0o600
    private = [there / "chroma", *(there / "models").glob("retrained-*")]
    assert [path.stat().st_mode & 0o777 for path in private] == [0o700, 0o700]
