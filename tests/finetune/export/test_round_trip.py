"""The proof lets through what computes the same and stops what does not, and then no file is left."""

import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from finetune.errors import ExportError
from finetune.export.llama_logits import Logits
from finetune.export.round_trip import TOLERANCE, Reference, deviation, export_proved, transformers_reference
from tests.finetune.export.folders import LABEL, small_tokenizer, write_model

PROMPTS = [small_tokenizer().encode("Which kettle is quiet and boils fast?"), [5, 6, 7]]


@pytest.mark.parametrize("family", ["llama", "qwen3", "qwen3_moe", "stretched llama"])
def test_an_export_is_proved_and_written(family: str, folders: dict[str, Path], tmp_path: Path) -> None:
    proof = export_proved(folders[family], tmp_path / "m.gguf", kind="F32", label=LABEL, prompts=PROMPTS)
    assert proof.deviation < 1e-5 < proof.tolerance
    assert proof.prompts == 2 < proof.tokens
    assert [path.name for path in tmp_path.iterdir()] == ["m.gguf"]


def test_a_quantized_export_of_a_sure_model_is_proved(tmp_path: Path) -> None:
    folder = sure_model(tmp_path / "sure")
    for kind in ("F16", "BF16", "Q8_0"):
        proof = export_proved(folder, tmp_path / "m.gguf", kind=kind, label=LABEL, prompts=PROMPTS)
        assert 1e-5 < proof.deviation < proof.tolerance == TOLERANCE[kind]


def sure_model(folder: Path) -> Path:
    """A model that always prefers one token by far: random ones waver, and quantization tips them over."""
    import torch
    from safetensors.torch import load_file, save_file

    write_model(folder, "qwen3")
    weights = load_file(folder / "model.safetensors")
    head, norm = weights["lm_head.weight"], weights["model.norm.weight"]
    weights["lm_head.weight"] = head - head.mean(0)
    weights["model.embed_tokens.weight"] += 2.0
    weights["lm_head.weight"][77] += 0.5
    weights["model.norm.weight"] = torch.ones_like(norm)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_another_model_is_stopped_and_leaves_no_file(folders: dict[str, Path], tmp_path: Path) -> None:
    other = write_model(tmp_path / "other", "qwen3", seed=1)
    with pytest.raises(ExportError, match=r"logits are .* off, and 0.6 is allowed in Q4_K_M"):
        export_proved(
            folders["qwen3"],
            tmp_path / "m.gguf",
            kind="Q4_K_M",
            label=LABEL,
            prompts=PROMPTS,
            reference=transformers_reference(other),
        )
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_an_earlier_file_stays_where_the_proof_fails(folders: dict[str, Path], tmp_path: Path) -> None:
    target = tmp_path / "m.gguf"
    target.write_bytes(b"the model in use")
    nowhere = transformers_reference(folders["llama"])
    with pytest.raises(ExportError):
        export_proved(folders["qwen3"], target, kind="F32", label=LABEL, prompts=PROMPTS, reference=nowhere)
    assert target.read_bytes() == b"the model in use"


def third_token(folder: Path, lead: float) -> Reference:
    """A model's own logits, but for the third token, where the second best leads the best."""
    true = transformers_reference(folder)

    def led(ids: Sequence[int], last: int) -> Logits:
        logits = true(ids, last).copy()
        best, second = logits[2].argsort()[[-1, -2]]
        logits[2, second] = logits[2, best] + lead
        return logits

    return led


def test_another_first_token_is_stopped_though_the_logits_are_near(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    tipped = third_token(folders["qwen3"], lead=0.1)
    with pytest.raises(ExportError, match="other text than the trained one from token 3 on"):
        export_proved(
            folders["qwen3"], tmp_path / "m.gguf", kind="F32", label=LABEL, prompts=PROMPTS, reference=tipped
        )


def test_two_tokens_of_which_the_tolerance_leaves_open_which_is_likelier_are_one(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    level = third_token(folders["qwen3"], lead=1e-5)
    export_proved(
        folders["qwen3"], tmp_path / "m.gguf", kind="F32", label=LABEL, prompts=PROMPTS, reference=level
    )
    assert (tmp_path / "m.gguf").exists()


@pytest.mark.parametrize(("strayed", "stands"), [((2,), True), ((2, 5, 9), False)])
def test_a_token_beside_logits_that_stray_alone_is_told_and_no_more_than_a_few_are_let_through(
    tmp_path: Path, strayed: tuple[int, ...], stands: bool
) -> None:
    """What a mixture of experts does where rounding leads it to another expert: at 1 of 96 tokens, at 3."""
    folder = sure_model(tmp_path / "sure")
    true = transformers_reference(folder)

    def elsewhere(ids: Sequence[int], last: int) -> Logits:
        logits = true(ids, last).copy()
        for place in strayed:
            logits[place] = -logits[place]
        return logits

    with nullcontext() if stands else pytest.raises(ExportError, match="other text than the trained one"):
        proof = export_proved(
            folder, tmp_path / "m.gguf", kind="Q8_0", label=LABEL, prompts=PROMPTS[:1], reference=elsewhere
        )
        assert proof.agreement == f"{proof.tokens - 1} of {proof.tokens} tokens"
        assert proof.deviation < proof.tolerance


def test_weights_that_are_no_numbers_are_stopped(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = write_model(tmp_path / "broken", "qwen3")
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ExportError, match="logits are nan off"):
        export_proved(folder, tmp_path / "m.gguf", kind="F32", label=LABEL, prompts=PROMPTS)
    assert not (tmp_path / "m.gguf").exists()


def test_a_folder_that_transformers_cannot_load_is_told(folders: dict[str, Path], tmp_path: Path) -> None:
    broken = Path(shutil.copytree(folders["qwen3"], tmp_path / "broken"))
    (broken / "model.safetensors").unlink()
    with pytest.raises(ExportError, match="transformers cannot load"):
        transformers_reference(broken)


def test_the_deviation_is_relative_and_blind_to_a_shift() -> None:
    logits = np.random.default_rng(0).normal(size=(5, 50)).astype(np.float32)
    assert deviation(logits + 3, logits) < 1e-6
    assert deviation(1.1 * logits, logits) == pytest.approx(0.1, rel=1e-3)
    assert deviation(np.roll(logits, 1, axis=1), logits) > 1
