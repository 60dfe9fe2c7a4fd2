"""The wheels of a bundle suffice to install it with no network, and only one option reaches a network."""

import base64
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import PathDistribution, distribution
from pathlib import Path

import pytest

from index.manifest import check_folder
from tests.agent.shop import open_shop
from tests.tui.commands import Commands, commands
from tests.tui.wheel_files import install, package_index, write_wheel
from tui.bundling.packing import pack, pack_description
from tui.bundling.pip import WheelsError, taken_by_pip
from tui.bundling.wheels import installed_here

VERSION = distribution("productresearch").version


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    open_shop(tmp_path / "home").close()
    return commands(tmp_path / "home", monkeypatch)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with wheels that suffice, and one that nobody needs."""
    write_wheel(tmp_path / "own", "productresearch", VERSION, ["kettle-lib>=1"])
    write_wheel(tmp_path / "own", "kettle_lib", "1.2+cpu", ["lid; python_version >= '3'"])
    write_wheel(tmp_path / "own", "lid", "3")
    write_wheel(tmp_path / "own", "zither", "1")
    return tmp_path / "own"


@pytest.mark.parametrize("mapped", [True, False])
def test_pip_tells_the_sum_of_a_wheel_in_two_forms(
    own: Path, monkeypatch: pytest.MonkeyPatch, *, mapped: bool
) -> None:
    """As a mapping since 23.1, whichever is installed here."""
    lid = next(own.glob("lid-*.whl"))
    digest = hashlib.sha256(lid.read_bytes()).hexdigest()
    archive = {"hashes": {"sha256": digest}} if mapped else {"hash": f"sha256={digest}"}

    def run_pip(*arguments: str, **_: str) -> None:
        told = {"install": [{"download_info": {"archive_info": archive}}]}
        Path(arguments[arguments.index("--report") + 1]).write_text(json.dumps(told), encoding="utf-8")

    monkeypatch.setattr("tui.bundling.pip.run_pip", run_pip)
    assert taken_by_pip(own, "lid") == [lid]


def test_the_wheels_of_a_folder_that_are_needed_come_along(run: Commands, own: Path, tmp_path: Path) -> None:
    done = run("models", "bundle", tmp_path / "stick", "--wheels", own)
    assert done.exit_code == 0, done.stderr
    assert "3 wheels, " in done.stderr
    assert "no wheels in it" not in done.stderr
    wheels = check_folder(tmp_path / "stick", "bundle").having("wheel")
    assert [Path(entry.path).name.partition("-")[0] for entry in wheels] == [
        "kettle_lib",
        "lid",
        "productresearch",
    ]


def test_without_wheels_it_is_said_how_to_add_them(run: Commands, tmp_path: Path) -> None:
    said = run("models", "bundle", tmp_path / "stick").stderr
    assert "There are no wheels in it, so productresearch must be installed on the other machine" in said
    assert all(option in said for option in ("--pack-wheels", "--wheels FOLDER", "--download-wheels"))


@pytest.mark.longer
@pytest.mark.parametrize("lost", ["lid-3", "kettle_lib-1.2+cpu", f"productresearch-{VERSION}"])
def test_wheels_that_do_not_suffice_are_refused_and_no_index_is_asked(
    run: Commands, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (own / f"{lost}-py3-none-any.whl").rename(elsewhere / f"{lost}-py3-none-any.whl")
    with package_index(elsewhere) as (address, asked):
        monkeypatch.setenv("PIP_INDEX_URL", address)
        monkeypatch.setenv("PIP_FIND_LINKS", str(elsewhere))
        done = run("models", "bundle", tmp_path / "stick", "--wheels", own)
    assert (done.exit_code, done.stdout, asked) == (1, "", [])
    assert done.stderr.startswith(f"The wheels in {own} do not suffice: ")
    assert lost.partition("-")[0].replace("_", "-") in done.stderr.replace("_", "-")
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "stick").iterdir()) == []


def test_wheels_of_another_version_of_ours_do_not_suffice(tmp_path: Path) -> None:
    write_wheel(tmp_path / "old", "productresearch", "0.0.9")
    with pytest.raises(WheelsError, match=r"do not suffice: .*productresearch=="):
        taken_by_pip(tmp_path / "old", f"productresearch=={VERSION}")
    with pytest.raises(WheelsError, match="no folder of wheels"):
        taken_by_pip(tmp_path / "none", "productresearch")


def test_wheels_come_from_one_place(run: Commands, own: Path, tmp_path: Path) -> None:
    done = run("models", "bundle", tmp_path / "stick", "--wheels", own, "--pack-wheels")
    assert done.exit_code == 2
    assert not (tmp_path / "stick").exists()


@pytest.mark.slow
def test_fetching_says_that_it_reaches_the_network_and_never_asks_for_our_own_name(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("hatchling", reason="hatchling, the build backend, is not installed")
    (tmp_path / "offered").mkdir()
    for installed in installed_here():
        pack_description(installed, tmp_path / "offered")
    with package_index(tmp_path / "offered") as (address, asked):
        for name, value in {"INDEX_URL": address, "CACHE_DIR": str(tmp_path / "cache")}.items():
            monkeypatch.setenv(f"PIP_{name}", value)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        done = run("models", "bundle", tmp_path / "stick", "--download-wheels")
    assert done.exit_code == 0, done.stderr
    assert "pip reaches the network now" in done.stderr
    assert {"torch", "textual", "chromadb", "llama-cpp-python"} <= set(asked)
    assert "productresearch" not in asked
    assert "pytest" not in asked
    wheels = check_folder(tmp_path / "stick", "bundle").having("wheel")
    (ours,) = (entry for entry in wheels if "productresearch-" in entry.path)
    assert ours.bytes > 30_000_000, "the real one, with its agent"
    assert f"{len(wheels)} wheels, " in done.stderr


@pytest.mark.slow
def test_what_cannot_be_fetched_is_a_sentence(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("hatchling", reason="hatchling, the build backend, is not installed")
    (tmp_path / "offered").mkdir()
    with package_index(tmp_path / "offered") as (address, _):
        monkeypatch.setenv("PIP_INDEX_URL", address)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        done = run("models", "bundle", tmp_path / "stick", "--download-wheels")
    assert done.exit_code == 1
    assert "Not all wheels could be fetched: Could not find a version" in done.stderr.splitlines()[-1]
    assert list((tmp_path / "stick").iterdir()) == []


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PathDistribution:
    """A small installation with a prefix of its own."""
    site = install(tmp_path / "prefix")
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    return PathDistribution(site / "kettle-1.0.dist-info")


def test_what_is_installed_becomes_the_wheel_that_it_came_from(
    installed: PathDistribution, tmp_path: Path
) -> None:
    (tmp_path / "made").mkdir()
    path = pack(installed, tmp_path / "made")
    assert path.name == "kettle-1.0-py2.py3-none-any.whl"
    with zipfile.ZipFile(path) as wheel:
        held = {name: wheel.read(name) for name in wheel.namelist()}
    assert sorted(held) == [
        "kettle-1.0.data/data/share/man/kettle.1",
        "kettle-1.0.data/scripts/boil",
        "kettle-1.0.dist-info/METADATA",
        "kettle-1.0.dist-info/RECORD",
        "kettle-1.0.dist-info/WHEEL",
        "kettle-1.0.dist-info/entry_points.txt",
        "kettle/__init__.py",
        "kettle/a,b.txt",
    ]
    assert held["kettle-1.0.data/scripts/boil"] == b"#!python\nprint('boils')\n"
    assert [name for name, data in held.items() if str(tmp_path).encode() in data] == []
    assert [path.name for path in taken_by_pip(tmp_path / "made", "kettle")] == [path.name]


def test_the_record_of_a_made_wheel_is_true_and_the_same_files_make_the_same_wheel(
    installed: PathDistribution, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    path = pack(installed, tmp_path / "a")
    assert path.read_bytes() == pack(installed, tmp_path / "b").read_bytes()
    with zipfile.ZipFile(path) as wheel:
        rows = list(csv.reader(io.StringIO(wheel.read("kettle-1.0.dist-info/RECORD").decode())))
        assert [name for name, *_ in rows] == wheel.namelist()
        for name, digest, size in rows[:-1]:
            data = wheel.read(name)
            found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={found}", len(data))


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ("kettle/__init__.py", "was changed since it was installed"),
        ("../../bin/boil", "was changed since it was installed"),
    ],
)
def test_an_installation_that_was_changed_makes_no_wheel(
    installed: PathDistribution, tmp_path: Path, spoilt: str, said: str
) -> None:
    path = Path(str(installed.locate_file(spoilt)))
    path.write_bytes(path.read_bytes() + b"# mine\n")
    with pytest.raises(WheelsError, match=said):
        pack(installed, tmp_path)
    path.unlink()
    with pytest.raises(WheelsError, match="is missing from this installation"):
        pack(installed, tmp_path)


def test_a_file_outside_of_the_installation_is_in_no_wheel(
    installed: PathDistribution, tmp_path: Path
) -> None:
    record = Path(str(installed.locate_file("kettle-1.0.dist-info/RECORD")))
    record.write_text(record.read_text(encoding="utf-8") + "../../../letter,,\n", encoding="utf-8")
    (tmp_path / "letter").write_text("dear", encoding="utf-8")
    with pytest.raises(WheelsError, match="is outside of this installation"):
        pack(installed, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_what_a_bundle_tells_its_reader_to_do_installs_it_and_answers(run: Commands, tmp_path: Path) -> None:
    """Pip is given nothing but the wheels of this installation; some six minutes."""
    pytest.importorskip("hatchling", reason="hatchling, the build backend, is not installed")
    stick = tmp_path / "stick"
    done = run("models", "bundle", stick, "--pack-wheels")
    assert done.exit_code == 0, done.stderr
    there = {
        "PATH": os.defpath,
        "HOME": str(tmp_path / "person"),
        "PRODUCTRESEARCH_HOME": str(tmp_path / "new"),
        "PIP_CONFIG_FILE": os.devnull,
    }
    told = (stick / "README.txt").read_text(encoding="utf-8").splitlines()
    lines = [line.strip().replace("python3", sys.executable) for line in told if line.startswith("    ")]
    lines.append("~/productresearch/bin/productresearch research --yes 'a kettle under 60 EUR'")
    for line in lines:
        ran = subprocess.run(
            line, shell=True, cwd=stick, env=there, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{line}: {ran.stderr}"
    assert "picked, known to meet every hard need" in ran.stdout
