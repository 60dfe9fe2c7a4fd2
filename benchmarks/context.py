"""Tokens evaluated in a session over the tokens of its transcript: what the append-only context saves.

    python -m benchmarks.context

A scripted session of twelve steps (thought, tool call, observation) runs over small random models, dense,
mixture of experts and hybrid. Beside it stands the cost of rendering the whole conversation anew at every
step, which is what a runtime pays that drops past thoughts from the context of a hybrid model: such a model
cannot be rolled back to where the text differs.
"""

import tempfile
from pathlib import Path
from typing import NamedTuple, get_args

from models.engine import Engine, Piece, Sampling
from models.gbnf import literal, trie
from models.llama import LlamaEngine
from models.template import ChatTemplate
from tests.gguf_factory import Architecture, write_gguf

STEPS = 12
SYSTEM = (
    "You research products step by step. Think, then call one tool; when all is known, write the report. " * 6
)
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "One of the tools of a scripted session.",
            "parameters": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
        },
    }
    for name in ("search", "visit", "reviews", "compare")
]
OBSERVATION = "\n".join(
    f"P{n} | Kettle number {n} | {20 + n}.90 | 4.{n} of 5 (1{n} ratings)" for n in range(9)
)
GRAMMAR = (
    f"root ::= {literal('<tool_call>')} {literal(chr(10))} {literal('{')} [a-z ]{{30,60}} {literal(' P')} "
    f"{trie(str(n) for n in range(1, 31))} {literal('}')} {literal(chr(10))} {literal('</tool_call>')}"
)


class Cost(NamedTuple):
    """Tokens of one session."""

    evaluated: int
    transcript: int
    anew: int
    """Tokens that rendering anew at every step would evaluate without any cache."""


def session(engine: Engine) -> Cost:
    """Run the script."""
    template = ChatTemplate.from_source(engine.chat_template)
    before, anew = engine.usage.evaluated, 0
    engine.append(template.opening(SYSTEM, TOOLS, "Which kettle is quiet and cheap?"))
    for step in range(STEPS):
        sampling = Sampling(temperature=1.0, seed=step)
        engine.append([Piece("<think>\n", trusted=True)])
        list(engine.think("</think>", 60, sampling))
        engine.append([Piece("\n</think>\n", trusted=True)])
        list(engine.write(GRAMMAR, 200, sampling))
        anew += engine.usage.context
        engine.append(template.observation(OBSERVATION))
    list(engine.think("</think>", 1, Sampling()))
    return Cost(engine.usage.evaluated - before, engine.usage.context, anew)


def main() -> None:
    """Run a session on each architecture and print a table."""
    print("architecture | evaluated | transcript | ratio | rendered anew each step, no cache")
    with tempfile.TemporaryDirectory() as folder:
        for arch in get_args(Architecture):
            path = write_gguf(Path(folder) / f"{arch}.gguf", arch=arch, context=16_384)
            cost = session(LlamaEngine.open(path, context_size=16_384, threads=1))
            ratio, anew = cost.evaluated / cost.transcript, cost.anew / cost.transcript
            print(f"{arch} | {cost.evaluated:,} | {cost.transcript:,} | {ratio:.3f} | {anew:.1f}")


if __name__ == "__main__":
    main()
