"""Makes clean sentences look typed by people in a hurry, in the wrong language or on a phone.

Only letters, punctuation and small words change; numbers stay, so that what a sentence says remains true.
"""

import re
from random import Random

_SLIPS = (
    (r"\bdoes not\b", "dont"),
    (r"\bdid not\b", "didnt"),
    (r"\bdo not\b", "dont"),
    (r"\bis not\b", "isnt"),
    (r"\bcannot\b", "cant"),
    (r"\ba lot\b", "alot"),
    (r"\breally\b", "realy"),
    (r"\bdefinitely\b", "definately"),
    (r"\btoo\b", "to"),
    (r"\bthan\b", "then"),
    (r"\bit is\b", "its"),
    (r"\byou\b", "u"),
    (r"\bbecause\b", "cuz"),
    (r"\breceive", "recieve"),
    (r"\bquiet\b", "quite"),
    (r"\bwith\b", "w/"),
    (r"\band\b", "&"),
)
_CONTRACTIONS = (
    (r"\bdoes not\b", "doesn't"),
    (r"\bdid not\b", "didn't"),
    (r"\bdo not\b", "don't"),
    (r"\bis not\b", "isn't"),
    (r"\bcannot\b", "can't"),
    (r"\bwould not\b", "wouldn't"),
    (r"\bit is\b", "it's"),
    (r"\bI have\b", "I've"),
    (r"\bI am\b", "I'm"),
)


def roughen(text: str, strength: float, rng: Random) -> str:
    """The sentence with slips; 0 leaves it almost alone, 1 is hard to read."""
    for pattern, plain in _CONTRACTIONS:
        if rng.random() < 0.5:
            text = re.sub(pattern, plain, text)
    for pattern, slip in _SLIPS:
        if rng.random() < 0.5 * strength:
            text = re.sub(pattern, slip, text)
    if rng.random() < 0.5 * strength:
        text = re.sub(r"\b(?:the|a|an) (?=[a-z])", "", text, count=rng.randint(1, 3))
    words = [_typo(word, rng) if rng.random() < 0.05 * strength else word for word in text.split(" ")]
    text = " ".join(words)
    if rng.random() < 0.7 * strength:
        text = text.lower()
    elif rng.random() < 0.06 * strength:
        text = text.upper()
    return _ending(text, strength, rng)


def _typo(word: str, rng: Random) -> str:
    if len(word) < 5 or not word.isalpha():
        return word
    at = rng.randint(1, len(word) - 3)
    if rng.random() < 0.5:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :]


def _ending(text: str, strength: float, rng: Random) -> str:
    if rng.random() > 0.6 * strength:
        return text
    return text.rstrip(".") + rng.choice(("", "", "!", "!!", "!!!", "...", " :)", " :(", "??"))
