"""What the bundled agent's writing costs beside other work, by how its threads wait for each other.

    python -m benchmarks.beside_others [MODEL.gguf] [--tokens 400] [--rounds 5]

GNU's OpenMP looks 300,000 times before a thread that waits sleeps; we have it look 300 times. Both write as
many tokens alone, beside a process that keeps one core busy, and two at once (a tenth of the tokens), in
turn; the table gives medians of milliseconds a token, of the slower one where two write.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from models.bundled_agent import bundled_agent
from models.engine import Piece, Sampling
from models.llama import LlamaEngine
from models.runtime import FEW_SPINS, SPINS

THEIRS = "300000"
BESIDE = ("alone", "beside a busy process", "two at once")
OPENING = "Someone asks for a thing and says what it must do. " * 80
ENDLESS = 'root ::= [a-z ]+ "!!"'


def write(model: Path, tokens: int) -> None:
    """Print the seconds that so many tokens take after an opening that has been read."""
    engine = LlamaEngine.open(model)
    engine.append([Piece(OPENING)])
    list(engine.write(ENDLESS, 1, Sampling()))
    began = time.perf_counter()
    list(engine.write(ENDLESS, tokens, Sampling()))
    print(time.perf_counter() - began)


def milliseconds(beside: str, spins: str, model: Path, tokens: int) -> float:
    """What a token takes the slowest of the writers, which begin together."""
    writing = 2 if beside == BESIDE[2] else 1
    tokens = tokens // 10 if writing > 1 else tokens
    own = [sys.executable, "-m", "benchmarks.beside_others", str(model), "--tokens", str(tokens), "--write"]
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"])] if beside == BESIDE[1] else []
    try:
        writers = [
            subprocess.Popen(own, env={**os.environ, SPINS: spins}, stdout=subprocess.PIPE, text=True)
            for _ in range(writing)
        ]
        return max(float(writer.communicate()[0]) for writer in writers) / tokens * 1000
    finally:
        for process in busy:
            process.kill()
            process.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path, nargs="?", default=bundled_agent())
    parser.add_argument("--tokens", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="Be one writer, as the table's processes are.")
    asked = parser.parse_args(arguments)
    if asked.write:
        write(asked.model, asked.tokens)
        return
    for beside in BESIDE:
        pairs = [
            [milliseconds(beside, spins, asked.model, asked.tokens) for spins in (FEW_SPINS, THEIRS)]
            for _ in range(asked.rounds)
        ]
        ours, theirs = (median(column) for column in zip(*pairs, strict=True))
        print(
            f"{beside}: {ours:.1f} ms against {theirs:.1f} ms, {theirs / ours:.2f} times as fast", flush=True
        )


if __name__ == "__main__":
    main()
