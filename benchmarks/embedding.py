"""Our embedders against plain `SentenceTransformer.encode`: rate, likeness, and the time of one question.

    python -m benchmarks.embedding [--texts 400] [--rounds 3] [--threads N] [--ray auto|ADDRESS]

Both sides embed the same generated texts in turn, and the best round of each counts. `cpu` is the processor
time of the process, which a busy machine disturbs less than the clock. The texts are generated from a seed.
With `--ray` two workers of a Ray cluster, of one thread each, stand beside one such worker, and nothing else.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from distill.running.pools import on_ray
from models.embedder import BulkEmbedder, QuestionEmbedder
from models.minilm import Matrix, Tokenizer
from models.minilm_files import model_folder
from tui.embedding_ray import EmbeddingWorker, Texts

QUALITIES = ("compact", "foldable", "quiet", "durable", "light", "waterproof", "adjustable", "matte", "wide")
PARTS = ("frame", "strap", "lid", "handle", "motor", "cover", "hinge", "switch", "cable", "base", "filter")
VERBS = ("holds", "keeps", "reaches", "runs", "folds", "charges", "fits", "weighs", "survives", "turns")
MAKERS = ("Varno", "Telmik", "Orrin", "Kestra", "Luvane", "Pamdor")
RAY_BATCH = 200
WARMING = 3
"""Small batches that each worker is given first: as many as it has in flight."""
UNITS = ("W", "mm", "kg", "dB", "h", "l", "cm", "lm", "mAh", "Hz")


@dataclass(frozen=True)
class Timing:
    """One side's best round."""

    seconds: float
    cpu: float
    vectors: Matrix


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, help="threads of torch (default: its own choice)")
    parser.add_argument("--ray", default="", help="auto, or the address of a cluster of two cores or more")
    options = parser.parse_args()
    texts = product_texts(options.texts, seed=0)
    if options.ray:
        compare_workers(texts, options.ray, options.rounds)
        return
    plain, opening = _plain_model(options.threads)
    compare_bulk(texts, plain, options.rounds)
    compare_question(plain, opening)


def product_texts(count: int, seed: int) -> list[str]:
    """Titles of about 20 tokens, half of them with a description of one to twelve sentences behind."""
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        sentences = [_sentence(rng) for _ in range(rng.randint(1, 12))] if rng.random() < 0.5 else []
        texts.append(" ".join([_title(rng), *sentences]))
    return texts


def compare_bulk(texts: Sequence[str], plain: Any, rounds: int) -> None:
    """Print the rates of `BulkEmbedder` and plain `encode` and how alike the vectors are."""
    import torch

    started = time.perf_counter()
    ours = BulkEmbedder.open()
    opening = time.perf_counter() - started
    sides: dict[str, Callable[[], Matrix]] = {
        "SentenceTransformer.encode": lambda: plain.encode(list(texts), show_progress_bar=False),
        "BulkEmbedder.embed": lambda: ours.embed(texts),
    }
    best = _best_rounds(sides, rounds)
    tokens = sum(map(len, Tokenizer(model_folder())(texts)))
    print(f"{len(texts)} texts, {tokens} tokens, {torch.get_num_threads()} threads, best of {rounds} rounds")
    for name, timing in best.items():
        rate = len(texts) / timing.seconds
        print(f"  {name:28s} {rate:7.1f} texts/s  {timing.seconds:6.2f} s  cpu {timing.cpu:6.2f} s")
    theirs, mine = best.values()
    cosines = (theirs.vectors * mine.vectors).sum(axis=1)
    print(f"  ratio {theirs.seconds / mine.seconds:.2f} (cpu {theirs.cpu / mine.cpu:.2f})")
    print(f"  cosine min {cosines.min():.4f}, mean {cosines.mean():.4f}")
    print(f"  of the ten nearest, kept {_kept_neighbours(theirs.vectors, mine.vectors):.3f}")
    print(f"  BulkEmbedder.open {opening:.2f} s (torch already imported)")


def compare_workers(texts: Sequence[str], address: str, rounds: int) -> None:
    """Print the rates of one and two Ray workers, the best of rounds in which they take turns."""
    best = {1: 0.0, 2: 0.0}
    for _ in range(rounds):
        for workers in best:
            best[workers] = max(best[workers], _rate_on_ray(texts, address, workers))
    print(f"{len(texts)} texts in batches of {RAY_BATCH}, one thread a worker, best of {rounds} rounds")
    for workers, rate in best.items():
        print(f"  {workers} Ray worker{'s' * (workers > 1)} {rate:7.1f} texts/s")
    print(f"  ratio {best[2] / best[1]:.2f}")


def _rate_on_ray(texts: Sequence[str], address: str, workers: int) -> float:
    """Texts a second once every worker has loaded the model, which each does with its first batch."""
    warming = [Texts({}, list(texts[:8])) for _ in range(WARMING * workers)]
    batches = [Texts({}, list(texts[start : start + RAY_BATCH])) for start in range(0, len(texts), RAY_BATCH)]
    with closing(on_ray(EmbeddingWorker, [*warming, *batches], address, workers)) as results:
        for _ in warming:
            next(results)
        started = time.perf_counter()
        done = sum(len(made.vectors) for made in results)
    return done / (time.perf_counter() - started)


def compare_question(plain: Any, opening: float) -> None:
    """Print the time of one question through llama.cpp and through sentence-transformers."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        QuestionEmbedder.open(Path(folder)).close()
        making = time.perf_counter() - started
        started = time.perf_counter()
        ours = QuestionEmbedder.open(Path(folder))
        loading = time.perf_counter() - started
        question = ["a quiet one of 140 mm with four pins for less than $20"]
        times = _question_times(
            {
                "llama.cpp": lambda: ours.embed(question),
                "sentence-transformers": lambda: plain.encode(question),
            }
        )
        ours.close()
    print(f"one question: model made in {making:.2f} s, loaded in {loading:.2f} s; theirs in {opening:.2f} s")
    for name, seconds in times.items():
        print(f"  {name:28s} {statistics.median(seconds) * 1e3:6.1f} ms median of {len(seconds)}")


def _plain_model(threads: int | None) -> tuple[Any, float]:
    """The model as sentence-transformers loads it, and the seconds of importing and loading."""
    started = time.perf_counter()
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    model = SentenceTransformer(str(model_folder()), device="cpu", local_files_only=True)
    return model, time.perf_counter() - started


def _best_rounds(sides: dict[str, Callable[[], Matrix]], rounds: int) -> dict[str, Timing]:
    """The quickest round of each side, the sides taking turns so that both see the same machine."""
    best: dict[str, Timing] = {}
    for _ in range(rounds):
        for name, embed in sides.items():
            clock, cpu = time.perf_counter(), time.process_time()
            vectors = embed()
            timing = Timing(time.perf_counter() - clock, time.process_time() - cpu, vectors)
            if name not in best or timing.seconds < best[name].seconds:
                best[name] = timing
    return best


def _question_times(sides: dict[str, Callable[[], Matrix]], turns: int = 40) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, embed in sides.items():
            started = time.perf_counter()
            embed()
            times[name].append(time.perf_counter() - started)
    return times


def _kept_neighbours(theirs: Matrix, ours: Matrix, count: int = 10) -> float:
    """The share of each text's nearest texts, found among their vectors, that is found among ours too."""
    expected = np.argsort(-(theirs @ theirs.T), axis=1)[:, 1 : count + 1]
    found = np.argsort(-(theirs @ ours.T), axis=1)[:, : count + 1]
    kept = [
        len(set(left) & set(right)) for left, right in zip(expected.tolist(), found.tolist(), strict=True)
    ]
    return statistics.fmean(kept) / count


def _title(rng: random.Random) -> str:
    model = f"{rng.choice('ABCDEFGH')}{rng.randint(10, 9999)}"
    size = f"{rng.randint(1, 2000)} {rng.choice(UNITS)}"
    words = (rng.choice(MAKERS), rng.choice(QUALITIES), rng.choice(QUALITIES), rng.choice(PARTS), model)
    return f"{' '.join(words)}, {size}, {rng.choice(QUALITIES)}"


def _sentence(rng: random.Random) -> str:
    return (
        f"The {rng.choice(QUALITIES)} {rng.choice(PARTS)} {rng.choice(VERBS)} {rng.randint(1, 500)} "
        f"{rng.choice(UNITS)} and {rng.choice(VERBS)} {rng.randint(1, 90)}.{rng.randint(0, 9)} "
        f"{rng.choice(UNITS)} even when the {rng.choice(PARTS)} is {rng.choice(QUALITIES)}."
    )


if __name__ == "__main__":
    main()
