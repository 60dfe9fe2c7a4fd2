"""A real Chroma server for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.index.chroma_server import ChromaServer


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[ChromaServer]:
    with ChromaServer(tmp_path / "served") as running:
        yield running
