"""Every command in the README runs, in its order, over the demo shop."""

import os
import re
import shlex
import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.finetune.bases import write_base
from tests.tui.commands import Commands, commands

ROOT = Path(__file__).parents[1]
PRODUCTS = """\
brand,name,price,Noise (dB)
Brissa,Calm 17,49.90 EUR,58
Tolva,Rapid,55.00 EUR,75
"""
SCHEMA = """\
source = "mine"
kind = "products"
currency = "EUR"
observed = 2026-10-01
identity = ["brand", "name"]

[columns.brand]
role = "brand"
[columns.name]
role = "title"
[columns.price]
role = "price"
[columns."Noise (dB)"]
name = "noise_level"
unit = "dB"
"""

RECIPE = """\
backend = "cuda"
model = "base"
dataset = "DATASET"
method = "lora"
precision = "float32"
checkpointing = false
eval_samples = 1
samples = "step"
max_length = 4096
steps = 1
"""
EXACT = {"finetune export": ["--kind", "F32"], "models use": ["--no-trial"]}
"""What random weights prefer is too close to be proved in eight bits, and they cannot research."""
SHORT = {"retrain": ["--tasks", "4", "--held-out", "20", "--minutes", "0.1"]}
"""A retraining that takes minutes."""


def readme_commands() -> list[list[str]]:
    """The words of each command line in the README's blocks, without the program's name and comments."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    productresearch\b(.*)$", text, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def prepared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """A home and a working folder with the files that the README speaks of."""
    (folder / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    (folder / "columns.toml").write_text(SCHEMA, encoding="utf-8")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    write_base(folder / "base")
    monkeypatch.setenv("PRODUCTRESEARCH_THREADS", "1")
    monkeypatch.chdir(folder)
    return commands(folder / "home", monkeypatch)


def run_all(run: Commands, more: dict[str, list[str]], without: Collection[str] = ()) -> None:
    """Run the commands in their order; `more` adds words to a command that begins so."""
    session = ""
    for words in readme_commands():
        if not words or words[0] in without:
            continue  # the app among them, which has its own tests
        line = [session if word == "SESSION" else word for word in words]
        result = run(*line, *more.get(" ".join(words[:2]), []))
        assert result.exit_code == 0, (words, result.stdout, result.stderr)
        if found := re.search(r"\b\d{6}-\d{6}-[0-9a-f]{4}\b", result.stderr):
            session = found[0]


@pytest.mark.slow
def test_every_command_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepared(tmp_path, monkeypatch)
    fewer = {
        "index demo": ["--no-vectors"],
        "index add": ["--no-vectors"],
        "distill tasks": ["--count", "24"],
    }
    # A retraining researches forty times with a model: in the slow test below.
    run_all(run, fewer | EXACT, without=["retrain"])
    assert (tmp_path / "tent.html").exists()
    assert (tmp_path / "DATASET" / "manifest.json").exists()
    assert (tmp_path / "agent.gguf").exists()


@pytest.mark.slow
def test_every_command_of_the_readme_runs_with_vectors_and_retraining(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = prepared(tmp_path, monkeypatch)
    run_all(run, EXACT | SHORT)
    assert list((run.home / "retrain").glob("*/gate.txt"))


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".venv" / "installed").exists(), reason="not installed by make")
def test_make_demo_prints_a_report(tmp_path: Path) -> None:
    environment = {**os.environ, "DEMO_HOME": str(tmp_path)}
    made = subprocess.run(
        ["make", "demo", f"DEMO_HOME={tmp_path}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "## Picks" in made.stdout
