"""What a GGUF file says about itself, read from its header without loading it.

The reader checks that every tensor lies inside the file, because llama.cpp maps the file and a truncated one
would end the process. Formats: GGUF version 2 and 3
(https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Running the model is left to `models.llama`.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.engine import ModelFileError

Value = int | float | bool | str

_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING, _ARRAY = 8, 9
_MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class GgufMetadata:
    """What the header tells of a model."""

    name: str
    architecture: str
    context_length: int
    """Tokens of the longest context it was trained on; 0 where the file does not say."""
    chat_template: str
    """Empty where there is none."""
    wire: int | None
    """The wire that the model was trained on (`productresearch.wire`), None for models of others."""
    kind: str
    """What the file holds, such as `model` or `adapter` (`general.type`); empty where it does not say."""
    base: str
    """The mark of the file that an adapter is for (`productresearch.base`); empty where it does not say."""
    tensors_end: int
    """The smallest size in bytes that the whole file can have."""


def gguf_metadata(path: Path) -> GgufMetadata:
    """Read a model file's header; raises ModelFileError for what is no GGUF or is truncated."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            metadata = _Header(view, path).read()
            size = len(view)
    except FileNotFoundError as error:
        raise ModelFileError(f"There is no model file {path}; give the path of a .gguf file.") from error
    except IsADirectoryError as error:
        raise ModelFileError(f"{path} is a folder; give the path of a .gguf file in it.") from error
    except ValueError as error:
        raise ModelFileError(f"{path} is empty; download or copy it again.") from error
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror}.") from error
    if size < metadata.tensors_end:
        raise ModelFileError(
            f"{path} is truncated: it has {size:,} bytes of at least {metadata.tensors_end:,}; "
            "download or copy it again."
        )
    return metadata


class _Header:
    """A cursor over the header's bytes."""

    def __init__(self, view: mmap.mmap, path: Path) -> None:
        self._view = view
        self._path = path
        self._at = 0

    def read(self) -> GgufMetadata:
        if self._view[:4] != b"GGUF":
            raise ModelFileError(f"{self._path} is not a GGUF model; give the path of a .gguf file.")
        self._at = 4
        version = self._number("<I")
        if version not in (2, 3):
            raise ModelFileError(f"{self._path} is GGUF version {version}; versions 2 and 3 can be read.")
        tensors, pairs = self._number("<Q"), self._number("<Q")
        values = dict(self._pair() for _ in self._counted(pairs))
        ends = [self._tensor_end() for _ in self._counted(tensors)]
        alignment = _whole(values.get("general.alignment")) or 32
        start = -(-self._at // alignment) * alignment
        return self._metadata(values, start + max(ends, default=0))

    def _metadata(self, values: dict[str, Value], end: int) -> GgufMetadata:
        architecture = str(values.get("general.architecture", ""))
        return GgufMetadata(
            name=str(values.get("general.name", self._path.stem)),
            architecture=architecture,
            context_length=_whole(values.get(f"{architecture}.context_length")) or 0,
            chat_template=str(values.get("tokenizer.chat_template", "")),
            wire=_whole(values.get("productresearch.wire")),
            kind=str(values.get("general.type", "")),
            base=str(values.get("productresearch.base", "")),
            tensors_end=end,
        )

    def _pair(self) -> tuple[str, Value]:
        key = self._string().decode(errors="replace")
        kind = self._number("<I")
        return key, self._value(kind)

    def _value(self, kind: int) -> Value:
        """A scalar or a string; an array is stepped over and stands as its length."""
        if kind == _STRING:
            return self._string().decode(errors="replace")
        if kind != _ARRAY:
            return self._scalar(kind)
        of, length = self._number("<I"), self._number("<Q")
        if of in _SCALARS:
            self._take(length * struct.calcsize(_SCALARS[of]))
        elif of == _STRING:
            for _ in self._counted(length):
                self._string()
        else:
            raise self._damaged()
        return length

    def _tensor_end(self) -> int:
        """Where the next tensor of the list ends, counted from the start of the tensor data."""
        self._string()
        dimensions = self._number("<I")
        if dimensions > _MOST_DIMENSIONS:
            raise self._damaged()
        elements = 1
        for _ in range(dimensions):
            elements *= self._number("<Q")
        kind, offset = self._number("<I"), self._number("<Q")
        block, size = _block_sizes().get(kind, (1, 0))
        return offset + elements // block * size

    def _counted(self, count: int) -> Iterator[int]:
        """As many turns as a file of this size can hold: a forged count ends at the first missing byte."""
        if count > len(self._view):
            raise self._damaged()
        return iter(range(count))

    def _scalar(self, kind: int) -> int | float | bool:
        if kind not in _SCALARS:
            raise self._damaged()
        value: int | float | bool = struct.unpack(
            _SCALARS[kind], self._take(struct.calcsize(_SCALARS[kind]))
        )[0]
        return value

    def _number(self, form: str) -> int:
        return int(struct.unpack(form, self._take(struct.calcsize(form)))[0])

    def _string(self) -> bytes:
        return self._take(self._number("<Q"))

    def _take(self, size: int) -> bytes:
        start, self._at = self._at, self._at + size
        if self._at > len(self._view):
            raise self._damaged()
        return self._view[start : self._at]

    def _damaged(self) -> ModelFileError:
        return ModelFileError(f"{self._path} has a damaged or truncated header; download or copy it again.")


def _whole(value: Value | None) -> int | None:
    """The value where it is a whole number; a forged header may hold anything under any key."""
    return value if isinstance(value, int) else None


def _block_sizes() -> dict[int, tuple[int, int]]:
    """Elements and bytes of a block of each tensor type."""
    # gguf takes 0.2 s to import and is needed only when a model is loaded.
    from gguf.constants import GGML_QUANT_SIZES

    return {int(kind): sizes for kind, sizes in GGML_QUANT_SIZES.items()}
