"""Whether a reflection may stand: no trace of anybody else, the cause kept, and every fact known by then.

Rules and models are held to the same. What stands in place of one that may not is left to `internalize`.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from agent.report.draft import Finding
from distill.internalizing.rewriting import to_oneself, trace_pattern

LONGEST_THOUGHT = 640
"""Characters; the live agent may think about 160 tokens in a step (`agent.model_policy.THINK_BUDGET`)."""

_FACT = re.compile(r"\b[PRWNC]\d{1,6}\b|(?<![A-Za-z\d.,])\d+(?:[.,]\d+)*")
_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
_WORD = re.compile(r"[a-z]{4,}")


def facts_in(text: str) -> set[str]:
    """The tags and numbers of a text."""
    return set(_FACT.findall(text))


def fault_of(text: str, thought: str, causes: Sequence[Sequence[Finding]], facts: AbstractSet[str]) -> str:
    """Why a reflection may not stand, in a word; empty where it may.

    `thought` is what was thought anyway: where it is still there, it does not count as telling a cause.
    """
    if not text:
        return "empty"
    if len(text) > LONGEST_THOUGHT:
        return "endless"
    if trace_pattern().search(text):
        return "trace"
    reflection = text.removesuffix(thought)
    if not all(_keeps(reflection, findings) for findings in causes):
        return "cause"
    return "" if facts_in(text) <= facts else "untrue"


def _keeps(text: str, findings: Sequence[Finding]) -> bool:
    """Whether the cause of a correction is still told: the key of its first finding, or most of its words."""
    code, hint = findings[0].code, to_oneself(findings[0].hint)
    named = any(words_of_code(name) in words_of_code(text) for name in _NAME.findall(hint))
    if named or facts_in(hint) & facts_in(text):
        return True
    words, hinted = _words(text), _words(hint)
    return bool(_words(words_of_code(code)) & words) or 3 * len(hinted & words) >= max(1, len(hinted))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def words_of_code(code: str) -> str:
    """A finding's code as words."""
    return code.replace("_", " ")
