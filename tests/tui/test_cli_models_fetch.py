"""`models list`, `fit`, `fetch`, `verify`, `remove`, and `use` of what a hub of this machine had."""

import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.catalog import catalog
from models.store import ModelStore
from tests.gguf_factory import write_gguf
from tests.models.hub import COMMIT, Hub, hub
from tests.slow import slow
from tests.tui.commands import Commands, commands

CARD = catalog().models["qwen3.5-2b"]
RUN = "from tui.cli import main; main()"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Hub]:
    """A hub with a model of random weights under a name of the catalogue."""
    with hub() as held:
        model = write_gguf(tmp_path / "dice.gguf", vocab=1024)
        held.files[f"{CARD.repository}/{CARD.file}"] = model.read_bytes()
        yield held


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return commands(tmp_path / "home", monkeypatch)


def fetching(home: Path, served: Hub) -> subprocess.Popen[str]:
    """`models fetch` in a process of its own, whose hub is ours."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, "models", "fetch", CARD.name],
        env={
            **os.environ,
            "PRODUCTRESEARCH_HOME": str(home),
            "HF_ENDPOINT": served.address,
            "HF_HOME": str(home / "hf"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_model_is_fetched_checked_used_and_removed(run: Commands, served: Hub) -> None:
    before = {told["name"]: told for told in json.loads(run("models", "list", "--json").stdout)}
    assert before[CARD.name]["state"] == "absent"
    process = fetching(run.home, served)
    out, said = process.communicate(timeout=120)
    path = Path(out.strip())
    assert path.read_bytes() == served.files[f"{CARD.repository}/{CARD.file}"]
    assert "unverified: nobody has pinned it yet" in said
    assert COMMIT[:12] in said
    assert {path.partition("?")[0].split("/")[1] for _, path, *_ in served.asked} == {"unsloth", "bytes"}
    assert f"{CARD.name}: as it was fetched" in run("models", "verify").stdout
    listed = next(line for line in run("models", "list").stdout.splitlines() if line.startswith(CARD.name))
    assert listed.endswith("when fetched\tyes")
    assert run("models", "use", "--no-trial", CARD.name).exit_code == 0
    refused = run("models", "remove", CARD.name)
    assert refused.exit_code != 0
    assert "is in use" in refused.stderr
    run("models", "rollback")
    assert "free again" in run("models", "remove", CARD.name).stderr
    assert not path.exists()


@pytest.mark.longer
def test_a_fetch_tells_how_fast_it_is_and_the_time_left(
    run: Commands, served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # the line that is written over is for terminals
    served.files[f"{CARD.repository}/{CARD.file}"] = bytes(6_000_000)
    served.pause = 0.02
    _, said = fetching(run.home, served).communicate(timeout=120)
    lines = said.splitlines()  # each is written over the one before
    assert any(
        re.search(r"fetching 0\.00 of 0\.01 GB, \d+ %, \d\.\d MB/s, 0:0\d left$", line) for line in lines
    )


@pytest.mark.longer
@pytest.mark.parametrize("seed", [0, *slow(*range(1, 12))])
def test_a_fetch_that_is_killed_at_any_moment_is_gone_on_with(run: Commands, served: Hub, seed: int) -> None:
    large = bytes(1000) * 60_000
    served.files[f"{CARD.repository}/{CARD.file}"] = large
    process = fetching(run.home, served)
    store = ModelStore(run.home)
    until = time.monotonic() + 60
    while not (store.partials(CARD) or store.path(CARD).exists()) and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(random.Random(seed).uniform(0, 0.12))
    process.kill()
    process.communicate()
    if store.path(CARD).exists():
        store.verify(CARD)
    else:
        assert store.state(CARD) == "partial"
    process = fetching(run.home, served)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert store.path(CARD).read_bytes() == large
    store.verify(CARD)


def test_names_and_files_that_are_none_are_one_sentence(run: Commands) -> None:
    for command in ("fetch", "verify", "remove"):
        refused = run("models", command, "qwen3-8")
        assert refused.exit_code != 0
        assert refused.stderr == "There is no model 'qwen3-8'; did you mean qwen3-8b or qwen3.5-9b?\n"
    absent = run("models", "use", CARD.name)
    assert absent.stderr == (
        f"{CARD.name} is not here; `productresearch models fetch {CARD.name}` fetches it.\n"
    )


def test_what_fits_is_told_of_every_model_and_recommended(run: Commands) -> None:
    told = run("models", "fit")
    assert set(catalog().models) == {line.partition("\t")[0] for line in told.stdout.splitlines()[1:]}
    assert "of which a model may take" in told.stderr
    assert [line.partition(":")[0] for line in told.stderr.splitlines()[1:]] == [
        "As student",
        "As teacher",
        "As embedder",
        "The one that came along trains on any machine; `productresearch retrain --dry-run` says what the "
        "model in use would take.",
    ]
    rows = json.loads(run("models", "fit", "--json").stdout)
    assert {row["name"] for row in rows} == set(catalog().models)
    assert all(row["quantization"] == catalog().model(row["name"]).quantization for row in rows)
    assert all("\tQ4_K_M\t" in line for line in told.stdout.splitlines()[1:] if line.startswith("qwen3-8b"))
    assert all((row["tokens_per_second"] > 0) is (row["context"] > 0) for row in rows)
    trained = {row["name"] for row in rows if row["training"]}
    assert trained == {name for name, card in catalog().models.items() if card.trainers}
