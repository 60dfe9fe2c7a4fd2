"""The word banks of random worlds, and words that nobody has used before.

What worlds are made of with them is left to `draw`.
"""

import tomllib
from functools import cache
from pathlib import Path
from random import Random
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from index.product import Record

_HERE = Path(__file__).parent

Words = Annotated[tuple[str, ...], BeforeValidator(str.split)]
"""Words that stand in a file one blank apart."""


class Measure(Record):
    """Something that can be measured of a product."""

    names: tuple[str, ...]
    """What it may be called after a part or a state."""
    units: dict[str, tuple[float, float]]
    """For each unit where the lower end of a category's numbers may lie."""
    low_words: tuple[str, ...]
    high_words: tuple[str, ...]
    better: Literal["", "low", "high"] = ""
    whole: bool = False
    """Whether only whole numbers occur."""
    narrow: bool = False
    """Whether the upper end is less than twice the lower."""


class Currency(Record):
    """Money of some country."""

    code: str
    paid: tuple[str, str]
    """How people write an amount, more and less often; `{}` is the number."""
    scale: float
    """What a price of one is in it, roughly."""


class WordBank(Record):
    """Everything that `words.toml` says; what each list is for stands there."""

    onsets: Words
    nuclei: Words
    codas: Words
    endings: Words
    stuffs: Words
    goods: Words
    departments: Words
    aisles: Words
    parts: Words
    states: Words
    devices: Words
    kinds: Words
    values: Words
    ranks: Words
    grades: tuple[Words, ...]
    """Names of grades from the worst to the best."""
    senses: Words
    shared: tuple[str, ...]
    uses: tuple[str, ...]
    places: tuple[str, ...]
    currencies: tuple[Currency, ...] = Field(min_length=1)
    measures: tuple[Measure, ...] = Field(min_length=1)


@cache
def read_words() -> WordBank:
    """Read the words."""
    return WordBank.model_validate(tomllib.loads((_HERE / "words.toml").read_text(encoding="utf-8")))


@cache
def read_texts() -> dict[str, tuple[str, ...]]:
    """Read the sentences, by what they are for."""
    texts = tomllib.loads((_HERE / "texts.toml").read_text(encoding="utf-8"))
    return {name: tuple(lines) for name, lines in texts.items()}


class Coiner:
    """Draws words from the banks and invents others; gives none twice."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._given: set[str] = set()

    def invented(self, syllables: int = 1) -> str:
        """A word that is in no dictionary, lower case: so many syllables and an ending."""
        bank = read_words()
        syllable = (bank.onsets, bank.nuclei, bank.codas)
        while True:
            parts = [self._rng.choice(sounds) for _ in range(syllables) for sounds in syllable]
            word = "".join((*parts, self._rng.choice(bank.endings)))
            if word not in self._given:
                self._given.add(word)
                return word

    def name(self, syllables: int = 1) -> str:
        """An invented proper name."""
        return self.invented(syllables).capitalize()

    def fresh(self, *banks: tuple[str, ...]) -> str:
        """Words of the banks in a row, not given in this row before."""
        while True:
            text = " ".join(self._rng.choice(bank) for bank in banks)
            if text not in self._given:
                self._given.add(text)
                return text
