"""Dialogues are held on a real Ray cluster, on loopback, and are the same bytes as without one."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from distill.errors import RunError
from distill.running.pools import on_ray
from distill.running.run import HoldWorker
from tests.distill.killed_run import hold, left, prepared

TASKS = 16
RAY = Path(sys.executable).with_name("ray")
HEAD = ("start", "--head", "--block", "--port=0", "--num-cpus=2", "--node-ip-address=127.0.0.1")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs process groups")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the cluster starts, with a token of its own, so that nobody else can use it."""
    own = tmp_path_factory.mktemp("own")
    token = ["get-auth-token", "--generate"]
    subprocess.run([RAY, *token], env={**os.environ, "HOME": str(own)}, capture_output=True, check=True)
    return own


@pytest.fixture(scope="module")
def cluster(own: Path) -> Iterator[str]:
    """The address of a cluster that knows nothing of this folder."""
    # Paths of Unix sockets may be 107 bytes long, and Ray's are long already.
    with tempfile.TemporaryDirectory(prefix="ray") as scratch:
        head = subprocess.Popen(
            [RAY, *HEAD, "--include-dashboard=false", "--disable-usage-stats", f"--temp-dir={scratch}"],
            cwd=own,
            env={**os.environ, "HOME": str(own), "RAY_AUTH_MODE": "token"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            assert head.stdout is not None
            told = (re.search(r"--address='([\d.]+:\d+)'", line) for line in head.stdout)
            yield next(found[1] for found in told if found)
        finally:
            head.terminate()
            head.communicate(timeout=60)
    assert not running_in(head.pid)


@pytest.mark.slow
def test_a_cluster_holds_the_same_dialogues_as_one_process(cluster: str, own: Path, tmp_path: Path) -> None:
    alone = prepared(tmp_path / "alone", TASKS)
    hold(alone)
    for name, address in (("auto", "auto"), ("named", cluster)):
        folder = prepared(tmp_path / name, TASKS)
        done = distill_run(folder, address, own)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert f"{TASKS} of {TASKS} dialogues" in done.stderr
        assert left(folder) == left(alone)


@pytest.mark.slow
def test_a_fault_of_ours_on_a_cluster_keeps_its_sentence(cluster: str, own: Path, tmp_path: Path) -> None:
    folder = prepared(tmp_path, TASKS)
    tasks = folder / "tasks.jsonl"
    tasks.write_text(tasks.read_text(encoding="utf-8").replace('"home"', '"nowhere"'), encoding="utf-8")
    done = distill_run(folder, cluster, own)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("There is no world 'nowhere'")


@pytest.mark.slow
def test_a_cluster_whose_token_is_wanting_says_so(cluster: str, own: Path, tmp_path: Path) -> None:
    done = distill_run(prepared(tmp_path, TASKS), cluster, own, mode="disabled")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(f"The Ray cluster at {cluster} wants its token")


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_given_up_in_a_sentence() -> None:
    with pytest.raises(
        RunError, match=r"no Ray cluster at '127\.0\.0\.1:1' \(nothing answered in 15 seconds"
    ):
        next(on_ray(never, [], "127.0.0.1:1"))


@pytest.mark.slow
def test_what_is_no_address_of_a_cluster_is_told_in_a_sentence() -> None:
    with pytest.raises(RunError, match=r"no Ray cluster at 'somewhere' .*; give the address"):
        next(on_ray(never, [], "somewhere"))


def never() -> HoldWorker:
    """Nobody gets as far as making a worker."""
    raise AssertionError


def distill_run(
    folder: Path, address: str, own: Path, mode: str = "token"
) -> subprocess.CompletedProcess[str]:
    """The command, in a folder that holds nothing of ours."""
    program = Path(sys.executable).with_name("productresearch")
    wanted = ["--ray", address, "--faults", "0.7", "--seed", "3"]
    return subprocess.run(
        [program, "distill", "run", folder / "tasks.jsonl", folder / "run", *wanted],
        cwd=folder,
        env={
            **os.environ,
            "HOME": str(own),
            "RAY_AUTH_MODE": mode,
            "PRODUCTRESEARCH_HOME": str(folder / "home"),
        },
        capture_output=True,
        text=True,
        timeout=200,
    )


def running_in(session: int) -> bool:
    """Whether any process of a session still runs."""
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return False
    return True
