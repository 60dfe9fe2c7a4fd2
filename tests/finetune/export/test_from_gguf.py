"""A GGUF file becomes a folder that transformers trains on, with the very weights and tokens."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from finetune.errors import ExportError
from finetune.export import from_gguf
from finetune.export.from_gguf import write_folder
from finetune.export.llama_logits import open_logits
from finetune.export.quantize import Kind
from finetune.export.round_trip import transformers_reference
from finetune.export.to_gguf import write_gguf
from finetune.micro.tokenizer import Tokenizer
from tests.finetune.export.folders import LABEL, small_tokenizer
from tests.gguf_factory import HERMES_TEMPLATE
from tests.gguf_factory import write_gguf as write_random_gguf

IDS = list(range(40, 100))
FAMILIES = ("llama", "qwen3", "qwen3_moe")


def there_and_back(folder: Path, tmp_path: Path, kind: Kind) -> Path:
    """The folder that comes out of a folder's GGUF file."""
    write_gguf(folder, tmp_path / "model.gguf", kind=kind, label=LABEL, threads=1)
    write_folder(tmp_path / "model.gguf", tmp_path / "back")
    return tmp_path / "back"


def weights(folder: Path) -> dict[str, NDArray[np.float32]]:
    """All tensors of a folder."""
    from safetensors.numpy import load_file

    files = [load_file(path) for path in folder.glob("*.safetensors")]
    return {name: values for file in files for name, values in file.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_weight_comes_back_as_it_was(family: str, folders: dict[str, Path], tmp_path: Path) -> None:
    before, after = weights(folders[family]), weights(there_and_back(folders[family], tmp_path, "F32"))
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("family", FAMILIES)
def test_transformers_computes_the_logits_of_llama_cpp(
    family: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    back = there_and_back(folders[family], tmp_path, "F32")
    with open_logits(tmp_path / "model.gguf", context_size=len(IDS)) as model:
        ours = model.logits(IDS, len(IDS))
    assert np.abs(ours - transformers_reference(back)(IDS, len(IDS))).max() < 1e-4


@pytest.mark.parametrize("kind", ["F16", "Q8_0", "Q4_K_M"])
def test_what_was_quantized_comes_back_as_near_as_its_kind_is(
    kind: Kind, folders: dict[str, Path], tmp_path: Path
) -> None:
    before, after = weights(folders["qwen3"]), weights(there_and_back(folders["qwen3"], tmp_path, kind))
    apart = {name: float(np.abs(before[name] - after[name]).max()) for name in before}
    assert 0 < max(apart.values()) < {"F16": 0.001, "Q8_0": 0.005, "Q4_K_M": 0.1}[kind]
    assert apart["model.norm.weight"] == 0


def test_the_tokenizer_is_the_micro_agents_again(folders: dict[str, Path], tmp_path: Path) -> None:
    back = there_and_back(folders["qwen3_moe"], tmp_path, "Q8_0")
    assert Tokenizer.load(back / "tokenizer.json").tokens == small_tokenizer().tokens


def test_transformers_reads_with_its_tokens_and_template(folders: dict[str, Path], tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(there_and_back(folders["qwen3_moe"], tmp_path, "Q8_0"))
    assert (tokenizer.eos_token, tokenizer.pad_token, tokenizer.bos_token) == (
        "<|im_end|>",
        "<|endoftext|>",
        None,
    )
    assert tokenizer("Which kettle? 12").input_ids == small_tokenizer().encode("Which kettle? 12")
    assert tokenizer.chat_template == HERMES_TEMPLATE


def test_large_weights_are_parted_into_files_that_transformers_joins(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(from_gguf, "_SHARD", 200_000)
    back = there_and_back(folders["qwen3"], tmp_path, "F32")
    files = sorted(path.name for path in back.glob("*.safetensors"))
    assert len(files) > 1
    assert files[0] == f"model-00001-of-{len(files):05d}.safetensors"
    theirs = transformers_reference(folders["qwen3"])(IDS, 1)
    # Not to the last bit: how weights lie in memory decides how some processors sum them up.
    np.testing.assert_allclose(transformers_reference(back)(IDS, 1), theirs, rtol=1e-5, atol=1e-5)


def test_a_truncated_file_is_refused_and_leaves_no_folder(tmp_path: Path) -> None:
    path = write_random_gguf(tmp_path / "cut.gguf", keep=0.5)
    with pytest.raises(ExportError, match="truncated"):
        write_folder(path, tmp_path / "back")
    assert [path.name for path in tmp_path.iterdir()] == ["cut.gguf"]


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    path = write_random_gguf(tmp_path / "other.gguf", arch="lfm2")
    with pytest.raises(ExportError, match="lfm2 cannot be turned back"):
        write_folder(path, tmp_path / "back")


def test_stretched_positions_are_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"holds other tensors .*rope_freqs"):
        there_and_back(folders["stretched llama"], tmp_path, "F32")
