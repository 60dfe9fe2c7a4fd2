"""Adapters of PEFT and mlx-lm change llama.cpp's logits as they change the trainer's; others are refused."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from finetune.errors import ExportError
from finetune.export.adapter import export_adapter_proved, write_adapter
from finetune.export.base_mark import base_mark, mark_base
from finetune.export.from_gguf import write_folder
from finetune.export.llama_logits import Logits, open_logits
from finetune.export.merge import merge
from finetune.export.round_trip import Reference, transformers_reference
from finetune.export.to_gguf import write_gguf
from models.llama import LlamaEngine
from tests.finetune.export.adapters import ALPHA, write_mlx, write_peft
from tests.finetune.export.folders import HEAD, HEADS, KV_HEADS, LABEL, WIDTH, change_json, write_model
from tests.finetune.export.test_round_trip import PROMPTS

pytestmark = [
    # PEFT asks a model of transformers by a name that is going away,
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning"),
    # and warns that no module has the rank which it gave the fused experts itself.
    pytest.mark.filterwarnings("ignore:The following (rank|alpha)_pattern keys did not match:RuntimeWarning"),
]

IDS = list(range(40, 100))
HERE = "model.layers.1"
FAMILIES = ("llama", "qwen3", "qwen3_moe")
ATTENTION: dict[str, tuple[int, ...]] = {
    f"{HERE}.self_attn.q_proj": (WIDTH, HEADS * HEAD),
    f"{HERE}.self_attn.k_proj": (WIDTH, KV_HEADS * HEAD),
    f"{HERE}.self_attn.o_proj": (HEADS * HEAD, WIDTH),
}
EXPERTS: dict[str, tuple[int, ...]] = {
    f"{HERE}.mlp.gate": (WIDTH, 4),
    f"{HERE}.mlp.switch_mlp.gate_proj": (4, WIDTH, WIDTH),
    f"{HERE}.mlp.switch_mlp.down_proj": (4, WIDTH, WIDTH),
}


def peft_reference(base: Path, adapter: Path) -> Reference:
    """The base with its adapter, run by PEFT."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter).eval()

    def logits(ids: Sequence[int], last: int) -> Logits:
        with torch.no_grad():
            values: Logits = model(input_ids=torch.tensor([list(ids)])).logits[0, -last:].numpy()
        return values

    return logits


def base_file(base: Path, tmp_path: Path) -> Path:
    """The base as a GGUF file."""
    write_gguf(base, tmp_path / "base.gguf", kind="F32", label=LABEL)
    return tmp_path / "base.gguf"


@pytest.mark.parametrize("family", FAMILIES)
def test_an_adapter_of_peft_is_proved_in_llama_cpp(
    family: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    base = folders[family]
    adapter = write_peft(tmp_path / "peft", base)
    proof = export_adapter_proved(
        adapter,
        base,
        tmp_path / "adapter.gguf",
        base_gguf=base_file(base, tmp_path),
        kind="F32",
        label=LABEL,
        prompts=PROMPTS,
        reference=peft_reference(base, adapter),
    )
    assert proof.deviation < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_a_merged_adapter_of_peft_computes_the_same(
    family: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    base = folders[family]
    adapter = write_peft(tmp_path / "peft", base)
    merge(adapter, base, tmp_path / "merged")
    theirs = peft_reference(base, adapter)(IDS, len(IDS))
    ours = transformers_reference(tmp_path / "merged")(IDS, len(IDS))
    assert np.abs(ours - theirs).max() < 1e-4
    assert np.abs(transformers_reference(base)(IDS, len(IDS)) - theirs).max() > 1


EXPERTS_ALONE = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]


@pytest.mark.parametrize(
    ("family", "more"),
    [
        ("llama", {"rank_pattern": {"k_proj": 2}, "alpha_pattern": {"layers.0.self_attn.v_proj": 3}}),
        ("llama", {"use_rslora": True}),
        ("llama", {"target_modules": ["q_proj"]}),
        ("qwen3_moe", {"target_modules": ["q_proj"], "target_parameters": EXPERTS_ALONE}),
    ],
)
def test_each_module_keeps_its_own_rank_and_strength(
    family: str, more: dict[str, Any], folders: dict[str, Path], tmp_path: Path
) -> None:
    base = folders[family]
    adapter = write_peft(tmp_path / "peft", base, **more)
    write_adapter(adapter, base, tmp_path / "adapter.gguf", LABEL)
    theirs = peft_reference(base, adapter)(IDS, len(IDS))
    path = base_file(base, tmp_path)
    with open_logits(path, context_size=len(IDS), adapter=tmp_path / "adapter.gguf") as model:
        assert np.abs(model.logits(IDS, len(IDS)) - theirs).max() < 1e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_an_adapter_of_mlx_is_the_same_merged_and_in_llama_cpp(
    family: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    base = folders[family]
    sizes = ATTENTION | (EXPERTS if family == "qwen3_moe" else {})
    proof = export_adapter_proved(
        write_mlx(tmp_path / "mlx", sizes),
        base,
        tmp_path / "adapter.gguf",
        base_gguf=base_file(base, tmp_path),
        kind="F32",
        label=LABEL,
        prompts=PROMPTS,
    )
    assert proof.deviation < 1e-5
    merge(tmp_path / "mlx", base, tmp_path / "merged")
    moved = transformers_reference(tmp_path / "merged")(IDS, 1) - transformers_reference(base)(IDS, 1)
    assert np.abs(moved).max() > 0.3


def test_the_strength_of_mlx_multiplies_the_product_from_the_other_side(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    from safetensors.numpy import load_file

    base, module = folders["qwen3"], f"{HERE}.self_attn.q_proj"
    adapter = write_mlx(tmp_path / "mlx", {module: ATTENTION[module]}, scale=3.0)
    merge(adapter, base, tmp_path / "merged")
    held = load_file(adapter / "adapters.safetensors")
    before, after = (load_file(f / "model.safetensors") for f in (base, tmp_path / "merged"))
    change = 3.0 * (held[f"{module}.lora_a"] @ held[f"{module}.lora_b"]).T
    assert np.abs(after[f"{module}.weight"] - before[f"{module}.weight"] - change).max() < 1e-5
    untouched = before.keys() - {f"{module}.weight"}
    assert all(np.array_equal(before[name], after[name]) for name in untouched)


def test_the_file_is_an_adapter_that_the_engine_lays_over_its_base(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    base = folders["qwen3"]
    write_adapter(write_peft(tmp_path / "peft", base), base, tmp_path / "adapter.gguf", LABEL)
    fields = gguf.GGUFReader(tmp_path / "adapter.gguf").fields
    said = {key: fields[key].contents() for key in ("general.type", "adapter.type", "general.architecture")}
    assert said == {"general.type": "adapter", "adapter.type": "lora", "general.architecture": "qwen3"}
    assert fields["adapter.lora.alpha"].contents() == ALPHA
    assert fields["productresearch.wire"].contents() == 2
    engine = LlamaEngine.open(
        base_file(base, tmp_path), threads=1, adapters=[(tmp_path / "adapter.gguf", 1.0)]
    )
    assert engine.name == "base"


def test_a_merged_folder_reads_as_its_base(folders: dict[str, Path], tmp_path: Path) -> None:
    base = folders["qwen3"]
    merge(write_peft(tmp_path / "peft", base), base, tmp_path / "merged")
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        assert (tmp_path / "merged" / name).read_bytes() == (base / name).read_bytes()


def test_merging_keeps_the_precision_of_the_base(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    base = write_model(tmp_path / "base", "qwen3", dtype="bfloat16")
    merge(write_peft(tmp_path / "peft", base), base, tmp_path / "merged")
    kinds = {str(weight.dtype) for weight in load_file(tmp_path / "merged" / "model.safetensors").values()}
    assert kinds == {"torch.bfloat16"}


def test_an_adapter_of_another_shape_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    adapter = write_peft(tmp_path / "peft", folders["qwen3"])
    wide = write_model(tmp_path / "wide", "qwen3", hidden_size=128)
    for base in (wide, folders["qwen3_moe"]):
        with pytest.raises(ExportError, match="for another base"):
            write_adapter(adapter, base, tmp_path / "adapter.gguf", LABEL)
        with pytest.raises(ExportError, match="for another base"):
            merge(adapter, base, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_an_adapter_marked_for_another_base_of_the_same_shape_is_refused(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    base, other = folders["qwen3"], write_model(tmp_path / "other", "qwen3", seed=1)
    adapter = write_peft(tmp_path / "peft", base)
    mark_base(adapter, base)
    write_adapter(adapter, base, tmp_path / "adapter.gguf", LABEL)
    with pytest.raises(ExportError, match="was trained for another base"):
        write_adapter(adapter, other, tmp_path / "adapter.gguf", LABEL)
    with pytest.raises(ExportError, match="was trained for another base"):
        merge(adapter, other, tmp_path / "merged")


def test_a_base_keeps_its_mark_when_it_was_quantized(folders: dict[str, Path], tmp_path: Path) -> None:
    write_gguf(folders["qwen3_moe"], tmp_path / "m.gguf", kind="Q8_0", label=LABEL)
    write_folder(tmp_path / "m.gguf", tmp_path / "back")
    assert base_mark(tmp_path / "back") == base_mark(folders["qwen3_moe"])


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"use_dora": True}, "no plain LoRA adapter"),
        ({"peft_type": "IA3"}, "no plain LoRA adapter"),
    ],
)
def test_other_kinds_of_adapters_of_peft_are_refused(
    values: dict[str, object], what: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    adapter = write_peft(tmp_path / "peft", folders["qwen3"])
    change_json(adapter / "adapter_config.json", **values)
    with pytest.raises(ExportError, match=what):
        merge(adapter, folders["qwen3"], tmp_path / "merged")


def test_an_adapter_that_holds_whole_matrices_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    more: dict[str, Any] = {"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]}
    adapter = write_peft(tmp_path / "peft", folders["qwen3"], **more)
    with pytest.raises(ExportError, match=r"no plain LoRA adapter: .*lm_head"):
        merge(adapter, folders["qwen3"], tmp_path / "merged")


def test_a_full_training_of_mlx_is_no_adapter(folders: dict[str, Path], tmp_path: Path) -> None:
    adapter = write_mlx(tmp_path / "mlx", ATTENTION, fine_tune_type="full")
    with pytest.raises(ExportError, match="is no LoRA adapter; fuse it"):
        merge(adapter, folders["qwen3"], tmp_path / "merged")


def test_half_an_adapter_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    adapter = write_mlx(tmp_path / "mlx", ATTENTION)
    weights = load_file(adapter / "adapters.safetensors")
    del weights[f"{HERE}.self_attn.q_proj.lora_b"]
    save_file(weights, adapter / "adapters.safetensors")
    with pytest.raises(ExportError, match=r"q_proj.lora_b is missing"):
        merge(adapter, folders["qwen3"], tmp_path / "merged")


def test_a_truncated_adapter_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    adapter = write_mlx(tmp_path / "mlx", ATTENTION)
    path = adapter / "adapters.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ExportError, match="truncated"):
        merge(adapter, folders["qwen3"], tmp_path / "merged")


def test_a_folder_without_an_adapter_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    shutil.copyfile(folders["qwen3"] / "config.json", tmp_path / "adapter_config.json")
    with pytest.raises(ExportError, match="neither an adapter of PEFT nor one of mlx-lm"):
        merge(tmp_path, folders["qwen3"], tmp_path / "merged")
