"""A difference between two reports in plain words, line by line and as Markdown.

A tag belongs to its session, so it is written with the letter of its report: A is the earlier of the two, B
the later. What is unchanged is counted in Markdown, not listed.
"""

from collections.abc import Iterator
from typing import Literal

from agent.observe import shorten
from agent.report.diff import Head, Line, ReportDiff, Side
from agent.report.facts import Cite
from agent.report.lines import many
from agent.report.markdown import LINE, escape

Kind = Literal["new", "gone", "changed", "same"]
SIGNS: dict[Kind, str] = {"new": "+", "gone": "-", "changed": "~", "same": "="}


def kind(line: Line) -> Kind:
    """What became of a thing."""
    if line.before is None:
        return "new"
    if line.after is None:
        return "gone"
    return "changed" if line.changed else "same"


def sentence(line: Line) -> str:
    """One line of the difference, with its evidence behind it; plain text."""
    about = shorten(line.about, LINE)
    tags = ", ".join(_tags(line))
    return f"{about}: {_became(line)}{f' [{tags}]' if tags else ''}"


def _became(line: Line) -> str:
    match line.before, line.after:
        case None, Side() as after:
            return f"new, {_on(after)}"
        case Side() as before, None:
            return f"gone, was {_on(before)}"
        case Side() as before, Side() as after if line.changed:
            return f"{_on(before)} → {_on(after)}"
        case _, Side() as after:
            return _on(after)
    return "in neither"


def _on(side: Side) -> str:
    return f"{side.text} on {side.day}" if side.day else side.text


def _tags(line: Line) -> Iterator[str]:
    for letter, side in (("A", line.before), ("B", line.after)):
        yield from (f"{letter}:{cite.tag}" for cite in (side.cites if side else ()))


def heads(difference: ReportDiff) -> tuple[str, str]:
    """Which reports are A and B; plain text."""
    before, after = difference.before, difference.after
    return f"A: {_head(before)}", f"B: {_head(after)}"


def _head(head: Head) -> str:
    return f"“{head.question}”, written on {head.written} by {head.author} (session {head.session})"


def summary(difference: ReportDiff) -> str:
    """How much differs, in a line."""
    lines = [line for _, lines in difference.sections for line in lines]
    changed = sum(line.changed for line in lines)
    if not changed:
        return "Nothing that both reports speak of has changed."
    return f"{many(changed, 'difference')}, {len(lines) - changed:,} unchanged."


def markdown(difference: ReportDiff) -> str:
    """The whole difference; ends with a newline."""
    parts = ["# Two reports compared", *(f"\n{escape(head)}" for head in heads(difference))]
    parts.append(f"\n**{escape(summary(difference))}**")
    for name, lines in difference.sections:
        parts += _section(name, lines)
    parts += _sources(difference)
    return "\n".join(parts) + "\n"


def _section(name: str, lines: tuple[Line, ...]) -> Iterator[str]:
    if not lines:
        return
    yield f"\n## {name}\n"
    told = [line for line in lines if line.changed]
    yield from (f"- {escape(sentence(line))}" for line in told)
    if same := len(lines) - len(told):
        yield f"- {same:,} unchanged"


def _sources(difference: ReportDiff) -> Iterator[str]:
    lines = [line for _, lines in difference.sections for line in lines if line.changed]
    cited = dict.fromkeys(
        (letter, cite)
        for letter, sides in (("A", [li.before for li in lines]), ("B", [li.after for li in lines]))
        for side in sides
        if side
        for cite in side.cites
    )
    if cited:
        yield "\n## Sources\n"
    yield from (f"- {escape(source(letter, cite))}" for letter, cite in cited)


def source(letter: str, cite: Cite) -> str:
    """Where a fact of the report of that letter stands; plain text."""
    return f"[{letter}:{cite.tag}] {cite.file} row {cite.row}, seen {cite.seen}, record {cite.record_id}"
