"""Which version of a report stands after its rounds: the best one in which nothing is lost that was met.

A rewrite mends what was found and may break what was right (later rounds lost up to 24 % of the criteria
that were met, arXiv 2606.09748). Where a new section broke something, the old section is put back.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from agent.report.draft import Draft, Finding, Section, by_section


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
    now = by_section(newer)
    for section, before in by_section(older).items():
        if before is not None and before != now[section]:
            unread = [f for f in older.findings if f.section == section]
            unread += [f for f in newer.findings if f.section != section]
            yield newer.model_copy(update={section: before, "findings": tuple(unread)})


def _weight(version: Version) -> tuple[int, int]:
    return (sum(f.severity == "error" for f in version.findings), len(version.findings))
