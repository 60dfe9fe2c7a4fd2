"""What each backend trains with; the larger part of it is installed only where somebody trains."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from finetune.errors import TrainingError
from finetune.recipe import Backend

LIBRARIES: Final[Mapping[Backend, tuple[str, ...]]] = {
    "cuda": ("torch", "transformers", "peft", "trl", "accelerate"),
    "mlx": ("mlx", "mlx-lm"),
}
_EXTRAS: Final[Mapping[Backend, str]] = {"cuda": "train", "mlx": "mlx"}


def demand_libraries(backend: Backend) -> dict[str, str]:
    """The version of each; raises TrainingError where one is not installed."""
    found = {name: _version(name) for name in LIBRARIES[backend]}
    missing = [name for name, number in found.items() if not number]
    if missing:
        raise TrainingError(
            f"The backend `{backend}` trains with {', '.join(missing)}, which is not installed here; "
            f"install productresearch[{_EXTRAS[backend]}]."
        )
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
