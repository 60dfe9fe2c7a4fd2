"""The wheels of a bundle: this program and all that it needs, so that pip installs it with no network.

Whether wheels suffice is asked of pip itself, which looks at nothing but them and installs nothing.
"""

import json
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index.errors import CatalogueError
from index.manifest import copy_private
from index.text.sanitize import plain
from models.store import sha256_of
from tui.bundling.contents import PROGRAM

MISSING = (
    "There are no wheels in it: on the other machine productresearch must be installed already. "
    "--wheels FOLDER takes along wheels that you have, --download-wheels lets pip fetch them."
)
_ERROR = "ERROR: "
_NO_PIP = "pip is not installed here, and nothing else can tell whether wheels suffice; install pip."


class WheelsError(CatalogueError):
    """There are no wheels from which the program could be installed."""


def put_wheels(source: Path, target: Path) -> list[Path]:
    """Copy those wheels of a folder that an installation takes; raises WheelsError where some are missing."""
    target.mkdir(mode=0o700)
    chosen = taken_by_pip(source)
    for wheel in chosen:
        copy_private(wheel, target / wheel.name)
    return [target / wheel.name for wheel in chosen]


def taken_by_pip(folder: Path) -> list[Path]:
    """The wheels of a folder from which pip would install this version; raises WheelsError."""
    if not folder.is_dir():
        raise WheelsError(f"{folder} is no folder of wheels; name one.")
    with TemporaryDirectory(prefix="productresearch-") as scratch:
        report = Path(scratch, "report.json")
        run_pip(
            # No settings of the person's: they may name an index, and nothing here may reach one.
            *("--isolated", "install", "--dry-run", "--ignore-installed", "--no-index"),
            *("--only-binary", ":all:", "--find-links", str(folder.resolve())),
            *("--report", str(report), f"{PROGRAM}=={version(PROGRAM)}"),
            doing=f"The wheels in {folder} do not suffice",
        )
        told = json.loads(report.read_bytes())
    wheels = {sha256_of(path): path for path in sorted(folder.glob("*.whl"))}
    return [wheels[_sha256(each)] for each in told["install"]]


def run_pip(*arguments: str, doing: str) -> None:
    """Run pip; `doing` opens the sentence of a WheelsError, which goes on with what pip said."""
    if find_spec("pip") is None:
        raise WheelsError(_NO_PIP)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = [
            line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")
        ]
        raise WheelsError(f"{doing}: {plain(said[0] if said else done.stderr.strip())}")


def _sha256(installed: dict[str, Any]) -> str:
    return str(installed["download_info"]["archive_info"]["hashes"]["sha256"])
