"""Which parts of a free text could be an exact identifier: a GTIN, a part number, a SKU or a product id."""

MAX_PARTS = 64
SHORTEST = 5
"""Shorter codes, such as 140 or A4, are sizes far more often than part numbers."""


def identifiers_in(text: str) -> list[str]:
    """Candidates for a look-up, casefolded: the whole text, and every part of it with a digit."""
    folded = text[:4000].casefold().strip()
    parts = [part.strip(".,;:!?()[]{}\"'“”") for part in folded.split()]
    codes = [part for part in parts[:MAX_PARTS] if len(part) >= SHORTEST and any(map(str.isdigit, part))]
    whole = [folded, "".join(folded.replace("-", " ").split())] if len(parts) <= 4 else []
    joined = [code.replace("-", "") for code in codes]
    return list(dict.fromkeys(filter(None, whole + codes + joined)))
