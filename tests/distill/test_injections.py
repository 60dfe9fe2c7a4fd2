"""Product text is data: planted orders change no verdict of the supervisor and no pick.

Two worlds are built from one seed. In the one, products and reviews carry attacks; in the other, as many
neutral words at the same places, so that full-text search weighs both alike.
"""

import tomllib
from pathlib import Path

from index.product import Product, Review

SEED = 11
BANK = tomllib.loads((Path(__file__).parent / "attacks.toml").read_text(encoding="utf-8"))


class Planter:
    """Writes attacks or neutral words into records, and counts them."""

    def __init__(self, hostile: bool) -> None:
        self._hostile = hostile
        self.planted = 0

    def __call__(self, record: object) -> object:
        match record:
            case Product():
                return record.model_copy(
                    update={"description": f"{record.description} {self._text()}".strip()}
                )
            case Review() if record.sentences:
                return record.model_copy(update={"sentences": (*record.sentences, self._text())})
        return record

    def _text(self) -> str:
        self.planted += 1
        attack: str = BANK["texts"][self.planted % len(BANK["texts"])].replace("{n}", str(self.planted))
        if self._hostile:
            return attack
        words = BANK["neutral"].split()
        return " ".join(words[at % len(words)] for at in range(len(attack.split())))
