"""Every importer withstands bytes that are led by what they reach; longer by hand: see `tests.index.fuzz`."""

import subprocess
import sys
from pathlib import Path

import pytest

from index.importers.opening import FORMS
from tests.slow import slow

pytest.importorskip("atheris", reason="it is made for Linux")

RUNS = 100
ALIKE = ("json", "tsv", "markdown")
"""Read as another is."""


@pytest.mark.longer
@pytest.mark.parametrize("form", [*(form for form in FORMS if form not in ALIKE), *slow(*ALIKE)])
def test_bytes_that_look_for_a_way_in_find_a_sentence(tmp_path: Path, form: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.index.fuzz",
            form,
            f"-runs={RUNS}",
            "-seed=7",
            f"-artifact_prefix={tmp_path}/",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {RUNS} runs" in done.stderr
