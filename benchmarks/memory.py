"""Peak memory of a research run over the model's weights and context.

    python -m benchmarks.memory

Each run is a process of its own over an embedded demo shop: first by the rules, then by a model of random
weights, whose file and key-value cache are subtracted. Shown is the highest resident set.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.gguf_factory import Shape, write_gguf

LIMIT = 700
"""MB."""
QUESTION = "quiet wireless headphones with long battery life under $200"
CONTEXT = 8192
SHAPE = Shape(layers=8, width=256, heads=4, kv_heads=2, head=64, hidden=512)
BYTES_A_CELL = 2
"""The cache is kept in 16 bits."""
JOB = "from tui.cli import main; main()"


def peak(home: Path, options: Sequence[str]) -> float:
    """Megabytes at the peak of one research run; exit code 3 (nothing fits) is a run too."""
    process = subprocess.Popen(
        [sys.executable, "-c", JOB, "research", "--yes", *options, QUESTION],
        env={**os.environ, "PRODUCTRESEARCH_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        raise SystemExit(f"the run with {options} failed with {os.waitstatus_to_exitcode(status)}")
    return megabytes(used)


def megabytes(used: resource.struct_rusage) -> float:
    """Linux counts in kilobytes, macOS in bytes."""
    return used.ru_maxrss / (1e3 if sys.platform == "linux" else 1e6)


def model_size(path: Path) -> float:
    """Megabytes of a model's weights and its key-value cache."""
    cells = CONTEXT * SHAPE.layers * SHAPE.kv_heads * SHAPE.head * 2
    return (path.stat().st_size + cells * BYTES_A_CELL) / 1e6


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        # In a process of its own: a child's peak counts what its parent held when it was forked.
        shop = (
            f"from pathlib import Path; from benchmarks.startup import build; build(Path({str(home)!r}), 600)"
        )
        subprocess.run([sys.executable, "-c", shop], check=True)
        rules = peak(home, ["--engine", "rules"])
        print(f"by the rules: {rules:.0f} MB (at most {LIMIT})")
        model = write_gguf(Path(folder) / "m.gguf", vocab=32000, shape=SHAPE, context=CONTEXT)
        whole, own = peak(home, ["--engine", str(model), "--max-steps", "6"]), model_size(model)
        print(
            f"by a model: {whole - own:.0f} MB (at most {LIMIT}), {whole:.0f} MB less {own:.0f} MB of its own"
        )


if __name__ == "__main__":
    main()
