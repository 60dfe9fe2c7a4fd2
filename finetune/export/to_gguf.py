"""A Hugging Face folder as a GGUF file that llama.cpp runs."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from finetune.errors import ExportError
from finetune.export.checkout import convert_by_checkout
from finetune.export.checkpoint import open_checkpoint
from finetune.export.families import read_config
from finetune.export.metadata import Label, add_label, add_sizes, stretched
from finetune.export.quantize import Kind, quantize
from finetune.export.tensors import Direct, planned_tensors, write_tensors
from finetune.export.vocabulary import add_vocabulary, chat_template, read_json, vocabulary_of_folder

_DIRECT: Mapping[Kind, Direct] = {"F32": "F32", "F16": "F16", "BF16": "BF16", "Q8_0": "Q8_0"}
_FILE_TYPES: Mapping[Direct, int] = {"F32": 0, "F16": 1, "Q8_0": 7, "BF16": 32}
"""`general.file_type` of GGUF."""


def write_gguf(
    folder: Path,
    target: Path,
    *,
    kind: Kind,
    label: Label,
    llama_cpp: Path | None = None,
    threads: int = 0,
) -> None:
    """Write `target` from a Hugging Face folder; raises ExportError.

    With `llama_cpp` the converter of that checkout reads the folder in place of ours. `threads` are for
    llama.cpp's quantization, 0 takes all cores. A fault may leave a part of the file, which
    `round_trip.export_proved` clears away.
    """
    if not chat_template(folder):
        raise ExportError(f"{folder} has no chat template; nobody could talk to its model.")
    direct = _DIRECT.get(kind) or _unquantized(folder)
    first = target if direct == kind else target.with_suffix(".unquantized")
    try:
        if llama_cpp is None:
            _write_direct(folder, first, direct, label)
        else:
            convert_by_checkout(folder, first, llama_cpp, direct, label)
        if first != target:
            quantize(first, target, kind, threads)
    finally:
        if first != target:
            first.unlink(missing_ok=True)


def _unquantized(folder: Path) -> Direct:
    """What to quantize from: nothing of the weights is lost before."""
    with open_checkpoint(folder) as checkpoint:
        return "BF16" if checkpoint.brain_floats else "F32"


def _write_direct(folder: Path, target: Path, kind: Direct, label: Label) -> None:
    # gguf takes 0.2 s to import and is needed only when a model is written.
    from gguf import GGML_QUANT_VERSION, GGUFWriter

    family, config = read_config(read_json(folder, "config.json"), folder)
    vocabulary = vocabulary_of_folder(folder, config)
    with open_checkpoint(folder) as checkpoint, closing(GGUFWriter(target, family.gguf)) as writer:
        names = planned_tensors(family, config, checkpoint)
        add_label(writer, label)
        add_sizes(writer, family, config)
        add_vocabulary(writer, vocabulary)
        writer.add_chat_template(chat_template(folder))
        writer.add_file_type(_FILE_TYPES[kind])
        writer.add_quantization_version(GGML_QUANT_VERSION)
        write_tensors(writer, names, checkpoint, kind, stretched(config))
