"""The little grammar in which the demo catalogue's texts are written.

`[a|b]` chooses, `{name}` fills a slot, `{3-9}` draws a number and `{name*0.5-0.7}` scales a number of the
product. A fragment may begin with `?flag:`, `?!flag:` or `?name=value:` and is then used only for products
of which that is true. What the texts say is left to the files in `world`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

Slot = str | Sequence[str] | Callable[[Random, float], str]
"""A fixed text, alternatives, or a function of a random generator and a factor (1 unless scaled)."""

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([^{}]*)\}")
_SPAN = re.compile(r"^(\d+)-(\d+)$")
_GUARD = re.compile(r"^\?(!?)([a-z_]+)(?:=([^:]+))?:\s*")
_ARTICLE = re.compile(r"\b([Aa]) (?=(?:[aeioAEIO](?!ne\b|nce\b|urop)|u(?!s[aeiu]|ni|K|SB)|8|11\b|18\b))")
_UNIT = re.compile(r" ?(?:cm|kg|km|mm|ml|MB|dB|°|%|percent|dollars|x )")
_NUMBER_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve"),
)


class GrammarError(Exception):
    """A demo text names a slot that nothing fills."""


@dataclass(frozen=True)
class Fragment:
    """One alternative with the condition under which it may be used."""

    text: str
    guard: str = ""
    value: str = ""
    negated: bool = False

    def fits(self, truths: Mapping[str, str]) -> bool:
        """Whether a product with these true values ("yes"/"no" for flags) may be spoken of so."""
        if not self.guard:
            return True
        held = truths.get(self.guard, "no")
        return (held == (self.value or "yes")) != self.negated


@lru_cache(maxsize=8192)
def fragment(text: str) -> Fragment:
    """Read the guard off a fragment."""
    found = _GUARD.match(text)
    if not found:
        return Fragment(text)
    return Fragment(text[found.end() :], found[2], found[3] or "", bool(found[1]))


def fitting(texts: Sequence[str], truths: Mapping[str, str]) -> list[str]:
    """The texts that may be used of a product, without their guards."""
    return [f.text for f in map(fragment, texts) if f.fits(truths)]


def expand(text: str, slots: Mapping[str, Slot], rng: Random) -> str:
    """Write one text out: choices, slots (whose own texts may hold more of both), articles."""
    for _ in range(12):
        # Most texts hold neither, and looking for one sign is quicker than for a pattern.
        choices = filled = 0
        if "[" in text:
            text, choices = _CHOICE.subn(lambda m: rng.choice(m[1].split("|")), text)
        if not choices and "{" in text:
            text, filled = _SLOT.subn(lambda m: _fill(m, slots, rng), text)
        if not choices and not filled:
            return _ARTICLE.sub(r"\1n ", text).replace("the The ", "The ")
    raise GrammarError(f"a demo text never ends: {text[:80]}")


def sentence(text: str) -> str:
    """A clause with its capital and its full stop."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ")", "…")) else text + "."


def _fill(found: re.Match[str], slots: Mapping[str, Slot], rng: Random) -> str:
    span = _SPAN.match(found[1])
    if span:
        number = rng.randint(int(span[1]), int(span[2]))
        written = number < len(_NUMBER_WORDS) and rng.random() < 0.7
        return (
            _NUMBER_WORDS[number] if written and not _UNIT.match(found.string, found.end()) else str(number)
        )
    name, _, factors = found[1].partition("*")
    if name not in slots:
        raise GrammarError(f"a demo text names the slot {name!r}, which nothing fills")
    slot = slots[name]
    if isinstance(slot, str):
        return slot
    if callable(slot):
        low, _, high = factors.partition("-")
        return slot(rng, rng.uniform(float(low), float(high or low)) if factors else 1.0)
    return rng.choice(slot)
