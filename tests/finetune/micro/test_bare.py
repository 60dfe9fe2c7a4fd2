"""The micro agent is made where there is only torch, pydantic and the standard library."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from finetune.micro.__main__ import KINDS
from finetune.micro.checkpoints import CHECKPOINT
from finetune.micro.corpus import read_corpus
from tests.finetune.micro.tiny import SHAPE, SHAPE_TOML

ROOT = Path(__file__).parents[3]
TASKS = 4
RECIPE = f"""
{SHAPE_TOML}
[[stages]]
name = "copy"
tokens = 3000
batch = 1024
feeds = {{ copy = 1.0 }}

[[stages]]
name = "read"
tokens = 12000
batch = 4096
feeds = {{ plans = 1.0 }}
"""


def bare(*commands: list[str]) -> subprocess.CompletedProcess[str]:
    """Commands of `finetune.micro`, in a Python that lacks everything else."""
    words = [word for command in commands for word in (*command, ",")][:-1]
    script = Path(__file__).with_name("bare.py")
    around = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, str(script), *words], capture_output=True, text=True, check=False, env=around
    )


def corpus(kind: str, path: Path) -> list[str]:
    """The command that draws a corpus over random worlds."""
    over = ["--tasks", str(TASKS), "--home-share", "0", "--home", str(path.parent)]
    return ["corpus", kind, str(path), *over]


@pytest.mark.slow
def test_corpora_vocabulary_and_training_need_torch_and_pydantic_alone(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    feeds, run = tmp_path / "feeds", tmp_path / "run"
    feeds.mkdir()
    drawn = {kind: tmp_path / f"{kind}.gz" for kind in KINDS}
    vocabulary = str(feeds / "tokenizer.json")
    learnt = ("--tokenizer", vocabulary, "--longest", "65536")
    packed = [
        ["pack", str(drawn[kind]), *learnt, "--out", str(feeds / f"{kind}.pt")]
        for kind in ("cards", "plans", "work")
    ]
    done = bare(
        *(corpus(kind, path) for kind, path in drawn.items()),
        ["tokenizer", str(drawn["cards"]), "--out", vocabulary, "--size", str(SHAPE.vocabulary)],
        *packed,
        [
            "train",
            str(run),
            "--recipe",
            str(tmp_path / "recipe.toml"),
            "--feeds",
            str(feeds),
            "--threads",
            "1",
        ],
    )
    assert done.returncode == 0, done.stderr
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"copy", "read"}
    assert (run / CHECKPOINT).exists()
    # A full Python draws the very same.
    full = corpus("work", tmp_path / "full.gz")
    subprocess.run([sys.executable, "-m", "finetune.micro", *full], check=True, cwd=ROOT, capture_output=True)
    sessions = list(read_corpus(drawn["work"]))
    assert sessions
    assert list(read_corpus(tmp_path / "full.gz")) == sessions


@pytest.mark.parametrize("module", ["numpy", "pint", "price_parser", "chromadb", "httpx", "llama_cpp"])
def test_a_bare_python_lacks_what_torch_does_not_bring(module: str) -> None:
    look = f"print(importlib.util.find_spec('{module}') is not None)"
    told = subprocess.run(
        [sys.executable, "-c", f"import bare, importlib.util; {look}; bare.lay_bare(); {look}"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    assert told.stdout.split() == ["True", "False"]
