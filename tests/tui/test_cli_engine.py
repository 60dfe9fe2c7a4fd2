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


@pytest.mark.parametrize("address", ["ftp://x", "localhost:8080", "127.0.0.1:8080/v1"])
def test_half_an_address_is_told_how_a_whole_one_begins(run: Commands, address: str) -> None:
    for words in (("research", "--yes", "--engine", address, QUESTION), ("retrain", "--teacher", address)):
        done = run(*words)
        assert done.exit_code == 2
        assert done.stderr.splitlines()[-1] == (
            f"{address} is no address of a server; write one that begins with http:// or https://."
        )


def test_a_model_of_the_catalogue_is_known_by_its_name(run: Commands) -> None:
    named = "qwen3-4b-instruct-2507"
    for words in (("research", "--yes", "--engine", named, QUESTION), ("retrain", "--teacher", named)):
        done = run(*words)
        assert done.exit_code == 1
        assert f"`productresearch models fetch {named}` fetches it." in done.stderr
