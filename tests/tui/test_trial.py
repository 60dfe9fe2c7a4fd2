"""A model is tried before it is put in use: the bundled one passes, one of random weights does not."""

import json
import threading
from pathlib import Path

import pytest

from models.bundled_agent import bundled_agent
from models.usable import Model
from tests.gguf_factory import write_gguf
from tests.tui.commands import Commands, commands
from tui import trial
from tui.settings import Settings
from tui.trial import TrialError, try_model


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    made = commands(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("PRODUCTRESEARCH_THREADS", "1")
    return made


@pytest.mark.longer
def test_the_bundled_agent_plans_and_reports(run: Commands) -> None:
    used = run("models", "use", "bundled")
    assert used.exit_code == 0, used.stderr
    trying, did, in_use = used.stderr.splitlines()
    assert trying == "Trying micro-agent.gguf: a plan, and a report over a small invented shop …"
    assert did.startswith("It did, in ")
    assert in_use.startswith("micro-agent.gguf is in use")


@pytest.mark.longer
def test_a_model_of_random_weights_is_not_put_in_use(run: Commands, tmp_path: Path) -> None:
    refused = run("models", "use", write_gguf(tmp_path / "dice.gguf", vocab=1024))
    assert refused.exit_code != 0
    assert "dice.gguf was tried" in refused.stderr
    assert "it is not put in use" in refused.stderr
    assert json.loads(run("models", "show", "--json").stdout)["in use"] == "micro-agent.gguf"


def test_a_trial_tells_how_much_is_written_and_can_be_stopped() -> None:
    cancel = threading.Event()
    told: list[int] = []

    def written(tokens: int) -> None:
        told.append(tokens)
        if tokens > 5:
            cancel.set()

    with pytest.raises(TrialError, match=r"Stopped; micro-agent\.gguf is not put in use"):
        try_model(Model(bundled_agent()), Settings(threads=1), written=written, cancel=cancel)
    assert told == sorted(told)
    assert 5 < told[-1] < 50


def test_a_model_that_comes_to_no_end_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LONGEST", 0.5)
    with pytest.raises(TrialError, match="too slow"):
        try_model(Model(bundled_agent()), Settings(threads=1))
