"""Writes a question around needs: the frames of a family, filled from the card and laid out as it lays out.

What is said is decided by the needs alone; the seed decides only how. `said` checks what came out.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random

from agent.plan import PlanNeed
from agent.reading.tokens import singular
from distill.phrasing.amounts import amount, money
from distill.phrasing.bank import Family, Frames, bank, families, follow_ups
from distill.phrasing.finish import finished
from distill.phrasing.kinds import Figure, Spoken, spoken
from distill.phrasing.nouns import Noun, article, noun
from distill.seats.roles import Brief
from index.card import CategoryCard

ANSWERS = "plain"
"""The family whose parts serve as answers."""
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_ARTICLE = re.compile(r"\b[Aa] (?=(\{\w+\}))")
_LINKS = re.compile(r"^(?:And|Oh,? and|Oh|Right|Also),? (?=\w)")
_NUMBERED = (
    *(("{they}", "it", "they"), ("{They}", "It", "They"), ("{them}", "it", "them")),
    *(("{is}", "is", "are"), ("{Is}", "Is", "Are"), ("{has}", "has", "have")),
    *(("{does}", "does", "do"), ("{s}", "s", "")),
)
"""Slots that follow the number of the thing asked for: of one, and of several."""
_FRONT = ("price_low", "adjective", "amount_exact", "value", "is", "brand")
"""Kinds of which one word says it all, in the order in which they stand before the noun."""


class _Words:
    """One question being written: its family, its noun, and the frames that it has used up."""

    def __init__(self, family: Family, thing: Noun, rng: Random) -> None:
        self.family, self.thing, self.rng = family, thing, rng
        self._used: set[str] = set()

    def part(self, said: Spoken) -> str:
        """A need after the noun of a phrase."""
        return self.filled(self._frame(said, self.family.parts, bank().parts), said)

    def bit(self, said: Spoken) -> str:
        """A need as a fragment of its own, softened where it may give way."""
        if not said.hard:
            return self._softened(said)
        own = self.family.parts if self.family.layout in ("list", "tags") else {}
        return self.filled(self._frame(said, own, bank().bits), said)

    def sentence(self, said: Spoken) -> str:
        """A need as a sentence, softened where it may give way."""
        if not said.hard:
            return self._softened(said)
        return _capital(self.filled(self._frame(said, self.family.says, bank().says), said))

    def _softened(self, said: Spoken) -> str:
        bit = self.filled(self._frame(said, {}, bank().bits), said)
        frame = self._plain(self.pick(self.family.soft))
        return _put(frame, _either_case({"part": bit}))

    def opening(self, **slots: str) -> str:
        """An opening with its slots filled."""
        return _put(self._plain(self.pick(self._openings(slots))), _either_case(slots))

    def pick(self, frames: Sequence[str]) -> str:
        """One of the frames, of those not used yet as long as there are any."""
        fresh = [f for f in frames if f not in self._used] or list(frames)
        chosen = self.rng.choice(fresh)
        self._used.add(chosen)
        return chosen

    def front(self, said: Spoken) -> str:
        """The word or two that stand before the noun; empty where there are none."""
        if said.kind not in _FRONT or said.named or not said.hard:
            return ""
        if said.kind == "amount_exact":
            return self._figure(said.figures[0], self.rng) if not said.figures[0].counted else ""
        return "cheap" if said.kind == "price_low" else said.words[0]

    def _openings(self, slots: dict[str, str]) -> Sequence[str]:
        """Openings that hold what must be held: the needs in `thing` or `parts`, where they are given."""
        held = [s for s in ("thing", "parts") if s in slots]
        fitting = [o for o in self.family.openings if any(f"{{{s}" in o.casefold() for s in held) or not held]
        if self.thing.plural and not held:
            # "An old headphones" is what an opening for one would make of it.
            fitting = [o for o in fitting if "{noun}" not in o]
        return fitting or self.family.openings

    def _frame(self, said: Spoken, own: Frames, common: Frames) -> str:
        """A frame of the family, or of those that all share once its own are used up."""
        counted = bool(said.figures) and bool(said.figures[0].counted)
        some = [
            [
                f
                for f in frames.get(said.kind, ())
                if ("{n}" in f) >= said.named and not ("{n}" in f and counted)
            ]
            for frames in (own, common)
        ]
        fresh = [[f for f in frames if f not in self._used] for frames in some]
        return self.pick(next(filter(None, (*fresh, *some)), list(common[said.kind])))

    def filled(self, frame: str, said: Spoken) -> str:
        """A frame with the need's words in its slots."""
        text = self._plain(frame)
        style = self.rng.random()
        figures = [self._figure(f, Random(style)) for f in said.figures]
        slots = {
            "{n}": said.name,
            "{v}": figures[0] if figures else "",
            "{v2}": figures[-1] if figures else "",
        }
        slots |= {"{w}": said.words[0] if said.words else "", "{w2}": said.words[-1] if said.words else ""}
        return _put(text, slots)

    def _figure(self, figure: Figure, rng: Random) -> str:
        """A figure in one of the family's styles; both ends of a range are given the same."""
        if figure.currency:
            return money(figure.number, figure.currency, rng.choice(self.family.money), rng)
        text = amount(figure.number, figure.unit, rng.choice(self.family.amounts), rng)
        counted = singular(figure.counted) if figure.number == 1 else figure.counted
        return f"{text} {counted}".strip()

    def _plain(self, frame: str) -> str:
        text = _CHOICE.sub(lambda found: self.rng.choice(found[1].split("|")), frame)
        many = self.thing.plural
        for slot, one, several in _NUMBERED:
            text = text.replace(slot, several if many else one)
        names = {"noun": self.thing.text, "nouns": self.thing.many, "a_noun": self.thing.with_article}
        return _put(text, _either_case(names))


def write_question(brief: Brief, card: CategoryCard, rng: Random) -> str:
    """The question of a brief: every volunteered need is in it and no other."""
    family = families()[brief.family]
    words = _Words(family, noun(brief.noun), rng)
    volunteered = [t.need for t in brief.needs if t.reveal == "volunteered"]
    said = [spoken(group, card, rng) for group in grouped(volunteered)]
    match family.layout:
        case "phrase":
            text = _phrase(words, said)
        case "say":
            text = _sentences(words, said)
        case "list":
            text = _list(words, said)
        case "tags":
            text = _tags(words, said)
    closing = words.pick(family.closings)
    between = "\n" if family.layout == "list" else " "
    return finished(f"{text}{between}{closing}".strip(), family, rng)


def need_words(needs: Sequence[PlanNeed], card: CategoryCard, rng: Random) -> str:
    """A need, or the two ends of a range, as an answer: "under 40 euros"."""
    words = _Words(families()[ANSWERS], noun(card.path[-1].casefold()), rng)
    return words.bit(spoken(needs, card, rng)._replace(hard=True))


def follow_up_words(kind: str, need: PlanNeed, card: CategoryCard, family: str, rng: Random) -> str:
    """A follow-up that says a need anew; `kind` is one of `follow_ups.toml`."""
    words = _Words(families()[family], noun(card.path[-1].casefold()), rng)
    said = spoken([need], card, rng)
    frames = [f for f in follow_ups()[kind] if not said.named or "{n}" in f] or follow_ups()[kind]
    name = said.name or need.on
    return finished(words.filled(words.pick(frames), said._replace(name=name)), words.family, rng)


def grouped(needs: Sequence[PlanNeed]) -> list[list[PlanNeed]]:
    """Needs one by one, the two ends of a range together."""
    groups: list[list[PlanNeed]] = []
    for need in needs:
        before = groups[-1] if groups else []
        ends = len(before) == 1 and before[0].on == need.on
        if ends and before[0].op in (">", ">=") and need.op in ("<", "<="):
            before.append(need)
        else:
            groups.append([need])
    return groups


def _phrase(words: _Words, said: Sequence[Spoken]) -> str:
    """ "I need a quiet 1.7 l kettle under 40 euros. Ideally in black." """
    fronts, rest = _fronts(words, said)
    inline = [s for s in rest if s.hard and s.kind != "other"][: words.family.inline]
    parts = [words.part(s) for s in inline]
    thing = Noun(" ".join([*fronts, words.thing.text]), words.thing.plural).with_article
    text = words.opening(thing=thing + (words.family.lead if parts else "") + _joined(words, parts))
    return " ".join([text, *(words.sentence(s) for s in rest if s not in inline)])


def _sentences(words: _Words, said: Sequence[Spoken]) -> str:
    text = words.opening()
    for at, each in enumerate(said):
        glue, sentence = words.pick(words.family.glue) if at else " ", words.sentence(each)
        joins = glue.strip() and not glue.strip().endswith((".", ":", "?"))
        text += glue + (_uncapital(_capital(_LINKS.sub("", sentence))) if joins else sentence)
    return text


def _list(words: _Words, said: Sequence[Spoken]) -> str:
    bullet = words.rng.choice(words.family.bullets)
    lines = [words.bit(s) for s in said]
    numbered = [bullet.replace("1", str(at), 1) + line for at, line in enumerate(lines, start=1)]
    return "\n".join([words.opening(), *numbered])


def _tags(words: _Words, said: Sequence[Spoken]) -> str:
    parts = [words.bit(s) for s in said]
    parts = [_capital(p) for p in parts] if words.family.capital else parts
    return words.opening(parts=words.rng.choice(words.family.glue).join(parts))


def _fronts(words: _Words, said: Sequence[Spoken]) -> tuple[list[str], list[Spoken]]:
    """Words before the noun, of different kinds, and the needs that they do not say."""
    fronts: dict[str, str] = {}
    rest: list[Spoken] = []
    for each in said:
        front = words.front(each) if len(fronts) < words.family.fronts and each.kind not in fronts else ""
        if front and words.rng.random() < 0.7:
            fronts[each.kind] = front
        else:
            rest.append(each)
    return [fronts[kind] for kind in _FRONT if kind in fronts], rest


def _joined(words: _Words, parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    glue, last = words.rng.choice(words.family.glue), words.rng.choice(words.family.last)
    return glue.join(parts[:-1]) + last + parts[-1]


def _either_case(slots: Mapping[str, str]) -> dict[str, str]:
    """Slots by their name, and with a capital by their capitalized name."""
    small = {f"{{{name}}}": value for name, value in slots.items()}
    return small | {f"{{{name.capitalize()}}}": _capital(value) for name, value in slots.items()}


def _put(text: str, slots: Mapping[str, str]) -> str:
    """A text with its slots filled, "a" before one made "an" where it should be."""

    def fitting(found: re.Match[str]) -> str:
        following = slots.get(found[1], "")
        return f"{found[0][0]}n " if article(following) == "an" else found[0]

    text = _ARTICLE.sub(fitting, text)
    for slot, value in slots.items():
        text = text.replace(slot, value)
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _uncapital(text: str) -> str:
    first = text.split(maxsplit=1)[0] if text.split() else ""
    keeps = first == "I" or first.startswith("I'") or any(c.isupper() for c in first[1:])
    return text if keeps else text[:1].lower() + text[1:]
