"""Which version of a report stands after its rounds: the best one in which nothing is lost that was met.

A rewrite mends what was found and may break what was right (later rounds lost up to 24 % of the criteria
that were met, arXiv 2606.09748). Where a new section broke something, the old section is put back.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from agent.report.draft import Draft, Finding, Section

_SECTIONS: tuple[Section, ...] = ("verdict", "picks", "trade_offs", "reviews")


class Version(NamedTuple):
    """A report as it stood after a round, with what was found in it."""

    draft: Draft
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> frozenset[tuple[str, Section | None]]:
        """What is not met: the kinds of findings and their sections."""
        return frozenset((f.code, f.section) for f in self.findings)


def best_version(versions: Sequence[Version], check: Callable[[Draft], Version]) -> Version:
    """The version with the fewest findings among those that lose nothing; of equals the latest."""
    best = versions[0]
    for newer in versions[1:]:
        candidates = [newer]
        if not newer.faults <= best.faults:
            candidates += [check(draft) for draft in _put_back(best.draft, newer.draft)]
        sound = [v for v in candidates if v.faults <= best.faults]
        best = min([*sound, best], key=_weight)
    return best


def _put_back(older: Draft, newer: Draft) -> Iterator[Draft]:
    """The newer draft with one of the older one's sections in it."""
    for section in _SECTIONS:
        before = older.__dict__[section]
        if before is not None and before != newer.__dict__[section]:
            yield newer.model_copy(update={section: before})


def _weight(version: Version) -> tuple[int, int]:
    return (sum(f.severity == "error" for f in version.findings), len(version.findings))
