"""The wheel holds the six packages with their data, and nothing that is installed with them takes a name."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("tui", "agent", "index", "distill", "finetune", "models")
OURS = "productresearch"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built by the backend that the project names."""
    pytest.importorskip("hatchling", reason="hatchling, the build backend, is not installed")
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = out.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_every_file_of_the_six_packages_and_no_other_package(wheel: zipfile.ZipFile) -> None:
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    kept = {path.relative_to(ROOT).as_posix() for name in PACKAGES for path in files_of(ROOT / name)}
    assert {name.partition("/")[0] for name in held} == set(PACKAGES)
    assert kept <= held


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_typed(wheel: zipfile.ZipFile, package: str) -> None:
    assert f"{package}/py.typed" in wheel.namelist()


@pytest.mark.parametrize(
    "name",
    [
        "index/store/schema.sql",
        "index/text/unit_measures.toml",
        "index/text/unit_names.toml",
        "models/tools.md",
        "tui/app.tcss",
        "finetune/retrain/recipe.toml",
    ],
)
def test_the_data_that_code_reads_is_in_the_wheel(wheel: zipfile.ZipFile, name: str) -> None:
    assert name in wheel.namelist()


@pytest.mark.parametrize(
    "folder", ["index/schemas/", "index/demo/world/", "agent/prompts/", "models/bundled/"]
)
def test_each_folder_of_data_is_in_the_wheel(wheel: zipfile.ZipFile, folder: str) -> None:
    here = {path.relative_to(ROOT).as_posix() for path in files_of(ROOT / folder)}
    assert here
    assert here <= set(wheel.namelist())


def test_the_one_script_is_the_command_line() -> None:
    scripts = [e for e in metadata.distribution(OURS).entry_points if e.group == "console_scripts"]
    assert [(s.name, s.value) for s in scripts] == [("productresearch", "tui.cli:main")]


def test_no_other_distribution_ships_a_package_of_our_names() -> None:
    taken = {
        (name, distribution.name)
        for distribution in metadata.distributions()
        if distribution.name != OURS
        for name in top_level_names(distribution)
        if name in PACKAGES
    }
    assert taken == set()


def files_of(folder: Path) -> Iterator[Path]:
    """Everything that is kept in a folder."""
    return (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def top_level_names(distribution: metadata.Distribution) -> Iterator[str]:
    """Modules and packages that a distribution puts beside ours."""
    for file in distribution.files or ():
        if file.suffix in (".py", ".so", ".pyd", ".pyi") or "py.typed" in file.name:
            yield file.parts[0].partition(".")[0]
