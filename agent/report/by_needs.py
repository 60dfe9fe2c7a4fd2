"""References by the tag of a need: `{{N2}}` is the name of its attribute, `{{P3.N2}}` that field.

So an author names what was asked by two letters, and never has to spell an attribute.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from agent.ledger import Need
from agent.report.draft import (
    Draft,
    FieldReference,
    NeedReference,
    Prose,
    Sentence,
    Span,
    Text,
    parse_prose,
    sentence_text,
)
from index.conditions import Op


def spelled_out(draft: Draft, needs: Sequence[Need]) -> Draft:
    """The draft with attributes in place of needs; the tag of a need that asks for none is left as it is."""
    told = [need for need in needs if need.attribute != "other"]
    fields = {need.tag: need.attribute for need in told}
    names = {need.tag: name_of(need) for need in told}

    def spelled(sentence: Sentence) -> Sentence:
        return tuple(_span(span, fields, names, first=at == 0) for at, span in enumerate(sentence))

    return _changed(draft, lambda prose: tuple(map(spelled, prose)))


def without_titles(draft: Draft, needs: Sequence[Need]) -> Draft:
    """The draft without titles as the values of needs: no two are alike, so they tell nothing.

    A sentence that tells of nothing else goes with them; what of them is met or missed is told by code.
    """
    titled = "|".join(need.tag for need in needs if need.attribute == "title")
    if not titled:
        return draft
    value = rf"\{{\{{P\d+\.(?:{titled})\}}\}}"
    told = rf"\{{\{{(?:{titled})\}}\}} {value}(?: against {value})?"
    listed = re.compile(rf", {told}|{told}(?:, )?")
    tag = rf"\{{\{{(?:{titled})\}}\}}"
    wished = re.compile(rf"It (?:meets|misses) the wish on {tag}(?:(?:,| and) {tag})*\.?")

    def kept(sentence: Sentence) -> Sentence:
        written = sentence_text(sentence)
        return () if wished.fullmatch(written.strip()) else _cut(sentence, listed.sub("", written))

    return _changed(draft, lambda prose: tuple(filter(None, map(kept, prose))))


def _changed(draft: Draft, change: Callable[[Prose], Prose]) -> Draft:
    """The draft with every prose changed."""
    return draft.model_copy(
        update={
            "verdict": None if draft.verdict is None else change(draft.verdict),
            "picks": draft.picks
            and tuple(p.model_copy(update={"reason": change(p.reason)}) for p in draft.picks),
            "trade_offs": draft.trade_offs and tuple(map(change, draft.trade_offs)),
            "reviews": draft.reviews
            and tuple(r.model_copy(update={"prose": change(r.prose)}) for r in draft.reviews),
        }
    )


def _span(span: Span, fields: Mapping[str, str], names: Mapping[str, str], *, first: bool) -> Span:
    if isinstance(span, FieldReference):
        return span.model_copy(update={"name": fields.get(span.name, span.name)})
    if isinstance(span, NeedReference) and span.tag in names:
        name = names[span.tag]
        return Text(text=name[0].upper() + name[1:] if first else name)
    return span


def name_of(need: Need) -> str:
    """What a need asks for, as a sentence names it."""
    if need.attribute == "title" and need.condition is not None:
        how = "without" if need.condition.op is Op.IS_NOT else "with"
        return f"a title {how} “{'” or “'.join(need.condition.words)}”"
    return need.attribute.replace("_", " ")


def _cut(sentence: Sentence, left: str) -> Sentence:
    """The sentence as what is left of it; empty where that holds no reference to a field or need."""
    if left == sentence_text(sentence):
        return sentence
    (kept,) = parse_prose(left) or ((),)
    return kept if any(isinstance(span, FieldReference | NeedReference) for span in kept) else ()
