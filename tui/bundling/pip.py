"""pip, in a process of its own: what it would install from a folder of wheels, and building wheels."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index.errors import CatalogueError
from index.text.sanitize import plain
from models.store import sha256_of

_ERROR = "ERROR: "


class WheelsError(CatalogueError):
    """There are no wheels from which this version could be installed, or none can be made."""


def taken_by_pip(folder: Path, requirement: str) -> list[Path]:
    """The wheels of a folder that pip would install for a requirement, all of its needs with it.

    Nothing is installed and no network is reached. Raises WheelsError where some are missing.
    """
    if not folder.is_dir():
        raise WheelsError(f"{folder} is no folder of wheels; name one.")
    with TemporaryDirectory(prefix="productresearch-") as scratch:
        report = Path(scratch, "report.json")
        run_pip(
            # No settings of the person's: they may name an index.
            *("--isolated", "install", "--dry-run", "--ignore-installed", "--no-index"),
            *("--only-binary", ":all:", "--find-links", str(folder.resolve())),
            *("--report", str(report), requirement),
            doing=f"The wheels in {folder} do not suffice",
        )
        told = json.loads(report.read_bytes())
    wheels = {sha256_of(path): path for path in sorted(folder.glob("*.whl"))}
    return [wheels[_sha256(each)] for each in told["install"]]


def run_pip(*arguments: str, doing: str) -> None:
    """Run pip; `doing` opens the sentence of a WheelsError, which goes on with what pip said."""
    if find_spec("pip") is None:
        raise WheelsError("pip is not installed here, and wheels are its work; install it and try again.")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith(_ERROR)]
        said = lines[0].removeprefix(_ERROR) if lines else done.stderr.strip()
        raise WheelsError(f"{doing}: {plain(said)}")


def _sha256(installed: dict[str, Any]) -> str:
    """The sum of a file in pip's report; before 23.1 it stands under `hash` alone, as "sha256=…"."""
    told = installed["download_info"]["archive_info"]
    return str(told["hashes"]["sha256"] if "hashes" in told else told["hash"].removeprefix("sha256="))
