"""What carries a session over when its context is written anew: question, needs and evidence in short.

The evidence ledger keeps everything, so nothing is lost by it; the model can open what it wants to see again.
"""

from agent import observe
from agent.card_text import reading_line
from agent.desk import Desk
from agent.shortlist import NAMED, worth_opening_lines
from agent.trajectory import Compaction, Done, Observation, Question, Trajectory

SEARCHES_KEPT = 6
PRODUCTS_KEPT = NAMED
REVIEWS_KEPT = 6


def compact(trajectory: Trajectory, desk: Desk) -> Compaction:
    """The text that stands for everything before it."""
    questions = [e.text for e in trajectory.entries if isinstance(e, Question)]
    lines = [observe.shorten(q, 600) for q in questions[-3:]]
    if desk.category is not None:
        lines.append(f"Category {desk.category.tag} {' > '.join(desk.category.path)}")
    lines += [f"{n.tag} {'hard' if n.hard else 'soft'}: {n.bound}" for n in desk.needs]
    if not desk.settled and desk.reading.needs:
        lines.append(reading_line(desk.reading))
    searched = [
        _search_text(done) for done in trajectory.standing_calls if done.call.name == "product_search"
    ]
    lines.append(f"Searched so far: {'; '.join(searched[-SEARCHES_KEPT:]) or 'nothing'}")
    lines += _seen_lines(desk)
    last = next((e for e in reversed(trajectory.entries) if isinstance(e, Observation)), None)
    if last is not None:
        lines.append(f"Last observation:\n{observe.shorten(last.text, 600)}")
    # The observation may be cut before it says so.
    lines += [line for line in worth_opening_lines(desk) if line not in lines[-1]]
    return Compaction(text="\n".join(lines))


def _search_text(done: Done) -> str:
    """What was searched for and how much it found, without what was shown of it."""
    words = done.call.arguments.get("query")
    found = done.observation.text.partition("; ")[0]
    return f"{words}: {found}" if words else found


def _seen_lines(desk: Desk) -> list[str]:
    best = {p.id for p in desk.ranked()[:PRODUCTS_KEPT]}
    lines = []
    for seen in desk.evidence.products():
        if seen.record.id in best:
            line = observe.product_line(seen, desk.needs, desk.fit(seen.record))
            lines.append(f"{line} | {'opened' if seen.opened else 'listed'}")
    kept = [r for r in desk.evidence.reviews() if r.record.product_id in best][-REVIEWS_KEPT:]
    return lines + [observe.review_lines(r) for r in kept]
