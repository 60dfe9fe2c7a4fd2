"""Work that is killed half-way is completed by doing it again, and nothing shows that it was killed."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")


@pytest.mark.longer
@pytest.mark.parametrize(("verb", "moments"), [("import", 8), ("apart", 4)])
def test_an_import_killed_at_a_random_moment_is_completed_by_the_next(
    tmp_path: Path, verb: str, moments: int
) -> None:
    assert_kills_leave_no_trace(verb, tmp_path, moments)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["import", "apart"])
def test_an_import_killed_at_fifty_random_moments_is_completed_by_the_next(tmp_path: Path, verb: str) -> None:
    assert_kills_leave_no_trace(verb, tmp_path, moments=50)


@pytest.mark.slow
def test_a_drain_killed_at_a_random_moment_is_completed_by_the_next(tmp_path: Path) -> None:
    assert_kills_leave_no_trace("drain", tmp_path, moments=2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_drain_killed_at_fifty_random_moments_is_completed_by_the_next(tmp_path: Path) -> None:
    assert_kills_leave_no_trace("drain", tmp_path, moments=50)


def assert_kills_leave_no_trace(verb: str, folder: Path, moments: int) -> None:
    command = [sys.executable, "-m", "tests.index.killed", verb, str(folder), str(moments), "7"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    differences, kills = told[:-1], int(told[-1].split()[0])
    assert differences == []
    assert kills >= moments // 3
