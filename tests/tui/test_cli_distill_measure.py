"""`distill evaluate` and `distill ablate` over the tiny shop: tables, files, and sentences for faults."""

from pathlib import Path

import pytest
from typer.testing import Result

from distill.drawing.task_files import write_tasks
from distill.evaluate.ablate import Ablation
from distill.evaluate.compare import Evaluation
from distill.evaluate.contestants import FLOOR
from distill.evaluate.race import PARITY_NOTE
from models.random_weights import write_random_weights
from tests.agent.shop import open_shop
from tests.distill.evaluated import CHEAP_TASK, QUIET_TASK, RIDDLE_TASK
from tests.llama_server import llama_server
from tests.tui.commands import Commands, commands


@pytest.fixture
def productresearch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    home = tmp_path / "home"
    home.mkdir()
    open_shop(home).close()
    return commands(home, monkeypatch)


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    path = tmp_path / "tasks.jsonl"
    train = QUIET_TASK.model_copy(update={"id": "learnt", "split": "train"})
    write_tasks(path, [train, QUIET_TASK, RIDDLE_TASK, CHEAP_TASK])
    return path


def columns(result: Result, line: str) -> list[str]:
    """The cells of a table's line."""
    found = next(each for each in result.stdout.splitlines() if each.startswith(line))
    return found.removeprefix(line).split()


@pytest.mark.longer
def test_the_floor_and_both_rules_stand_in_the_table_the_page_and_the_json(
    productresearch: Commands, tasks: Path, tmp_path: Path
) -> None:
    page, json = tmp_path / "out" / "page.html", tmp_path / "out" / "figures.json"
    files = ("--html", page, "--json", json)
    result = productresearch("distill", "evaluate", tasks, "--floor-count", "1", *files)
    assert result.exit_code == 0
    assert columns(result, "tasks") == ["1", "3", "3"]
    assert PARITY_NOTE in result.stdout
    assert "7 of 7 runs" in result.stderr
    found = Evaluation.model_validate_json(json.read_text(encoding="utf-8"))
    assert [(s.name, s.n) for s in found.standings] == [(FLOOR, 1), ("rules", 3), ("oracle rules", 3)]
    assert [asked.task for asked in found.tasks] == ["quiet", "riddle", "cheap"]
    assert PARITY_NOTE in page.read_text(encoding="utf-8")
    assert str(tmp_path) not in page.read_text(encoding="utf-8") + json.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_model_file_and_a_server_are_measured_under_their_own_names(
    productresearch: Commands, tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODUCTRESEARCH_MAX_STEPS", "4")
    engine = write_random_weights(tmp_path / "micro.gguf", seed=1)
    served = write_random_weights(tmp_path / "served.gguf", seed=2)
    with llama_server(served) as address:
        engines = ("--engine", engine, "--engine", address)
        result = productresearch("distill", "evaluate", tasks, "--count", "1", *engines)
    assert result.exit_code == 0
    assert "micro" in result.stdout
    assert columns(result, "tasks") == ["1", "1", "1", "1", "1"]
    assert "research: " in result.stderr


@pytest.mark.slow
def test_what_supervision_is_worth_is_headed_as_a_simulation_with_the_paper_apart(
    productresearch: Commands, tasks: Path, tmp_path: Path
) -> None:
    page, json = tmp_path / "page.html", tmp_path / "figures.json"
    result = productresearch("distill", "ablate", tasks, "--html", page, "--json", json)
    assert result.exit_code == 0
    assert result.stdout.startswith("(simulation: rules sit in the seats)")
    assert "other judge, not comparable" in result.stdout
    found = Ablation.model_validate_json(json.read_text(encoding="utf-8"))
    assert {(c.n, c.cell.supervision) for c in found.cells} == {
        (3, name) for name in ("none", "plan", "calls", "report", "all")
    }
    assert "other judge, not comparable" in page.read_text(encoding="utf-8")
    assert productresearch("distill", "ablate", tasks).stdout == result.stdout, "from the same seed"


@pytest.mark.longer
def test_planted_faults_are_what_supervision_mends(productresearch: Commands, tasks: Path) -> None:
    sound = productresearch("distill", "ablate", tasks, "--faults", "0")
    assert columns(sound, "all, 2 rounds")[:3] == ["3", "3", "100.0"]
    assert columns(sound, "none, 2 rounds")[:3] == ["3", "3", "100.0"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--split", "validation"), "holds no task of the validation split"),
        (("--fitting", "4000"), "holds no task of the test split that 4000 products fit"),
        (("--engine", "nowhere.gguf"), "nowhere.gguf"),
        (("--engine", "http://127.0.0.1:9"), "http://127.0.0.1:9"),
        (("--judge", "nowhere.gguf"), "nowhere.gguf"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(
    productresearch: Commands, tasks: Path, asked: tuple[str, ...], said: str
) -> None:
    result = productresearch("distill", "evaluate", tasks, *asked)
    assert result.exit_code in (1, 2)
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_no_task_file_is_named_with_the_line_at_fault(
    productresearch: Commands, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{}\n", encoding="utf-8")
    for command in ("evaluate", "ablate"):
        for path, said in ((broken, "Line 1 of"), (tmp_path / "none.jsonl", "No such file")):
            result = productresearch("distill", command, path)
            assert result.exit_code == 1
            assert said in result.stderr
