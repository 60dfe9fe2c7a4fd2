"""`productresearch finetune`: what each command prints, where, and with which exit code."""

from pathlib import Path

import pytest
import torch

from agent.wire import WIRE_VERSION
from distill.dataset.export import open_dataset
from distill.drawing.task_files import write_tasks
from finetune.export.metadata import Label
from finetune.export.to_gguf import write_gguf as write_folder_as_gguf
from finetune.self_improve.runs import OwnRun, read_runs
from models.usable import Model, demand_usable
from tests.agent.shop import open_shop
from tests.distill.recorded import dialogue, task
from tests.finetune.bases import write_base
from tests.finetune.short_data import write_short_dataset
from tests.gguf_factory import write_gguf
from tests.tui.commands import Commands, commands
from tests.tui.terminal import Screen

RECIPE = """\
backend = "cuda"
model = "base"
dataset = "dataset"
learning_rate = 3e-3
batch = 2
max_length = 512
checkpointing = false
precision = "float32"
save_every = 2
steps = 3
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny base model, a short data set, and a recipe for an adapter and one for every weight."""
    torch.set_num_threads(1)
    made = tmp_path_factory.mktemp("finetune")
    write_base(made / "base")
    write_short_dataset(made / "dataset")
    (made / "lora.toml").write_text(f'{RECIPE}method = "lora"\nrank = 4\n', encoding="utf-8")
    (made / "full.toml").write_text(f'{RECIPE}method = "full"\n', encoding="utf-8")
    return made


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands over the tiny shop."""
    open_shop(tmp_path / "home").close()
    monkeypatch.setenv("PRODUCTRESEARCH_THREADS", "1")
    return commands(tmp_path / "home", monkeypatch)


@pytest.fixture(scope="module")
def adapter_run(folder: Path) -> Path:
    """A training of an adapter that has ended."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        trained = commands(folder / "nobody", monkeypatch)(
            "finetune", "train", folder / "lora.toml", folder / "lora"
        )
    assert trained.exit_code == 0, trained.stderr
    return folder / "lora"


def test_a_plan_is_a_table_on_stdout(run: Commands, folder: Path) -> None:
    planned = run("finetune", "plan", folder / "lora.toml", "--tokens-per-second", "1000")
    assert planned.exit_code == 0
    rows = dict(line.split("\t") for line in planned.stdout.splitlines())
    assert rows["steps"] == "3"
    assert "are trained" in rows["parameters"]
    assert rows["hours"] != "unknown"


def test_a_plan_that_does_not_fit_says_so_and_is_exit_code_1(
    run: Commands, folder: Path, tmp_path: Path
) -> None:
    recipe = (folder / "full.toml").read_text(encoding="utf-8").replace("batch = 2", "batch = 10000000")
    (folder / "large.toml").write_text(recipe, encoding="utf-8")
    planned = run("finetune", "plan", folder / "large.toml")
    assert planned.exit_code == 1
    assert "does not fit\tAbout" in planned.stdout
    refused = run("finetune", "train", folder / "large.toml", tmp_path / "run")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "of memory are needed" in refused.stderr


def test_an_unknown_key_of_a_recipe_is_one_sentence(run: Commands, folder: Path, tmp_path: Path) -> None:
    (folder / "odd.toml").write_text(f"{RECIPE}lerning_rate = 1\n", encoding="utf-8")
    for words in (("plan",), ("train",), ("inspect",)):
        more = [tmp_path / "run"] if words == ("train",) else []
        refused = run("finetune", *words, folder / "odd.toml", *more)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "the nearest key is 'learning_rate'" in refused.stderr
        assert refused.stderr.count("\n") == 1


def test_training_tells_the_loss_on_stderr_and_ends_where_it_says(
    run: Commands, folder: Path, tmp_path: Path
) -> None:
    trained = run("finetune", "train", folder / "full.toml", tmp_path / "run")
    assert (trained.exit_code, trained.stdout) == (0, "")
    assert "step 1 of 3: loss" in trained.stderr
    assert "Done after 3 steps" in trained.stderr
    assert (tmp_path / "run" / "model" / "model.safetensors").is_file()


@pytest.mark.slow
def test_a_terminal_shows_the_curve_while_it_trains(folder: Path, tmp_path: Path) -> None:
    screen = Screen(
        tmp_path / "home", ["finetune", "train", str(folder / "lora.toml"), str(tmp_path / "run")],
        {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert screen.end(240) == 0
    assert "loss by step, 3 of 3" in screen.shown
    assert "Done after 3 steps" in screen.shown


def test_inspect_prints_samples_and_the_shares(run: Commands, folder: Path) -> None:
    seen = run("finetune", "inspect", folder / "lora.toml", "--count", "1")
    assert seen.exit_code == 0
    assert "t0 (context 0)" in seen.stdout
    assert "8 samples" in seen.stderr
    by_model = run(
        "finetune", "inspect", folder / "dataset", "--model", folder / "base", "--split", "validation"
    )
    assert "2 samples" in by_model.stderr
    assert run("finetune", "inspect", folder / "dataset").exit_code == 2


def test_two_trainings_are_compared_in_a_table(
    run: Commands, folder: Path, adapter_run: Path, tmp_path: Path
) -> None:
    run("finetune", "train", folder / "full.toml", tmp_path / "full")
    compared = run("finetune", "compare", adapter_run, tmp_path / "full")
    assert compared.exit_code == 0
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in compared.stdout.splitlines()}
    assert rows["method"] == ["lora", "full"]
    assert "last loss" in rows
    refused = run("finetune", "compare", adapter_run, tmp_path)
    assert refused.exit_code == 1
    assert "holds no training" in refused.stderr


def test_an_adapter_is_exported_over_the_file_of_its_base_and_can_serve(
    run: Commands, folder: Path, adapter_run: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base.gguf"
    write_folder_as_gguf(folder / "base", base, kind="F32", label=Label("base", "MIT", WIRE_VERSION))
    exported = run("finetune", "export", adapter_run, tmp_path / "lora.gguf", "--over", base)
    assert (exported.exit_code, exported.stdout) == (0, "")
    assert "as the trained model writes them" in exported.stderr
    demand_usable(Model(base, tmp_path / "lora.gguf"), WIRE_VERSION)


def test_an_adapter_is_refused_over_another_base_of_the_same_shape(
    run: Commands, folder: Path, adapter_run: Path, tmp_path: Path
) -> None:
    write_base(tmp_path / "another", seed=1)
    own, other, adapter = (tmp_path / name for name in ("own.gguf", "other.gguf", "lora.gguf"))
    for base, path in ((folder / "base", own), (tmp_path / "another", other)):
        write_folder_as_gguf(base, path, kind="F32", label=Label("base", "MIT", WIRE_VERSION))
    assert own.stat().st_size == other.stat().st_size
    run("finetune", "export", adapter_run, adapter, "--over", own)
    refused = run("models", "use", "--no-trial", other, "--adapter", adapter)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"The adapter {adapter} was made for another model than {other}; name its own base.\n"
    )
    assert run("models", "use", "--no-trial", own, "--adapter", adapter).exit_code == 0


def test_a_training_is_exported_whole_and_can_serve(run: Commands, adapter_run: Path, tmp_path: Path) -> None:
    exported = run("finetune", "export", adapter_run, tmp_path / "whole.gguf", "--kind", "F32")
    assert exported.exit_code == 0, exported.stderr
    demand_usable(Model(tmp_path / "whole.gguf"), WIRE_VERSION)


def test_a_training_without_weights_is_not_exported(run: Commands, adapter_run: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_bytes((adapter_run / "run.json").read_bytes())
    refused = run("finetune", "export", tmp_path / "run", tmp_path / "whole.gguf")
    assert refused.exit_code == 1
    assert "no trained weights yet" in refused.stderr
    assert not (tmp_path / "whole.gguf").exists()


# -- self-improve ---------------------------------------------------------------------------------------


def test_own_runs_become_a_data_set_where_any_verifies(run: Commands, tmp_path: Path) -> None:
    about, model = task(), write_gguf(tmp_path / "dice.gguf", vocab=1024, context=4096)
    write_tasks(tmp_path / "tasks.jsonl", [about, task(2).model_copy(update={"split": "test"})])
    words: list[str | Path] = [
        "finetune",
        "self-improve",
        tmp_path / "own",
        "--tasks",
        tmp_path / "tasks.jsonl",
        "--engine",
        model,
    ]
    refused = run(*words, "--runs", "1")
    assert refused.exit_code == 1
    assert "No run of 1 verifies" in refused.stderr
    runs = tmp_path / "own.runs" / "runs.jsonl"
    (held,) = read_runs(runs)
    with open_shop(tmp_path / "again") as shop:
        verified = OwnRun(**{**dict(held), "seed": 1, "dialogue": dialogue(shop, about)})
    with runs.open("a", encoding="utf-8") as file:
        file.write(verified.model_dump_json() + "\n")
    done = run(*words, "--runs", "2")
    assert done.exit_code == 0, done.stderr
    assert "1 of 2 runs verify; 1 are learned from" in done.stderr
    assert len(list(open_dataset(tmp_path / "own").samples("train"))) == 1


def test_the_rules_have_nothing_to_learn_from_their_runs(run: Commands, tmp_path: Path) -> None:
    refused = run("finetune", "self-improve", tmp_path / "own")
    assert refused.exit_code == 2
    assert "--engine" in refused.stderr
