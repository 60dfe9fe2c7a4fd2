"""What the grammar costs a token: ours against writing freely, and llama-cpp-python's own grammar sampling.

    python -m benchmarks.grammar [--rounds 5] [--threads 1] [--only 4096 …]

Random models of three vocabularies write a tool call with one of 1,500 names and 300 to 400 letters of prose,
and as many tokens freely from the same context, in turns. A random model is the worst case: outside the prose
the grammar refuses nearly every token that it draws. The shapes are those of a micro agent (4,096) and of
small chat models (151,936 and 248,320), in Q8_0 with tied embeddings. With one thread the figures are CPU
time, which other work on the machine blurs little; with more they are wall time.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from models.engine import Piece, Sampling
from models.gbnf import literal, trie
from models.llama import LlamaEngine
from tests.gguf_factory import Architecture, Shape, write_gguf

SHAPES: dict[int, tuple[Architecture, Shape]] = {
    4096: ("qwen3moe", Shape(layers=8, width=384, heads=6, kv_heads=2, head=64, hidden=512, experts=8)),
    151_936: ("qwen3", Shape(layers=28, width=1024, heads=16, kv_heads=8, head=128, hidden=3072)),
    248_320: ("qwen3", Shape(layers=24, width=1024, heads=16, kv_heads=8, head=128, hidden=3584)),
}

NAMES = [f"P{product}.attribute_{field}" for product in range(1, 31) for field in range(50)]
CALL, WHY, CLOSE = (
    '<tool_call>\n{"name": "compare", "arguments": {"field": "',
    '", "why": "',
    '"}}\n</tool_call>',
)
GRAMMAR = (
    f"root ::= {literal(CALL)} {trie(NAMES)} {literal(WHY)} "
    r'[^<>{}\[\]"\\\x00-\x1F]{300,400} '
    f"{literal(CLOSE)}"
)
PROMPT = [
    Piece("<|im_start|>user\n", trusted=True),
    Piece("Which of the thirty kettles is the quietest, and why? " * 8),
    Piece("<|im_end|>\n<|im_start|>assistant\n", trusted=True),
]
THEIR_TOKENS = 40
"""llama-cpp-python masks the whole vocabulary at every token, so that few tokens tell."""


Clock = Callable[[], float]


class Round(NamedTuple):
    """Seconds a token in one round."""

    free: float
    constrained: float
    tokens: int
    refused: int


def main() -> None:
    """Measure every vocabulary and print a table."""
    arguments = _arguments()
    clock = time.process_time if arguments.threads == 1 else time.perf_counter
    print("vocabulary | free ms | grammar ms | overhead | refused | their free ms | their grammar ms")
    for vocabulary in arguments.only or SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            path = _model(Path(folder), vocabulary)
            rounds = list(_rounds(path, arguments.rounds, arguments.threads, clock))
            theirs = _their_seconds(path, arguments.threads, clock)
        _print_row(vocabulary, rounds, *theirs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", type=int, nargs="*", choices=list(SHAPES))
    return parser.parse_args()


def _model(folder: Path, vocabulary: int) -> Path:
    arch, shape = SHAPES[vocabulary]
    return write_gguf(
        folder / "model.gguf", arch=arch, vocab=vocabulary, shape=shape, tied=True, quantized=True
    )


def _rounds(path: Path, rounds: int, threads: int, clock: Clock) -> Iterator[Round]:
    engine = LlamaEngine.open(path, context_size=1024, threads=threads)
    for seed in range(rounds):
        sampling = Sampling(temperature=0.7, seed=seed)
        before = engine.usage
        constrained = _seconds(engine, partial(engine.write, GRAMMAR, 500, sampling), clock)
        tokens = engine.usage.generated - before.generated
        refused = engine.usage.refused - before.refused
        free = _seconds(engine, partial(engine.think, "</think>", tokens, sampling), clock)
        yield Round(free, constrained, tokens, refused)


def _seconds(engine: LlamaEngine, write: Callable[[], Iterator[str]], clock: Clock) -> float:
    """Seconds a token of some writing, the prompt's evaluation apart."""
    engine.reset()
    engine.append(PROMPT)
    list(engine.think("</think>", 1, Sampling()))
    before, started = engine.usage.generated, clock()
    for _ in write():
        pass
    return (clock() - started) / (engine.usage.generated - before)


def _their_seconds(path: Path, threads: int, clock: Clock) -> tuple[float, float]:
    """Seconds a token of `Llama.generate` without and with the grammar."""
    # Slow to import, and only this comparison needs it.
    import llama_cpp

    llama = llama_cpp.Llama(str(path), n_ctx=1024, n_batch=256, n_threads=threads, verbose=False)
    grammar = llama_cpp.LlamaGrammar.from_string(GRAMMAR, verbose=False)
    free, constrained = (_theirs(llama, rules, clock) for rules in (None, grammar))
    llama.close()
    return free, constrained


def _theirs(llama: Any, grammar: Any, clock: Clock) -> float:
    prompt = llama.tokenize("".join(piece.text for piece in PROMPT).encode(), special=True)
    tokens = llama.generate(prompt, temp=0.7, grammar=grammar)
    next(tokens)
    started = clock()
    for _ in range(THEIR_TOKENS):
        next(tokens)
    return (clock() - started) / THEIR_TOKENS


def _print_row(vocabulary: int, rounds: list[Round], their_free: float, theirs: float) -> None:
    """The best round of each, since other work on the machine can only add to a round."""
    free, constrained = min(r.free for r in rounds), min(r.constrained for r in rounds)
    refused = sum(r.refused for r in rounds) / sum(r.tokens for r in rounds)
    ours, with_grammar, *others = (f"{s * 1e3:.3f}" for s in (free, constrained, their_free, theirs))
    row = [f"{vocabulary:,}", ours, with_grammar, f"{constrained / free - 1:.1%}", f"{refused:.0%}", *others]
    print(" | ".join(row), flush=True)


if __name__ == "__main__":
    main()
