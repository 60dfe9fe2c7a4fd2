"""Files and folders are there whole or not at all, on a full disk too."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from finetune.errors import ExportError
from finetune.export.from_gguf import write_folder
from finetune.export.round_trip import export_proved
from finetune.export.to_gguf import write_gguf
from finetune.export.whole import whole
from tests.finetune.export.folders import LABEL


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [1_000, 100_000])
def test_an_export_on_a_full_disk_says_so_and_leaves_what_was_there(
    size: int, folders: dict[str, Path], tmp_path: Path
) -> None:
    target = tmp_path / "m.gguf"
    target.write_bytes(b"the model in use")
    with pytest.raises(ExportError, match="disk is full"), small_files(size):
        export_proved(folders["qwen3"], target, kind="F32", label=LABEL, prompts=[[1]])
    assert target.read_bytes() == b"the model in use"
    assert [path.name for path in tmp_path.iterdir()] == ["m.gguf"]


def test_a_folder_on_a_full_disk_is_not_left_half(folders: dict[str, Path], tmp_path: Path) -> None:
    write_gguf(folders["qwen3"], tmp_path / "m.gguf", kind="F32", label=LABEL)
    with pytest.raises(ExportError, match="disk is full"), small_files(100_000):
        write_folder(tmp_path / "m.gguf", tmp_path / "back")
    assert [path.name for path in tmp_path.iterdir()] == ["m.gguf"]


def test_what_a_killed_run_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".new.partial").mkdir()
    (tmp_path / ".new.partial" / "half").write_text("half", encoding="utf-8")
    with whole(tmp_path / "new") as partial:
        partial.mkdir()
        (partial / "all").write_text("all", encoding="utf-8")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["all"]
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_folder_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with whole(tmp_path / "new") as partial:
            partial.mkdir()
            (partial / text).write_text(text, encoding="utf-8")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["two"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(ExportError, match="cannot be written"), whole(tmp_path / "file" / "m.gguf"):
        pass
