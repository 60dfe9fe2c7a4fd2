"""The tensors of a Hugging Face folder, read one at a time, however many files they lie in."""

import errno
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ExportError

if TYPE_CHECKING:
    import torch


class Checkpoint:
    """For `open_checkpoint`; the files stay mapped as long as it is open."""

    def __init__(self, files: Mapping[str, Any]) -> None:
        self._files = files

    @property
    def names(self) -> frozenset[str]:
        """All tensors."""
        return frozenset(self._files)

    def shape(self, name: str) -> tuple[int, ...]:
        """Rows first."""
        return tuple(self._files[name].get_slice(name).get_shape())

    @property
    def brain_floats(self) -> bool:
        """Whether the matrices are bfloat16, whose range float16 has not."""
        slices = (file.get_slice(name) for name, file in self._files.items())
        return any(held.get_dtype() == "BF16" for held in slices if len(held.get_shape()) > 1)

    def tensor(self, name: str) -> "torch.Tensor":
        """As it is stored."""
        tensor: torch.Tensor = self._files[name].get_tensor(name)
        return tensor

    def read(self, name: str) -> NDArray[np.float32]:
        """As 32-bit floats."""
        values: NDArray[np.float32] = self.tensor(name).float().numpy()
        return values


@contextmanager
def open_checkpoint(folder: Path) -> Iterator[Checkpoint]:
    """Map the folder's `*.safetensors`; raises ExportError."""
    # safetensors brings torch along, a second that only a conversion needs.
    from safetensors import SafetensorError, safe_open

    paths = weight_files(folder)
    with ExitStack() as stack:
        files: dict[str, Any] = {}
        for path in paths:
            try:
                file = stack.enter_context(safe_open(path, framework="pt"))
            except (OSError, SafetensorError) as error:
                raise ExportError(f"{path} is truncated or no safetensors file: {error}.") from error
            files |= dict.fromkeys(file.keys(), file)
        yield Checkpoint(files)


def save_weights(weights: "Mapping[str, torch.Tensor]", path: Path) -> None:
    """Write a file of weights; raises OSError where the disk refuses."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        save_file(dict(weights), path, metadata={"format": "pt"})
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))
        raise OSError(int(number[1]) if number else errno.EIO, str(error)) from error


def weight_files(folder: Path) -> list[Path]:
    """The folder's files of weights, in order; raises ExportError where there are none."""
    paths = sorted(folder.glob("model*.safetensors"))
    if not paths:
        raise ExportError(f"{folder} has no model*.safetensors; it is no complete Hugging Face model.")
    return paths
