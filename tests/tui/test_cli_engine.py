"""`research --engine`: a random model drives a whole run, and one that cannot serve is refused."""

from pathlib import Path

import pytest

from tests.agent.shop import QUESTION, open_shop
from tests.gguf_factory import write_gguf
from tests.tui.commands import Commands, commands


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands over the tiny shop, with one thread for the engine."""
    monkeypatch.setenv("PRODUCTRESEARCH_THREADS", "1")
    open_shop(tmp_path / "home").close()
    return commands(tmp_path / "home", monkeypatch)


def test_random_weights_end_in_a_report_that_names_them(run: Commands, tmp_path: Path) -> None:
    model = write_gguf(tmp_path / "dice.gguf", vocab=1024)
    result = run("research", "--yes", "--engine", model, "--max-steps", "3", QUESTION)
    assert result.exit_code in (0, 3)
    assert "dice" in result.stdout


@pytest.mark.parametrize(
    ("made", "sentence"),
    [({"wire": 7}, "wire 7"), ({"template": None}, "chat template"), ({"keep": 0.5}, "truncated")],
)
def test_a_model_that_cannot_serve_is_refused_in_a_sentence(
    run: Commands, tmp_path: Path, made: dict[str, float | None], sentence: str
) -> None:
    model = write_gguf(tmp_path / "wrong.gguf", vocab=1024, **made)  # type: ignore[arg-type]
    result = run("research", "--yes", "--engine", model, QUESTION)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_that_is_no_model_is_refused_in_a_sentence(run: Commands, tmp_path: Path) -> None:
    path = tmp_path / "holiday.gguf"
    path.write_bytes(b"not a model" * 1000)
    result = run("research", "--yes", "--engine", path, QUESTION)
    assert result.exit_code == 1
    assert "GGUF" in result.stderr
