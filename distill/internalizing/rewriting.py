"""Corrections as the researcher's own reflections, by rules: phrases of `rewriting.toml` around the cause.

Whether a reflection may stand is decided by `internalize`, for rules and models alike.
"""

import json
import re
import tomllib
from functools import cache
from importlib.resources import files
from random import Random
from string import Formatter
from typing import get_args

from pydantic import JsonValue, ValidationError

from agent.observe import shorten
from agent.trajectory import ToolCall, ToolName
from distill.seats.roles import Correction
from index.product import Record

LONGEST_CALL = 80
"""Characters of a call in words."""

_BY_TOOL = re.compile(rf"(?<!\S)(?:{'|'.join(get_args(ToolName))}): ")


class Phrases(Record):
    """Ways to begin a reflection and to turn to the step that stands."""

    reflections: tuple[str, ...]
    turns: tuple[str, ...]


class Rewriting(Record):
    """The file `rewriting.toml`."""

    traces: tuple[str, ...]
    to_oneself: dict[str, str]
    examples: dict[str, str]
    calls: dict[ToolName, str]
    plan: Phrases
    call: Phrases
    report: Phrases


@cache
def rewriting() -> Rewriting:
    """The words and phrases of the rewriting."""
    text = files("distill.internalizing").joinpath("rewriting.toml").read_text(encoding="utf-8")
    return Rewriting.model_validate(tomllib.loads(text))


@cache
def trace_pattern() -> re.Pattern[str]:
    """What gives away that somebody else looked over the shoulder."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, rewriting().traces))})\b", re.IGNORECASE)


class RulesRewriter:
    """Reflections by rules, varied by a seed."""

    name = "rules"

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def reflect(self, correction: Correction) -> str:
        """The thought of the mended step, in which the correction is the agent's own, with its cause."""
        rng = Random(f"{self._seed}:{correction.model_dump_json()}")
        phrases = {"plan": rewriting().plan, "call": rewriting().call, "report": rewriting().report}
        chosen = phrases[correction.state]
        reflection = rng.choice(chosen.reflections)
        turn = rng.choice(chosen.turns)
        said = reflection.format(wrong=call_in_words(correction.wrong), cause=to_oneself(correction.cause))
        return f"{said} {turn}{correction.thought}".strip()


def to_oneself(cause: str) -> str:
    """What was said to somebody else, as one says it to oneself."""
    text = _BY_TOOL.sub("", cause)
    for example, words in rewriting().examples.items():
        text = text.replace(example, words)
    kept = [s for s in re.split(r"(?<=[.!?])\s+", text) if s and not trace_pattern().search(s)]
    own = _addressed(" ".join(kept) or "Something in it does not hold.")
    first = own.partition(" ")[0]
    told = own if "_" in first else own[0].upper() + own[1:]
    return told if told[-1] in ".!?…" else f"{told}."


def _addressed(text: str) -> str:
    words = rewriting().to_oneself
    told = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
    return told.sub(lambda found: words[found[0].casefold()], text)


def call_in_words(wrong: str) -> str:
    """A call as JSON in a few words; what is no call is left as it is, shortened."""
    try:
        call = ToolCall.model_validate_json(wrong)
    except ValidationError:
        return shorten(wrong, LONGEST_CALL)
    phrase = rewriting().calls[call.name]
    names = [name for _, name, _, _ in Formatter().parse(phrase) if name]
    return shorten(phrase.format(**{n: _argument(call.arguments.get(n)) for n in names}), LONGEST_CALL)


def _argument(value: JsonValue) -> str:
    if value is None:
        return "…"
    if isinstance(value, list):
        return ", ".join(_argument(v) for v in value)
    return value if isinstance(value, str) else json.dumps(value)
