"""Which model answers: what may be put in use, what is noticed before it is loaded, and the way back."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.bundled_agent import bundled_agent
from models.engine import EngineError
from models.file_mark import file_mark
from models.in_use import InUseError, ModelsInUse
from models.usable import Model
from tests.gguf_factory import write_adapter, write_gguf

WIRE = 3
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundled model, two others and an adapter."""
    folder = tmp_path_factory.mktemp("models")
    write_gguf(folder / "bundled.gguf", vocab=512, wire=WIRE)
    write_gguf(folder / "one.gguf", vocab=512, seed=1)
    write_gguf(folder / "two.gguf", vocab=512, seed=2)
    write_adapter(folder / "lora.gguf")
    return folder


@pytest.fixture
def mine(tmp_path: Path, files: Path) -> Path:
    """Copies of the files that a test may spoil, in the home."""
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    for path in files.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def in_use(mine: Path) -> ModelsInUse:
    """The record of a home in which nothing was put in use yet."""
    return ModelsInUse(mine.parent, mine / "bundled.gguf")


def put(in_use: ModelsInUse, *models: Model) -> None:
    """Put models in use, one after another."""
    for model in models:
        in_use.promote(model, "a test", NOW, WIRE)


def test_the_bundled_model_answers_where_nothing_else_was_put_in_use(in_use: ModelsInUse, mine: Path) -> None:
    assert in_use.current == Model(mine / "bundled.gguf")
    assert in_use.entries == ()


def test_an_installation_without_a_bundled_model_names_the_rules(tmp_path: Path) -> None:
    with pytest.raises(
        InUseError, match=r"no bundled model .*`--engine rules`.*`--engine PATH\.gguf`"
    ) as told:
        _ = ModelsInUse(tmp_path, tmp_path / "absent.gguf").current
    assert "\n" not in str(told.value)


def test_the_bundled_model_has_its_place_in_the_package() -> None:
    assert bundled_agent().parts[-3:] == ("models", "bundled", "micro-agent.gguf")
    assert (bundled_agent().parents[1] / "engine.py").is_file()


def test_what_is_put_in_use_answers_until_it_is_taken_back(in_use: ModelsInUse, mine: Path) -> None:
    one, two = Model(mine / "one.gguf"), Model(mine / "two.gguf", mine / "lora.gguf")
    put(in_use, one, two)
    again = ModelsInUse(mine.parent, mine / "bundled.gguf")
    assert again.current == two
    assert [(e.why, e.since) for e in again.entries] == [("a test", NOW)] * 2
    assert again.rollback() == one
    assert again.current == one
    assert again.rollback() == Model(mine / "bundled.gguf")


def test_there_is_nothing_to_go_back_from_where_no_model_was_put_in_use(in_use: ModelsInUse) -> None:
    with pytest.raises(InUseError, match="none to go back from"):
        in_use.rollback()


def test_a_home_that_was_moved_keeps_its_model(in_use: ModelsInUse, mine: Path, tmp_path: Path) -> None:
    put(in_use, Model(mine / "one.gguf"))
    moved = mine.parent.rename(tmp_path / "elsewhere")
    assert ModelsInUse(moved, moved / "models" / "bundled.gguf").current == Model(
        moved / "models" / "one.gguf"
    )


WRONG: dict[str, tuple[Callable[[Path], Model], str]] = {
    "truncated": (lambda f: Model(write_gguf(f / "cut.gguf", vocab=512, keep=0.5)), "truncated"),
    "no template": (
        lambda f: Model(write_gguf(f / "mute.gguf", vocab=512, template=None)),
        "no chat template",
    ),
    "a template that cannot chat": (
        lambda f: Model(write_gguf(f / "odd.gguf", vocab=512, template="{{ messages[0].content }}")),
        "template",
    ),
    "another wire": (lambda f: Model(write_gguf(f / "old.gguf", vocab=512, wire=1)), "wire 1"),
    "absent": (lambda f: Model(f / "absent.gguf"), "no model file"),
    "an adapter alone": (lambda f: Model(f / "lora.gguf"), "is an adapter and no whole model"),
    "a model as adapter": (lambda f: Model(f / "one.gguf", f / "two.gguf"), "is no adapter"),
    "an adapter of another architecture": (
        lambda f: Model(f / "one.gguf", write_adapter(f / "moe.gguf", arch="qwen3moe")),
        "made for a qwen3moe model",
    ),
    "an adapter of another size": (
        lambda f: Model(f / "one.gguf", write_adapter(f / "wide.gguf", width=128)),
        "does not fit this model",
    ),
    "an adapter for another base": (
        lambda f: Model(f / "one.gguf", write_adapter(f / "marked.gguf", base=file_mark(f / "two.gguf"))),
        "made for another model",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_serve_is_refused_in_a_sentence_and_the_model_in_use_stays(
    in_use: ModelsInUse, mine: Path, name: str
) -> None:
    put(in_use, Model(mine / "two.gguf"))
    make, sentence = WRONG[name]
    with pytest.raises(EngineError, match=sentence) as refused:
        put(in_use, make(mine))
    assert "\n" not in str(refused.value)
    assert in_use.current == Model(mine / "two.gguf")


def test_an_adapter_marked_for_its_base_is_taken(in_use: ModelsInUse, mine: Path) -> None:
    adapter = write_adapter(mine / "marked.gguf", base=file_mark(mine / "one.gguf"))
    put(in_use, Model(mine / "one.gguf", adapter))
    assert in_use.current == Model(mine / "one.gguf", adapter)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-4096])])
@pytest.mark.parametrize("file", ["two.gguf", "lora.gguf"])
def test_a_lost_or_cut_file_names_the_way_back_and_the_way_back_leads_to_a_sound_one(
    in_use: ModelsInUse, mine: Path, file: str, spoil: Callable[[Path], object]
) -> None:
    put(in_use, Model(mine / "one.gguf"), Model(mine / "two.gguf", mine / "lora.gguf"))
    spoil(mine / file)
    with pytest.raises(InUseError, match=rf"{file}.*`productresearch models rollback`") as told:
        _ = in_use.current
    assert "\n" not in str(told.value)
    assert in_use.rollback() == Model(mine / "one.gguf")
    assert in_use.current == Model(mine / "one.gguf")


def test_the_way_back_passes_over_models_that_are_gone(in_use: ModelsInUse, mine: Path) -> None:
    put(
        in_use,
        Model(mine / "one.gguf"),
        Model(mine / "two.gguf"),
        Model(mine / "two.gguf", mine / "lora.gguf"),
    )
    (mine / "two.gguf").unlink()
    assert in_use.rollback() == Model(mine / "one.gguf")


@pytest.mark.parametrize(("steps", "name"), [(1, "two.gguf"), (2, "one.gguf"), (3, "bundled.gguf")])
def test_any_earlier_model_is_gone_back_to(in_use: ModelsInUse, mine: Path, steps: int, name: str) -> None:
    models = [
        Model(mine / "one.gguf"),
        Model(mine / "two.gguf"),
        Model(mine / "one.gguf", mine / "lora.gguf"),
    ]
    put(in_use, *models)
    assert in_use.rollback(steps) == in_use.current == Model(mine / name)


@pytest.mark.parametrize("steps", [-1, 0, 3])
def test_a_step_that_leads_nowhere_changes_nothing(in_use: ModelsInUse, mine: Path, steps: int) -> None:
    put(in_use, Model(mine / "one.gguf"), Model(mine / "two.gguf"))
    with pytest.raises(InUseError, match="There are 2 models before the one in use"):
        in_use.rollback(steps)
    assert in_use.current == Model(mine / "two.gguf")


def test_the_record_can_be_read_by_its_owner_alone(in_use: ModelsInUse, mine: Path) -> None:
    before = os.umask(0o022)
    try:
        put(in_use, Model(mine / "one.gguf"))
    finally:
        os.umask(before)
    assert (mine / "in-use.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_record_is_a_sentence_and_set_aside_on_the_way_back(
    in_use: ModelsInUse, mine: Path
) -> None:
    put(in_use, Model(mine / "one.gguf"))
    (mine / "in-use.json").write_text('{"entries": [', encoding="utf-8")
    with pytest.raises(InUseError, match=r"in-use\.json, is damaged; .*models rollback"):
        _ = in_use.current
    assert in_use.rollback() == in_use.current == Model(mine / "bundled.gguf")
    assert (mine / "in-use.damaged").exists()


def test_an_adapter_over_the_bundled_model_of_another_version_is_not_laid_over_this_one(
    in_use: ModelsInUse, mine: Path
) -> None:
    put(in_use, Model(mine / "bundled.gguf", mine / "lora.gguf"))
    assert in_use.entries[0].model is None
    write_gguf(mine / "bundled.gguf", vocab=512, wire=WIRE, seed=9)
    with pytest.raises(InUseError, match="bundled model of another version"):
        _ = in_use.current


def test_nothing_is_left_beside_the_record(in_use: ModelsInUse, mine: Path) -> None:
    before = {path.name for path in mine.iterdir()}
    put(in_use, Model(mine / "one.gguf"))
    assert {path.name for path in mine.iterdir()} - before == {"in-use.json"}


def test_a_mark_tells_other_weights_apart_and_costs_little(mine: Path) -> None:
    assert file_mark(mine / "one.gguf") != file_mark(mine / "two.gguf")
    large = mine / "large.bin"
    with large.open("wb") as file:
        file.truncate(8 << 30)
    assert len(file_mark(large)) == 32
