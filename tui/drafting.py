"""The report as it is being written: out of the text of a step, with what its references stand for.

It is a look over the writer's shoulder. Nothing is checked yet; the report that follows is.
"""

import re

from agent.desk import Desk
from agent.ledger import UnknownTagError
from agent.report.facts import UnknownFieldError, fact, seen_product
from agent.report.markdown import escape
from index.conditions import in_words

_BEGINS = "## Verdict"
_REFERENCE = re.compile(r"\{\{([A-Z]\d+)(?:\.([^{}]+))?\}\}")
_OPEN = re.compile(r"\{\{?[^{}]*\}?$|\n#+ ?[^\n]*$|\n-? ?$")
"""What may not be shown before its end is there."""


class Drafting:
    """Takes the text of a step piece by piece and gives what can be shown of its report."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._written = ""
        self._shown = 0
        """Characters of what was written that were given."""

    def begin(self) -> None:
        """Another step begins."""
        self._written, self._shown = "", 0

    def feed(self, text: str) -> str:
        """What can be shown now; empty before a report begins."""
        self._written += text
        if not self._shown:
            start = self._written.find(_BEGINS)
            if start < 0:
                return ""
            self._shown = start
        ready = self._written[self._shown :]
        if unfinished := _OPEN.search(ready):
            ready = ready[: unfinished.start()]
        self._shown += len(ready)
        return _REFERENCE.sub(self._meant, ready)

    def _meant(self, reference: re.Match[str]) -> str:
        """What a reference stands for; itself where that is not known."""
        tag, name = reference[1], reference[2] or ""
        try:
            return escape(self._text_of(tag, name))
        except (UnknownTagError, UnknownFieldError, IndexError, ValueError):
            return escape(reference[0])

    def _text_of(self, tag: str, name: str) -> str:
        needs = {need.tag: need for need in self._desk.needs}
        if tag in needs:
            return in_words(needs[tag].attribute)
        if tag.startswith("P"):
            asked = needs[name].attribute if name in needs else name
            return fact(seen_product(self._desk.evidence, tag), asked).text
        record = self._desk.evidence.review(tag) if tag.startswith("R") else self._desk.evidence.page(tag)
        return f"“{record.sentences[int(name.removeprefix('s')) - 1]}”"
