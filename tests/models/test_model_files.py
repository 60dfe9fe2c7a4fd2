"""Model files that cannot be run: each is refused in one sentence, and none ends the process."""

import random
from contextlib import suppress
from pathlib import Path

import pytest

from models.engine import ModelFileError, TemplateError
from models.gguf_file import gguf_metadata
from models.llama import LlamaEngine
from tests.gguf_factory import HERMES_TEMPLATE, Architecture, write_adapter, write_gguf


def test_the_header_tells_what_the_model_is(tmp_path: Path) -> None:
    metadata = gguf_metadata(write_gguf(tmp_path / "model.gguf", arch="lfm2", context=2048, wire=7))
    assert (metadata.name, metadata.architecture) == ("random lfm2", "lfm2")
    assert (metadata.context_length, metadata.wire) == (2048, 7)
    assert metadata.chat_template == HERMES_TEMPLATE


def test_a_model_of_others_has_no_wire(model_files: dict[Architecture, Path]) -> None:
    assert gguf_metadata(model_files["qwen3"]).wire is None


@pytest.mark.parametrize("keep", [0.999, 0.5, 0.05, 0.0001, 0.0])
def test_a_truncated_model_is_refused(tmp_path: Path, keep: float) -> None:
    path = write_gguf(tmp_path / "cut.gguf", keep=keep)
    with pytest.raises(ModelFileError, match=r"truncated|empty|damaged"):
        LlamaEngine.open(path)


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("These are my notes on kettles, and no model at all.", encoding="utf-8")
    with pytest.raises(ModelFileError, match="is not a GGUF model"):
        LlamaEngine.open(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="There is no model file"):
        LlamaEngine.open(tmp_path / "none.gguf")
    with pytest.raises(ModelFileError, match="is a folder"):
        LlamaEngine.open(tmp_path)


def test_a_model_without_a_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="carries no chat template"):
        LlamaEngine.open(write_gguf(tmp_path / "base.gguf", template=None))


def test_an_unknown_architecture_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_gguf(tmp_path / "odd.gguf")
    path.write_bytes(path.read_bytes().replace(b"qwen3", b"qwenX"))
    with pytest.raises(ModelFileError, match=r"architecture qwenX.*unknown model architecture"):
        LlamaEngine.open(path)
    assert capfd.readouterr() == ("", "")


def test_an_adapter_of_another_width_is_refused(
    tmp_path: Path, model_files: dict[Architecture, Path]
) -> None:
    adapter = write_adapter(tmp_path / "adapter.gguf", width=32)
    with pytest.raises(ModelFileError, match="does not fit this model"):
        LlamaEngine.open(model_files["qwen3"], adapters=[(adapter, 1.0)])


def test_a_damaged_header_never_ends_the_process(tmp_path: Path) -> None:
    whole = write_gguf(tmp_path / "whole.gguf", vocab=300, layers=1, width=32).read_bytes()
    draw = random.Random(5)
    path = tmp_path / "damaged.gguf"
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(4):
            damaged[draw.randrange(4, 400)] = draw.randrange(256)
        path.write_bytes(damaged)
        with suppress(ModelFileError):
            gguf_metadata(path)
