"""References by the tag of a need: `{{N2}}` is the name of its attribute, `{{P3.N2}}` that field.

So an author names what was asked by two letters, and never has to spell an attribute.
"""

from collections.abc import Mapping, Sequence

from agent.ledger import Need
from agent.report.draft import Draft, FieldReference, NeedReference, Prose, Sentence, Span, Text


def spelled_out(draft: Draft, needs: Sequence[Need]) -> Draft:
    """The draft with attributes in place of needs; the tag of a need that asks for none is left as it is."""
    named = {need.tag: need.attribute for need in needs if need.attribute != "other"}

    def prose(written: Prose) -> Prose:
        return tuple(_sentence(sentence, named) for sentence in written)

    return draft.model_copy(
        update={
            "verdict": None if draft.verdict is None else prose(draft.verdict),
            "picks": draft.picks
            and tuple(p.model_copy(update={"reason": prose(p.reason)}) for p in draft.picks),
            "trade_offs": draft.trade_offs and tuple(map(prose, draft.trade_offs)),
            "reviews": draft.reviews
            and tuple(r.model_copy(update={"prose": prose(r.prose)}) for r in draft.reviews),
        }
    )


def _sentence(sentence: Sentence, named: Mapping[str, str]) -> Sentence:
    return tuple(_span(span, named, first=at == 0) for at, span in enumerate(sentence))


def _span(span: Span, named: Mapping[str, str], *, first: bool) -> Span:
    if isinstance(span, FieldReference):
        return span.model_copy(update={"name": named.get(span.name, span.name)})
    if isinstance(span, NeedReference) and span.tag in named:
        name = named[span.tag].replace("_", " ")
        return Text(text=name[0].upper() + name[1:] if first else name)
    return span
