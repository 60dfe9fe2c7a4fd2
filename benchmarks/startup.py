"""Cold starts: `--help` against importing typer, `index search` against chromadb and an opened collection.

Each pair runs in turn, in processes of their own, so that what else the machine does hits both alike; the
ratio is that of the medians. The catalogue is a demo shop of the given size, embedded beforehand.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

HELP = ("-c", "from tui.cli import main; main()", "--help")
TYPER = ("-c", "import typer")
SEARCH = ("-c", "from tui.cli import main; main()", "index", "search", "quiet wireless headphones")
CHROMA = (
    "-c",
    "import sys, chromadb; from chromadb.config import Settings; "
    "client = chromadb.PersistentClient(sys.argv[1], settings=Settings(anonymized_telemetry=False)); "
    "print(client.list_collections()[0].count())",
)


def seconds(arguments: Sequence[str], home: Path) -> float:
    """How long one process takes."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PRODUCTRESEARCH_HOME": str(home)},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began


def compare(ours: Sequence[str], theirs: Sequence[str], home: Path, repetitions: int) -> tuple[float, float]:
    """Medians in seconds of two commands that run in turn; the first of each warms the disk's cache."""
    times = [(seconds(ours, home), seconds(theirs, home)) for _ in range(repetitions + 1)][1:]
    return median(a for a, _ in times), median(b for _, b in times)


def report(name: str, limit: float, medians: tuple[float, float]) -> None:
    """One line of the table."""
    ours, theirs = medians
    print(f"{name}: {ours:.3f} s against {theirs:.3f} s, {ours / theirs:.2f} times (at most {limit})")


def unheard(done: int, total: int) -> None:
    """Progress that nobody watches."""


def build(home: Path, products: int) -> Path:
    """An embedded demo shop; the folder of its Chroma."""
    from index.catalog import Catalog
    from index.demo.shop import build_demo
    from index.vectors import Vectors
    from models.embedder import BulkEmbedder, QuestionEmbedder

    home.mkdir(parents=True, exist_ok=True)
    with Catalog.open(home / "catalog.sqlite") as catalog:
        build_demo(catalog, products=products)
        Vectors.open(home / "chroma", BulkEmbedder.open().embed).drain(catalog, unheard)
    QuestionEmbedder.open(home / "embedder").close()
    return home / "chroma"


def main() -> None:
    """Print both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--products", type=int, default=3000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        report("--help, cold, over importing typer", 3.0, compare(HELP, TYPER, home, asked.repetitions))
        chroma = build(home, asked.products)
        opening = (*CHROMA, str(chroma))
        medians = compare(SEARCH, opening, home, asked.repetitions)
        report("index search, cold, over importing chromadb and opening the collection", 1.5, medians)


if __name__ == "__main__":
    main()
