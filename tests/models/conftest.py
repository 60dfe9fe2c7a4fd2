"""Random models, made once a session."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.engine import Piece
from models.llama import LlamaEngine
from tests.gguf_factory import Architecture, write_gguf

Opener = Callable[[Architecture], LlamaEngine]

OPENING = [
    Piece("<|im_start|>user\n", trusted=True),
    Piece("Which kettle is quiet?"),
    Piece("<|im_end|>\n<|im_start|>assistant\n", trusted=True),
]


@pytest.fixture(scope="session")
def model_files(tmp_path_factory: pytest.TempPathFactory) -> dict[Architecture, Path]:
    """A small random model of each architecture."""
    folder = tmp_path_factory.mktemp("models")
    architectures: tuple[Architecture, ...] = ("qwen3", "qwen3moe", "lfm2")
    return {arch: write_gguf(folder / f"{arch}.gguf", arch=arch) for arch in architectures}


@pytest.fixture(scope="session")
def engines(model_files: dict[Architecture, Path]) -> dict[Architecture, LlamaEngine]:
    """The models, opened; take them through `opened`."""
    # One thread: models this small are no faster on two, and far slower where the cores are busy.
    return {arch: LlamaEngine.open(path, context_size=4096, threads=1) for arch, path in model_files.items()}


@pytest.fixture
def opened(engines: dict[Architecture, LlamaEngine]) -> Opener:
    """An engine of this architecture with a question in its context."""

    def open_engine(arch: Architecture) -> LlamaEngine:
        engine = engines[arch]
        engine.reset()
        engine.append(OPENING)
        return engine

    return open_engine


@pytest.fixture
def engine(opened: Opener) -> LlamaEngine:
    """The dense model with a question in its context."""
    return opened("qwen3")
