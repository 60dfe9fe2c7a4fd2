"""Checks of a call that is no plan: possible now, well formed, and not what was asked already."""

import re
from collections.abc import Iterator, Mapping

from agent.desk import Desk
from agent.ledger import SeenProduct, UnknownTagError
from agent.report.draft import Finding
from agent.tools import AskArguments, CallError, PageSearchArguments, SearchArguments, read_call
from agent.trajectory import ToolCall, Trajectory
from index.cards.word_forms import stem
from index.conditions import in_words, spaced
from index.product import Record
from index.retrieval.fulltext import words_of


def check_call(call: ToolCall, trajectory: Trajectory, desk: Desk) -> list[Finding]:
    """What is wrong with a call, worst first."""
    try:
        arguments = read_call(call, desk)
    except CallError as error:
        return [_error("bad_call", f"{call.name}: {error}.")]
    except UnknownTagError as error:
        return [_error("unknown_tag", f"{call.name}: {error} was never shown.")]
    return [*_repeats(call, arguments, trajectory, desk), *_aimless(arguments, trajectory, desk)]


def _repeats(call: ToolCall, arguments: Record, trajectory: Trajectory, desk: Desk) -> Iterator[Finding]:
    """The same call, or the same search in other words, since the person last spoke or changed something."""
    hint = "write the report" if desk.may_report() else "do something else"
    for earlier, _ in reversed(trajectory.standing_calls):
        if earlier == call:
            yield _error(
                "repeated_call", f"{call.name} was called just so before; use what it showed, or {hint}."
            )
            return
        if isinstance(arguments, SearchArguments) and _same_search(call, earlier):
            yield _error(
                "repeated_search", f"The same was searched before in other words; look elsewhere, or {hint}."
            )
            return


def _same_search(call: ToolCall, earlier: ToolCall) -> bool:
    if earlier.name != call.name:
        return False
    one, two = dict(call.arguments), dict(earlier.arguments)
    words, before = _stems(str(one.pop("query", ""))), _stems(str(two.pop("query", "")))
    return words == before and _plain(one) == _plain(two)


def _plain(arguments: Mapping[str, object]) -> dict[str, object]:
    """Arguments without what says nothing: the first page, the ordinary order, the order of needs."""
    needs = arguments.get("needs")
    ordered = sorted(map(str, needs)) if isinstance(needs, list | tuple) else needs
    said = {**arguments, "needs": ordered}
    ordinary = {"page": 1, "sort": "relevance", "category": "", "needs": None}
    return {key: value for key, value in said.items() if ordinary.get(key, "") != value}


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words_of(text))


def _aimless(arguments: Record, trajectory: Trajectory, desk: Desk) -> Iterator[Finding]:
    """A search of which no word was ever said or seen here, and a question without words."""
    match arguments:
        case SearchArguments(query=query) if query.strip() and not _known(query, trajectory, desk):
            yield _error("off_topic", f"Nothing that was asked or seen speaks of {query[:60]!r}.")
        case PageSearchArguments(query=query) if query.strip() and not _sensible(query):
            yield _error("off_topic", f"No page can speak of {query[:60]!r}.")
        case AskArguments(question=question) if not _sensible(question):
            yield _error("unclear_question", "Ask the person in words that can be answered.")
        case AskArguments(options=options) if len(set(map(spaced, options))) < len(options):
            yield _error("unclear_question", "Name each option once.")


def _known(query: str, trajectory: Trajectory, desk: Desk) -> bool:
    words = _stems(query)
    if len(words) > 1 and not _sensible(query):
        return False
    texts = [trajectory.said, *(t for card in desk.cards for t in (*card.path, *card.also))]
    texts += [in_words(a.name) for card in desk.cards for a in card.attributes]
    texts += [s.record.title for s in desk.evidence if isinstance(s, SeenProduct)]
    return any(not words.isdisjoint(_stems(text)) for text in texts)


_ODD = (
    re.compile(r"[a-z][A-Z]"),
    re.compile(r"[bcdfghjklmnpqrstvwxz]{5}", re.IGNORECASE),
    re.compile(r"^[bcdfghjklmnpqrstvwxz]+$", re.IGNORECASE),
)
"""Capitals inside, many consonants in a row, no vowel: what words of people seldom have."""
_LONGEST_WORD = 20


def _sensible(text: str) -> bool:
    """Whether most words of a text could be words: short enough, vowels in them, capitals in front."""
    words = re.findall(r"[^\W\d_]+", text)
    odd = sum(len(w) > _LONGEST_WORD or any(p.search(w) for p in _ODD) for w in words)
    return 2 * odd < len(words)


def _error(code: str, hint: str) -> Finding:
    return Finding(code=code, severity="error", hint=hint)
