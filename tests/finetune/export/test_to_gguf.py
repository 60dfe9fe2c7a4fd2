"""Hugging Face folders become GGUF files that compute the same; what cannot be written is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest

from finetune.errors import ExportError
from finetune.export.llama_logits import open_logits
from finetune.export.quantize import Kind
from finetune.export.round_trip import transformers_reference
from finetune.export.to_gguf import write_gguf
from models.llama import LlamaEngine
from tests.finetune.export.conftest import FAMILIES
from tests.finetune.export.folders import CONTEXT, LABEL, change_json, write_model
from tests.gguf_factory import HERMES_TEMPLATE

IDS = list(range(40, 100))


def gguf_tensors(path: Path) -> dict[str, gguf.ReaderTensor]:
    """The tensors of a file."""
    return {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}


def kinds(path: Path) -> dict[str, str]:
    """The kind of each tensor."""
    return {name: tensor.tensor_type.name for name, tensor in gguf_tensors(path).items()}


@pytest.fixture
def copied(folders: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """A family's folder to spoil."""

    def copy(family: str) -> Path:
        return Path(shutil.copytree(folders[family], tmp_path / "copy"))

    return copy


def refusal(folder: Path, tmp_path: Path, kind: Kind = "F32") -> str:
    """Why a folder is not written."""
    with pytest.raises(ExportError) as refused:
        write_gguf(folder, tmp_path / "refused.gguf", kind=kind, label=LABEL)
    return str(refused.value)


@pytest.mark.parametrize("family", FAMILIES)
def test_llama_cpp_computes_the_logits_of_transformers(
    family: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "model.gguf"
    write_gguf(folders[family], path, kind="F32", label=LABEL)
    theirs = transformers_reference(folders[family])(IDS, len(IDS))
    with open_logits(path, context_size=len(IDS)) as model:
        ours = model.logits(IDS, len(IDS))
    assert np.abs(ours - theirs).max() < 1e-4
    assert theirs.std() > 0.5


def test_the_engine_opens_it_and_knows_its_label(folders: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write_gguf(folders["qwen3_moe"], path, kind="Q8_0", label=LABEL)
    engine = LlamaEngine.open(path, threads=1)
    assert (engine.metadata.name, engine.metadata.wire) == ("random weights", 2)
    assert engine.metadata.chat_template == HERMES_TEMPLATE
    assert engine.metadata.context_length == CONTEXT
    assert gguf.GGUFReader(path).fields["general.license"].contents() == "MIT"


def test_norms_and_routers_are_never_quantized(folders: dict[str, Path], tmp_path: Path) -> None:
    write_gguf(folders["qwen3_moe"], tmp_path / "m.gguf", kind="Q8_0", label=LABEL)
    of = kinds(tmp_path / "m.gguf")
    assert {kind for name, kind in of.items() if "norm" in name or "gate_inp" in name} == {"F32"}
    assert {kind for name, kind in of.items() if "norm" not in name and "gate_inp" not in name} == {"Q8_0"}


def test_tied_weights_are_written_once(folders: dict[str, Path], tmp_path: Path) -> None:
    write_gguf(folders["qwen3_moe"], tmp_path / "tied.gguf", kind="F16", label=LABEL)
    write_gguf(folders["qwen3"], tmp_path / "untied.gguf", kind="F16", label=LABEL)
    assert "output.weight" not in kinds(tmp_path / "tied.gguf")
    assert kinds(tmp_path / "untied.gguf")["output.weight"] == "F16"


def test_weights_in_several_files_are_the_same_model(folders: dict[str, Path], tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    sharded = Path(shutil.copytree(folders["qwen3"], tmp_path / "sharded"))
    (sharded / "model.safetensors").unlink()
    AutoModelForCausalLM.from_pretrained(folders["qwen3"]).save_pretrained(sharded, max_shard_size="100KB")
    assert len(list(sharded.glob("model-*.safetensors"))) > 1
    write_gguf(folders["qwen3"], tmp_path / "one.gguf", kind="F32", label=LABEL)
    write_gguf(sharded, tmp_path / "several.gguf", kind="F32", label=LABEL)
    assert (tmp_path / "several.gguf").read_bytes() == (tmp_path / "one.gguf").read_bytes()


def test_brain_floats_keep_their_range(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "brain", "qwen3", dtype="bfloat16")
    write_gguf(folder, tmp_path / "m.gguf", kind="BF16", label=LABEL)
    assert kinds(tmp_path / "m.gguf")["blk.0.attn_q.weight"] == "BF16"
    theirs = transformers_reference(folder)(IDS, len(IDS))
    with open_logits(tmp_path / "m.gguf", context_size=len(IDS)) as model:
        assert np.abs(model.logits(IDS, len(IDS)) - theirs).max() < 0.2


def test_llama_cpp_makes_the_smaller_kinds(tmp_path: Path) -> None:
    # The blocks of these kinds are 256 wide.
    folder = write_model(
        tmp_path / "wide", "qwen3", hidden_size=256, intermediate_size=256, num_hidden_layers=1
    )
    sizes: list[int] = []
    smaller: tuple[Kind, ...] = ("F32", "F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M")
    for kind in smaller:
        write_gguf(folder, tmp_path / "m.gguf", kind=kind, label=LABEL, threads=1)
        sizes.append((tmp_path / "m.gguf").stat().st_size)
        assert LlamaEngine.open(tmp_path / "m.gguf", threads=1).metadata.wire == 2
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["m.gguf"]


@pytest.mark.parametrize(
    ("family", "values", "what"),
    [
        ("qwen3", {"model_type": "gpt_neox"}, "is a gpt_neox"),
        ("qwen3", {"hidden_act": "gelu"}, "the activation gelu"),
        ("qwen3", {"attention_bias": True}, "biases"),
        ("qwen3", {"use_sliding_window": True}, "sliding window"),
        ("qwen3", {"rope_parameters": {"rope_type": "yarn", "factor": 4.0}}, "positions of type yarn"),
        (
            "qwen3",
            {"rope_parameters": None, "rope_scaling": {"type": "linear", "factor": 2.0}},
            "type linear",
        ),
        ("qwen3_moe", {"norm_topk_prob": False}, "router weights that are not normalized"),
        ("qwen3_moe", {"mlp_only_layers": [0]}, "layers without experts"),
        ("qwen3_moe", {"decoder_sparse_step": 2}, "experts in some layers"),
        ("llama", {"mlp_bias": True}, "biases"),
    ],
)
def test_what_our_exporter_lacks_is_refused_with_what_to_name(
    family: str, values: dict[str, object], what: str, copied: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = copied(family)
    change_json(folder / "config.json", **values)
    said = refusal(folder, tmp_path)
    assert what in said
    assert "--llama-cpp PATH" in said


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_that_is_not_complete_is_refused(
    missing: str, copied: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = copied("llama")
    (folder / missing).unlink()
    assert "it is no complete Hugging Face model" in refusal(folder, tmp_path)


def test_a_config_that_lacks_a_size_is_refused(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copied("llama")
    change_json(folder / "config.json", hidden_size=None)
    assert "hidden_size" in refusal(folder, tmp_path)


def test_a_model_without_a_template_is_refused(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copied("llama")
    change_json(folder / "tokenizer_config.json", chat_template=None)
    assert "has no chat template" in refusal(folder, tmp_path)


def test_weights_that_are_cut_are_refused(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copied("llama")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    assert "truncated" in refusal(folder, tmp_path)


def test_weights_of_another_network_are_refused(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copied("qwen3")
    change_json(folder / "config.json", model_type="llama")
    assert "_norm.weight, which no LlamaForCausalLM has" in refusal(folder, tmp_path)


def test_weights_that_lack_a_layer_are_refused(copied: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copied("qwen3")
    change_json(folder / "config.json", num_hidden_layers=3)
    assert "lack model.layers.2." in refusal(folder, tmp_path)


def test_more_tokens_than_the_embedding_holds_are_refused(
    copied: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = copied("qwen3")
    size = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    change_json(folder / "config.json", vocab_size=size - 1)
    assert "tokens in tokenizer.json" in refusal(folder, tmp_path)
