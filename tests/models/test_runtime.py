"""The library as it is loaded: how its threads wait for each other, seen from a process of its own."""

import os
import re
import subprocess
import sys

import pytest

from models.runtime import FEW_SPINS, SPINS

LOAD = (
    f"import os; from models.runtime import llama_runtime; llama_runtime(); print(os.environ.get('{SPINS}'))"
)


def loaded(**theirs: str) -> tuple[str, str]:
    """What OpenMP says of its spins, and what the environment says once the library stands."""
    mine = {key: value for key, value in os.environ.items() if key not in (SPINS, "OMP_WAIT_POLICY")}
    environment = {**mine, "OMP_DISPLAY_ENV": "verbose", **theirs}
    done = subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True)
    said = re.search(rf"{SPINS} = '(\d+)'", done.stderr)
    if said is None:
        pytest.skip("llama.cpp is built without GNU's OpenMP here")
    return said[1], done.stdout.strip()


def test_threads_that_wait_soon_sleep() -> None:
    assert loaded() == (FEW_SPINS, "None")


def test_what_a_person_has_set_stays() -> None:
    assert loaded(GOMP_SPINCOUNT="77") == ("77", "77")
    assert loaded(OMP_WAIT_POLICY="passive") == ("0", "None")
