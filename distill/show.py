"""`distill show`: a dialogue in order, with who said what; text only, whoever draws it adds the colours."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from agent.trajectory import Compaction, Entry, Feedback, Move, Observation, Question, Step
from agent.wire import call_json
from distill.dialogue import Dialogue, Ruling
from distill.standing import followed, is_sent_back
from distill.task import Task
from index.text.sanitize import plain_lines

Speaker = Literal["task", "person", "researcher", "tool", "supervisor", "loop"]

INDENT = "    "


class Said(NamedTuple):
    """One turn of the dialogue."""

    who: Speaker
    what: str
    """Kind of turn: question, thought, call, report, observation, approved, sent back …"""
    text: str
    rejected: bool = False
    """Whether it belongs to a step that was sent back."""
    fault: str = ""
    """Label of the fault that was planted in it."""


def show(task: Task, dialogue: Dialogue, faults: Mapping[int, str] | None = None) -> Iterator[Said]:
    """The turns of a dialogue; `faults` names planted faults by the entry that they are in."""
    yield Said("task", "task", _about(task, dialogue))
    for at, (entry, after) in enumerate(followed(dialogue.trajectory.entries)):
        rejected = dialogue.rejected(at) or is_sent_back(entry, after)
        label = (faults or {}).get(at, "")
        turns = [] if isinstance(entry, Feedback) and dialogue.ruling(at - 1) else _turns(entry)
        for said in turns:
            yield said._replace(text=plain_lines(said.text), rejected=rejected, fault=label)
        ruling = dialogue.ruling(at)
        if ruling is not None:
            yield Said("supervisor", _word(ruling), plain_lines(_reasons(ruling)), rejected)
    yield Said("loop", "end", _end(dialogue))


def lines(turns: Iterator[Said]) -> Iterator[str]:
    """The turns as plain lines: who and what, then the text set in."""
    for said in turns:
        marks = [word for word in ("sent back" if said.rejected else "", said.fault) if word]
        marked = f" ({'; '.join(marks)})" if marks else ""
        yield f"{said.who} · {said.what}{marked}"
        yield from (f"{INDENT}{line}" for line in said.text.splitlines())


def _about(task: Task, dialogue: Dialogue) -> str:
    needs = [f"{n.need.on} {n.need.op} {n.need.value}".rstrip() + f" ({n.reveal})" for n in task.needs]
    seats = dialogue.seats
    return plain_lines(
        f"{task.id} in {task.world}, {' > '.join(task.category)}, {task.split}, {task.family}\n"
        f"truly needs: {'; '.join(needs) or 'nothing in particular'}\n"
        f"satisfied by {task.fitting}; seats: user {seats.user}, research {seats.research}, "
        f"supervisor {seats.supervisor}"
    )


def _turns(entry: Entry) -> Iterator[Said]:
    match entry:
        case Question():
            yield Said("person", "question", entry.text)
            if entry.card:
                yield Said("loop", "card", entry.card)
        case Step():
            if entry.thought:
                yield Said("researcher", "thought", entry.thought)
            if entry.call is not None:
                yield Said("researcher", "call", call_json(entry.call).replace("\\u003c", "<"))
            else:
                yield Said("researcher", "report", entry.report or "")
        case Observation():
            what = "error" if entry.error else "observation"
            yield Said("person", "answer", entry.answer) if entry.answer else Said("tool", what, entry.text)
        case Feedback():
            yield Said("loop", "feedback", entry.text)
        case Move():
            yield Said("person", entry.move.replace("_", " "), entry.text)
        case Compaction():
            yield Said("loop", "compaction", entry.text)


def _word(ruling: Ruling) -> str:
    word = "approves" if ruling.approved else "sends back"
    return f"{word} the {ruling.state}, round {ruling.round}"


def _reasons(ruling: Ruling) -> str:
    found = [f"{f.code} ({f.severity}): {f.hint}" for f in ruling.findings]
    judged = [f"{v.criterion}: {v.choice}. {v.reason}" for v in ruling.verdicts]
    return "\n".join(found + judged)


def _end(dialogue: Dialogue) -> str:
    cause = f": {dialogue.cause}" if dialogue.cause else ""
    picked = ", ".join(dialogue.picks) or "nothing"
    last = dialogue.trajectory.entries[-1] if dialogue.trajectory.entries else None
    mended = "" if isinstance(last, Step) and last.report == dialogue.final else dialogue.final
    return plain_lines(f"{dialogue.stop}{cause}\n{dialogue.steps} steps; picked {picked}\n{mended}")
