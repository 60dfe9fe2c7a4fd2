"""Conversion of other families by a llama.cpp checkout that the person names."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from finetune.errors import ExportError
from finetune.export.metadata import WIRE_KEY, Label, add_label
from finetune.export.tensors import Direct

SCRIPT = "convert_hf_to_gguf.py"

_OURS = {"general.architecture", "general.name", "general.license", WIRE_KEY}
"""Keys that are written anew."""


def convert_by_checkout(folder: Path, target: Path, checkout: Path, kind: Direct, label: Label) -> None:
    """Run the checkout's own converter, then label its file as ours; raises ExportError.

    The converter runs in this Python with the checkout's own `gguf`; it asks for torch and transformers, and
    for some families for more, which it names.
    """
    script = checkout / SCRIPT
    if not script.is_file():
        raise ExportError(f"{checkout} has no {SCRIPT}; name the folder of a llama.cpp checkout.")
    unlabelled = target.with_suffix(".unlabelled")
    command = [sys.executable, str(script), str(folder), "--outfile", str(unlabelled)]
    command += ["--outtype", kind.lower(), "--model-name", label.name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode != 0 or not unlabelled.exists():
            said = done.stderr.strip().splitlines() or ["it gave no reason"]
            raise ExportError(f"The converter of {checkout} could not read {folder}: {said[-1].strip()}")
        _labelled(unlabelled, target, label)
    finally:
        unlabelled.unlink(missing_ok=True)


def _labelled(source: Path, target: Path, label: Label) -> None:
    """A copy under our label; a GGUF file has no room for further keys."""
    # gguf takes 0.2 s to import and is needed only when a model is written.
    from gguf import GGUFReader, GGUFValueType, GGUFWriter

    reader = GGUFReader(source)
    with closing(GGUFWriter(target, reader.fields["general.architecture"].contents())) as writer:
        for key, field in reader.fields.items():
            if key.startswith("GGUF.") or key in _OURS:
                continue
            within = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
            writer.add_key_value(key, field.contents(), field.types[0], within)
        add_label(writer, label)
        for tensor in reader.tensors:
            data = tensor.data
            writer.add_tensor_info(tensor.name, data.shape, data.dtype, data.nbytes, tensor.tensor_type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in reader.tensors:
            writer.write_tensor_data(tensor.data)
