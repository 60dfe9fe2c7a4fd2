"""Pre-tokenizers of byte-level BPE vocabularies: llama.cpp's names for what a `tokenizer.json` spells out.

llama.cpp carries each in code under a name (`llm_tokenizer_bpe` in its `src/llama-vocab.cpp`), so a
vocabulary with any other cannot be written by us.
"""

from collections.abc import Mapping
from typing import Any

from finetune.micro.pretokens import PATTERN
from finetune.micro.tokenizer_json import byte_level, split

_ENGLISH = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_OTHERS = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_WORDS = r"|[^\r\n\p{L}\p{N}]?\p{L}+"

_QWEN = split(rf"{_ENGLISH}{_WORDS}|\p{{N}}{_OTHERS}")
"""`qwen2` as Qwen's own files write it; llama.cpp folds cases as the house's does."""

STEPS: Mapping[str, list[dict[str, Any]]] = {
    "qwen2": split(PATTERN),
    "llama-bpe": split(rf"{_ENGLISH}{_WORDS}|\p{{N}}{{1,3}}{_OTHERS}"),
    "smollm": [{"type": "Digits", "individual_digits": True}, byte_level(use_regex=True)],
    "gpt-2": [byte_level(use_regex=True)],
}
"""The steps of each pre-tokenizer under llama.cpp's name for it."""

WHOLE_WORDS_FIRST = frozenset({"llama-bpe"})
"""Those whose vocabularies take a pre-token that is a token as it is (`ignore_merges`)."""


def name_of(pre_tokenizer: Mapping[str, Any] | None) -> str | None:
    """llama.cpp's name of a pre-tokenizer from a `tokenizer.json`; None where it has none of these."""
    if pre_tokenizer is None:
        return None
    steps = pre_tokenizer["pretokenizers"] if pre_tokenizer["type"] == "Sequence" else [pre_tokenizer]
    wanted = [_essence(step) for step in steps]
    known = [*STEPS.items(), ("qwen2", _QWEN)]
    return next((name for name, of in known if [_essence(step) for step in of] == wanted), None)


def _essence(step: Mapping[str, Any]) -> tuple[object, ...]:
    """What of a step decides where it cuts."""
    pattern = step.get("pattern", {}).get("Regex")
    regular = step.get("use_regex", True) if step["type"] == "ByteLevel" else None
    spaced = step.get("add_prefix_space", False)
    return step["type"], pattern, step.get("behavior"), step.get("individual_digits"), regular, spaced
