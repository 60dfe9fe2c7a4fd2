"""`productresearch models` and the model that `research` takes where none is named."""

import json
from pathlib import Path

import pytest

from tests.agent.shop import QUESTION, open_shop
from tests.gguf_factory import write_adapter, write_gguf
from tests.tui.commands import Commands, commands


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands over the tiny shop, with no engine named."""
    open_shop(tmp_path / "home").close()
    made = commands(tmp_path / "home", monkeypatch)
    monkeypatch.delenv("PRODUCTRESEARCH_ENGINE")
    monkeypatch.setenv("PRODUCTRESEARCH_THREADS", "1")
    return made


@pytest.fixture
def dice(tmp_path: Path) -> Path:
    """A model of random weights."""
    return write_gguf(tmp_path / "dice.gguf", vocab=1024)


def test_the_model_in_use_researches_where_no_engine_is_named(run: Commands, dice: Path) -> None:
    assert run("models", "use", "--no-trial", dice).exit_code == 0
    result = run("research", "--yes", "--max-steps", "3", QUESTION)
    assert result.exit_code in (0, 3)
    assert "dice" in result.stdout


def test_the_rules_research_only_where_they_are_named(run: Commands, dice: Path) -> None:
    run("models", "use", "--no-trial", dice)
    by_rules = run("research", "--yes", "--engine", "rules", QUESTION)
    assert by_rules.exit_code == 0
    assert "dice" not in by_rules.stdout


@pytest.mark.longer
def test_the_bundled_agent_researches_until_another_is_put_in_use(run: Commands, dice: Path) -> None:
    first = run("research", "--yes", "--max-steps", "4", QUESTION)
    assert first.exit_code in (0, 3)
    assert "micro-agent" in first.stdout
    shown = json.loads(run("models", "show", "--json").stdout)
    assert (shown["in use"], shown["since"]) == ("micro-agent.gguf", "the installation")
    run("models", "use", "--no-trial", dice)
    named = run("research", "--yes", "--engine", "bundled", "--max-steps", "4", QUESTION)
    assert "micro-agent" in named.stdout
    assert "micro-agent.gguf is in use again" in run("models", "rollback").stderr


def test_a_model_is_shown_with_its_adapter_and_those_before_it(
    run: Commands, dice: Path, tmp_path: Path
) -> None:
    adapter = write_adapter(tmp_path / "lora.gguf")
    run("models", "use", "--no-trial", dice)
    assert run("models", "use", "--no-trial", dice, "--adapter", adapter).exit_code == 0
    shown = json.loads(run("models", "show", "--json").stdout)
    assert shown["in use"] == "dice.gguf with lora.gguf"
    assert shown["adapter"] == str(adapter)
    assert shown["before"] == ["dice.gguf", "micro-agent.gguf"]
    assert shown["why"] == "named by you"
    assert "dice.gguf" in run("models", "show").stdout


def test_rollback_goes_back_and_says_to_what(run: Commands, dice: Path, tmp_path: Path) -> None:
    other = write_gguf(tmp_path / "other.gguf", vocab=1024, seed=3)
    run("models", "use", "--no-trial", dice)
    run("models", "use", "--no-trial", other)
    back = run("models", "rollback")
    assert (back.exit_code, back.stdout) == (0, "")
    assert "dice.gguf is in use again" in back.stderr
    assert json.loads(run("models", "show", "--json").stdout)["in use"] == "dice.gguf"


def test_a_model_that_cannot_serve_is_refused_and_the_one_before_stays(
    run: Commands, dice: Path, tmp_path: Path
) -> None:
    run("models", "use", "--no-trial", dice)
    cut = write_gguf(tmp_path / "cut.gguf", vocab=1024, keep=0.5)
    refused = run("models", "use", "--no-trial", cut)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "truncated" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert json.loads(run("models", "show", "--json").stdout)["in use"] == "dice.gguf"


def test_a_lost_model_is_a_sentence_with_the_way_back(run: Commands, dice: Path) -> None:
    run("models", "use", "--no-trial", dice)
    dice.unlink()
    refused = run("research", "--yes", QUESTION)
    assert refused.exit_code == 1
    assert "models rollback" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_retraining_a_lost_model_is_the_same_sentence_and_leaves_nothing(run: Commands, dice: Path) -> None:
    run("models", "use", "--no-trial", dice)
    dice.unlink()
    refused = run("retrain")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "models rollback" in refused.stderr
    assert not (run.home / "retrain").exists()


def test_a_gate_over_too_few_tasks_is_wrong_usage(run: Commands) -> None:
    assert run("retrain", "--held-out", "3").exit_code == 2
