"""Which base an adapter was trained for: a mark beside the adapter, so that no other base takes it.

Two bases of one architecture have the same shapes, and an adapter for one turns the other's text to noise.
"""

import hashlib
from pathlib import Path

from finetune.errors import ExportError
from finetune.export.checkpoint import open_checkpoint
from finetune.export.tokenizer_files import write_json
from finetune.export.vocabulary import read_json

_FILE = "base.json"


def base_mark(folder: Path) -> str:
    """A fingerprint of a base's Hugging Face folder: its shapes and norms.

    Norms are small, differ between any two trained models, and survive every quantization of ours.
    """
    digest = hashlib.sha256()
    with open_checkpoint(folder) as checkpoint:
        for name in sorted(checkpoint.names):
            shape = checkpoint.shape(name)
            digest.update(f"{name} {shape}\n".encode())
            if len(shape) == 1:
                digest.update(checkpoint.read(name).tobytes())
    return digest.hexdigest()


def mark_base(adapter: Path, base: Path) -> None:
    """Write beside a trained adapter which base it is for."""
    write_json(adapter / _FILE, {"base": base_mark(base)})


def check_base(adapter: Path, base: Path) -> None:
    """Raises ExportError where the adapter is marked for another base; an unmarked one passes."""
    if (adapter / _FILE).exists() and read_json(adapter, _FILE).get("base") != base_mark(base):
        raise ExportError(f"The adapter {adapter} was trained for another base than {base}; name its own.")
