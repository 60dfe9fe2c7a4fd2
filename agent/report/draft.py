"""The report as a policy writes it: four sections, parsed once into text, fields, quotes and citations.

Text that a reference later brings in is never parsed again. Reading is tolerant and never raises: what is
malformed becomes a Finding. Whether what was written is true is left to `agent.report.verify`.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import Field

from index.product import Record
from index.text.sanitize import plain_lines

Section = Literal["verdict", "picks", "trade_offs", "reviews"]
Role = Literal["best", "budget", "upgrade", "also"]
Polarity = Literal["praise", "complaint"]

LONGEST = 20_000
"""Characters read; a report is far shorter."""
MOST_ITEMS = 24
"""Sentences or items read in a section."""


class Text(Record):
    """Words of the policy's own."""

    kind: Literal["text"] = "text"
    text: str


class FieldReference(Record):
    """`{{P3.price}}`: code puts the record's value here."""

    kind: Literal["field"] = "field"
    tag: str
    name: str
    """An attribute, or the tag of a need (N2) that asks for one."""


class QuoteReference(Record):
    """`{{R12.s2}}`: code copies that sentence of a review or page here."""

    kind: Literal["quote"] = "quote"
    tag: str
    number: int
    """Counted from 1, as shown to the policy."""


class NeedReference(Record):
    """`{{N2}}`: the name of the attribute that a need asks for."""

    kind: Literal["need"] = "need"
    tag: str


class Citation(Record):
    """`[P3]`: the record that a sentence rests on."""

    kind: Literal["citation"] = "citation"
    tag: str


Span = Annotated[
    Text | FieldReference | QuoteReference | NeedReference | Citation, Field(discriminator="kind")
]
Sentence = tuple[Span, ...]
Prose = tuple[Sentence, ...]


class Finding(Record):
    """Something wrong with a draft, said so that the policy can mend it."""

    code: str
    severity: Literal["error", "warning"]
    hint: str
    section: Section | None = None
    item: int | None = None
    """Which pick, trade-off or review finding; None for the whole section."""
    sentence: int | None = None
    """Which sentence of it; None for the whole item."""


class DraftPick(Record):
    """One recommended product."""

    role: Role
    tag: str
    reason: Prose = ()


class DraftRemark(Record):
    """What the reviews of one product say."""

    tag: str
    polarity: Polarity
    prose: Prose


class Draft(Record):
    """Sections as written; None where a section was not written at all."""

    verdict: Prose | None = None
    picks: tuple[DraftPick, ...] | None = None
    trade_offs: tuple[Prose, ...] | None = None
    reviews: tuple[DraftRemark, ...] | None = None
    findings: tuple[Finding, ...] = ()
    """What could not be read."""


_HEADING = re.compile(
    r"\s{0,3}(?:#{1,6}\s*(?P<marked>.+?)[\s#]*|\*\*(?P<bold>[^*]+)\*\*\s*:?|(?P<bare>[^:]+):)"
)
_SECTION_WORDS: dict[str, Section] = {
    "verdict": "verdict",
    "pick": "picks",
    "picks": "picks",
    "trade-offs": "trade_offs",
    "tradeoffs": "trade_offs",
    "trade-off": "trade_offs",
    "review": "reviews",
    "reviews": "reviews",
}
_BULLET = re.compile(r"\s*(?:[-*+•–]|\d{1,2}[.)])\s+")
_PICK = re.compile(
    r"(?P<role>[A-Za-z][A-Za-z -]{0,30}?)\s*[:–-]\s*\[?(?P<tag>P\d{1,6})\b\]?[\s:,–—-]*(?P<reason>.*)", re.S
)
_REMARK = re.compile(
    r"\[?(?P<tag>P\d{1,6})\b\]?[\s:–—-]*(?P<kind>praise|complaint)\w*\s*[:–—-]\s*(?P<text>.*)", re.S | re.I
)
_REFERENCE = re.compile(
    r"\{\{\s*(?P<product>P\d{1,6})\s*\.\s*(?P<field>[^\W\d]\w{0,80})\s*\}\}"
    r"|\{\{\s*(?P<need>N\d{1,3})\s*\}\}"
    r"|\{\{\s*(?P<source>[RW]\d{1,6})\s*\.\s*s(?P<number>\d{1,6})\s*\}\}"
    r"|\[\s*(?P<tags>[PRW]\d{1,6}(?:\s*[,;]\s*[PRW]\d{1,6}){0,11})\s*\]"
)
_NEED = re.compile(r"N\d{1,3}")
_SENTENCE_END = re.compile(r"(?<=[.!?。])[\"'”’)]{0,2}\s+(?=[^\W_a-z]|[\[{(\"'“‘])|(?<=。)|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|incl|excl|max|min|no|ca|etc)\.)$", re.I)
_ONLY_CITATIONS = re.compile(r"(?:\s*\[\s*[PRW]\d{1,6}(?:\s*[,;]\s*[PRW]\d{1,6}){0,11}\s*\])+[\s.]*")


def parse_draft(text: str) -> Draft:
    """Read what a policy wrote; never raises."""
    findings: list[Finding] = []
    written: dict[Section, list[str]] = {}
    section: Section | None = None
    heading = ""
    for line in plain_lines(text, LONGEST).split("\n"):
        named = _heading(line)
        if named is not None:
            heading, section = named, _section(named)
            if section is None:
                findings.append(
                    _unreadable("unknown_section", f"There is no section {named[:60]!r}; leave it out.")
                )
            else:
                written.setdefault(section, [])
        elif section is not None:
            written[section].append(line)
        elif line.strip() and not heading:
            findings.append(
                _unreadable("stray_text", f"Text before the first section was left out: {line[:60]!r}.")
            )
    picks = _picks(_items(written["picks"]), findings) if "picks" in written else None
    reviews = _remarks(_items(written["reviews"]), findings) if "reviews" in written else None
    return Draft(
        verdict=parse_prose("\n".join(_without_bullets(written["verdict"])))
        if "verdict" in written
        else None,
        picks=picks,
        trade_offs=_trade_offs(written["trade_offs"]) if "trade_offs" in written else None,
        reviews=reviews,
        findings=tuple(findings[:MOST_ITEMS]),
    )


def by_section(draft: Draft) -> dict[Section, tuple[object, ...] | None]:
    """The sections of a draft by name; None for one that was not written."""
    return {
        "verdict": draft.verdict,
        "picks": draft.picks,
        "trade_offs": draft.trade_offs,
        "reviews": draft.reviews,
    }


def edit(draft: Draft, newer: Draft) -> Draft:
    """The draft with the sections that were written again in place of the old ones."""
    written = by_section(newer)
    replaced: dict[str, object] = {name: section for name, section in written.items() if section is not None}
    kept = tuple(f for f in draft.findings if f.section is not None and f.section not in replaced)
    return draft.model_copy(update={**replaced, "findings": kept + newer.findings})


def render_draft(draft: Draft) -> str:
    """A draft as a policy writes it; reading it again gives the same draft without its findings."""
    sections = []
    if draft.verdict is not None:
        sections.append("\n".join(["## Verdict", *map(sentence_text, draft.verdict)]))
    if draft.picks is not None:
        picks = [f"- {p.role}: [{p.tag}] {_prose_text(p.reason)}".rstrip() for p in draft.picks]
        sections.append("\n".join(["## Picks", *(picks or ["- none"])]))
    if draft.trade_offs is not None:
        sections.append("\n".join(["## Trade-offs", *(f"- {_prose_text(p)}" for p in draft.trade_offs)]))
    if draft.reviews is not None:
        remarks = [f"- [{r.tag}] {r.polarity}: {_prose_text(r.prose)}".rstrip() for r in draft.reviews]
        sections.append("\n".join(["## Reviews", *(remarks or ["- none"])]))
    return "\n".join(sections) + "\n"


def _prose_text(prose: Prose) -> str:
    return " ".join(map(sentence_text, prose))


def parse_prose(text: str) -> Prose:
    """Split prose into sentences and each into spans; the one place where references are read."""
    sentences: list[str] = []
    for piece in _split_sentences(text):
        if sentences and (_ONLY_CITATIONS.fullmatch(piece) or _ABBREVIATION.search(sentences[-1])):
            sentences[-1] += f" {piece}"
        else:
            sentences.append(piece)
    return tuple(tuple(_spans(s)) for s in sentences[:MOST_ITEMS])


def _split_sentences(text: str) -> list[str]:
    pieces, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        pieces.append(text[start : end.end()])
        start = end.end()
    return [p.strip() for p in (*pieces, text[start:]) if p.strip()]


def _spans(sentence: str) -> Iterator[Span]:
    start = 0
    for found in _REFERENCE.finditer(sentence):
        yield from _text(sentence[start : found.start()])
        start = found.end()
        if found["product"]:
            name = found["field"]
            yield FieldReference(tag=found["product"], name=name if _NEED.fullmatch(name) else name.lower())
        elif found["need"]:
            yield NeedReference(tag=found["need"])
        elif found["source"]:
            yield QuoteReference(tag=found["source"], number=int(found["number"]))
        else:
            yield from (Citation(tag=tag) for tag in re.findall(r"[PRW]\d+", found["tags"]))
    yield from _text(sentence[start:])


def _text(text: str) -> Iterator[Span]:
    shown = text.replace("**", "").replace("__", "").replace("`", "")
    if shown:
        yield Text(text=shown)


def sentence_text(sentence: Sentence) -> str:
    """A sentence as the policy wrote it."""
    return "".join(_written(span) for span in sentence)


def _written(span: Span) -> str:
    match span:
        case Text():
            return span.text
        case FieldReference():
            return f"{{{{{span.tag}.{span.name}}}}}"
        case QuoteReference():
            return f"{{{{{span.tag}.s{span.number}}}}}"
        case NeedReference():
            return f"{{{{{span.tag}}}}}"
        case Citation():
            return f"[{span.tag}]"


def _heading(line: str) -> str | None:
    found = _HEADING.fullmatch(line.rstrip())
    if found is None:
        return None
    if found["marked"]:
        return found["marked"].strip("*_: ")
    name = (found["bold"] or found["bare"] or "").strip("*_: ")
    return name if len(name.split()) <= 3 and _section(name) else None


def _section(heading: str) -> Section | None:
    words = re.findall(r"[a-z]+(?:-[a-z]+)?", heading.casefold().replace("trade offs", "trade-offs"))
    return next((_SECTION_WORDS[w] for w in words if w in _SECTION_WORDS), None)


def _without_bullets(lines: list[str]) -> list[str]:
    return [_BULLET.sub("", line, count=1) for line in lines if not line.startswith("```")]


def _items(lines: list[str]) -> list[str]:
    """Bulleted items, each with the lines that go on with it."""
    items: list[str] = []
    for line in lines:
        bullet = _BULLET.match(line)
        if bullet or not items:
            items.append(line[bullet.end() :] if bullet else line)
        else:
            items[-1] += f" {line.strip()}"
    return [item.strip() for item in items if item.strip() and not item.startswith("```")][:MOST_ITEMS]


def _trade_offs(lines: list[str]) -> tuple[Prose, ...]:
    return tuple(parse_prose(item) for item in _items(lines))


def _picks(items: list[str], findings: list[Finding]) -> tuple[DraftPick, ...]:
    picks = []
    for item in items:
        bare = re.sub(r"\*\*|__|`", "", item)
        if re.match(r"none\b", bare, re.I):
            continue
        found = _PICK.match(bare)
        if found is None:
            hint = f"A pick is `- best: [P3] reason`, not {bare[:60]!r}."
            findings.append(_unreadable("malformed_pick", hint, "picks", "error"))
            continue
        picks.append(
            DraftPick(role=_role(found["role"]), tag=found["tag"], reason=parse_prose(found["reason"]))
        )
    return tuple(picks)


def _role(written: str) -> Role:
    """The tier that was meant; other names than ours ("runner-up") come last."""
    words = written.casefold().split()
    return next((role for role in get_args(Role) if role in words), "also")


def _remarks(items: list[str], findings: list[Finding]) -> tuple[DraftRemark, ...]:
    remarks = []
    for item in items:
        bare = re.sub(r"\*\*|__|`", "", item)
        if re.match(r"none\b", bare, re.I):
            continue
        found = _REMARK.match(bare)
        if found is None:
            hint = (
                f"A review finding is `- [P3] praise: text` or `- [P3] complaint: text`, not {bare[:60]!r}."
            )
            findings.append(_unreadable("malformed_review", hint, "reviews", "error"))
            continue
        polarity: Polarity = "praise" if found["kind"].lower() == "praise" else "complaint"
        remarks.append(DraftRemark(tag=found["tag"], polarity=polarity, prose=parse_prose(found["text"])))
    return tuple(remarks)


def _unreadable(
    code: str, hint: str, section: Section | None = None, severity: Literal["error", "warning"] = "warning"
) -> Finding:
    return Finding(code=code, severity=severity, hint=hint, section=section)
