"""A disk that fills loses nothing that was stored and is said in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")


@pytest.mark.parametrize(
    ("filled", "named"),
    [
        ("import", "catalog.sqlite"),
        pytest.param("chroma", "chroma", marks=pytest.mark.slow),
        pytest.param("log", "chroma", marks=pytest.mark.slow),
    ],
)
def test_a_full_disk_is_said_in_one_sentence_and_loses_nothing(
    tmp_path: Path, filled: str, named: str
) -> None:
    command = [sys.executable, "-m", "tests.index.filling", filled, str(tmp_path / "catalog.sqlite")]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert told == [
        f"FullDiskError: The disk that holds {tmp_path / named} takes no more; "
        "free some space and run this again (everything stored before is kept).",
        "lost: 0 []",
        "healed: [] 0",
    ]
