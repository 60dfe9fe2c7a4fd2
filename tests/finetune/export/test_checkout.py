"""Families of others go through the converter of a llama.cpp checkout, and come out under our label.

The checkout is not part of this repository: LLAMA_CPP_CHECKOUT names one for the test that runs the real
converter, which asks for the package sentencepiece.
"""

import json
import os
from pathlib import Path
from typing import Any

import gguf
import pytest

from finetune.errors import ExportError
from finetune.export.checkout import SCRIPT
from finetune.export.round_trip import export_proved
from finetune.export.to_gguf import write_gguf
from models.gguf_file import gguf_metadata
from tests.finetune.export.folders import LABEL, write_model

CHECKOUT = os.environ.get("LLAMA_CPP_CHECKOUT", "")
COPYING = """
import argparse, shutil
parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("--outfile")
parser.add_argument("--outtype")
parser.add_argument("--model-name")
asked = parser.parse_args()
shutil.copyfile(f"{asked.model}/{asked.outtype}.gguf", asked.outfile)
"""


def checkout(folder: Path, script: str) -> Path:
    """A folder that stands in for a checkout."""
    folder.mkdir()
    (folder / SCRIPT).write_text(script, encoding="utf-8")
    return folder


def write_pieces(folder: Path) -> Path:
    """A Llama whose tokenizer falls back to bytes, as SentencePiece has it; ours does not write that."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2} | {f"<0x{byte:02X}>": byte + 3 for byte in range(256)}
    merges = [("▁", "a"), ("t", "h"), ("th", "e")]
    for text in [*"▁abcdefghijklmnopqrstuvwxyz", *("".join(pair) for pair in merges)]:
        vocabulary[text] = len(vocabulary)
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", byte_fallback=True))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    made.add_special_tokens(["<unk>", "<s>", "</s>"])
    write_model(folder, "llama", vocab_size=len(vocabulary), head_dim=16, bos_token_id=1, eos_token_id=2)
    made.save(str(folder / "tokenizer.json"))
    settings: dict[str, Any] = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    settings |= {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": "{{ messages }}"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def test_a_converted_file_is_labelled_as_ours(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = folders["qwen3"]
    write_gguf(folder, folder / "q8_0.gguf", kind="Q8_0", label=LABEL)
    plain = checkout(tmp_path / "llama.cpp", COPYING)
    label = type(LABEL)(name="another name", license="Apache-2.0", wire_version=7)
    write_gguf(folder, tmp_path / "m.gguf", kind="Q8_0", label=label, llama_cpp=plain)
    (folder / "q8_0.gguf").rename(tmp_path / "converted")
    metadata = gguf_metadata(tmp_path / "m.gguf")
    assert (metadata.name, metadata.wire) == ("another name", 7)
    ours, theirs = gguf.GGUFReader(tmp_path / "m.gguf"), gguf.GGUFReader(tmp_path / "converted")
    assert ours.fields["general.license"].contents() == "Apache-2.0"
    for key in ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "qwen3.rope.freq_base"):
        assert ours.fields[key].contents() == theirs.fields[key].contents()
    pairs = zip(ours.tensors, theirs.tensors, strict=True)
    assert all(one.name == other.name and (one.data == other.data).all() for one, other in pairs)


def test_what_the_converter_says_is_passed_on(folders: dict[str, Path], tmp_path: Path) -> None:
    failing = checkout(tmp_path / "llama.cpp", "raise SystemExit('a first line\\nit knows no such model')")
    with pytest.raises(ExportError, match=r"could not read .*: it knows no such model"):
        export_proved(
            folders["qwen3"],
            tmp_path / "m.gguf",
            kind="F16",
            label=LABEL,
            prompts=[[1]],
            llama_cpp=failing,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["llama.cpp"]


def test_a_converter_that_writes_nothing_is_told(folders: dict[str, Path], tmp_path: Path) -> None:
    idle = checkout(tmp_path / "llama.cpp", "")
    with pytest.raises(ExportError, match="it gave no reason"):
        write_gguf(folders["qwen3"], tmp_path / "m.gguf", kind="F16", label=LABEL, llama_cpp=idle)


def test_a_folder_that_is_no_checkout_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"has no convert_hf_to_gguf\.py"):
        write_gguf(folders["qwen3"], tmp_path / "m.gguf", kind="F16", label=LABEL, llama_cpp=tmp_path)


def test_a_tokenizer_of_pieces_is_refused_with_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"tokenizer .* --llama-cpp PATH"):
        write_gguf(write_pieces(tmp_path / "pieces"), tmp_path / "m.gguf", kind="F32", label=LABEL)


@pytest.mark.skipif(not CHECKOUT, reason="LLAMA_CPP_CHECKOUT names no checkout")
def test_the_real_converter_writes_what_ours_does_not(tmp_path: Path) -> None:
    proof = export_proved(
        write_pieces(tmp_path / "pieces"),
        tmp_path / "m.gguf",
        kind="F32",
        label=LABEL,
        prompts=[[1, 270, 271, 5]],
        llama_cpp=Path(CHECKOUT),
    )
    assert proof.deviation < 1e-5
    assert gguf_metadata(tmp_path / "m.gguf").wire == LABEL.wire_version
