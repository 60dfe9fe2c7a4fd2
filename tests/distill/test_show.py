"""A dialogue told in order, and a run told in counts and plots."""

from agent.trajectory import Step
from distill.show import lines, show
from distill.stats import plots, stats, stats_rows
from index.search import Index
from tests.distill.recorded import at_call, corrected, dialogue, task, with_entries


def test_everyone_speaks_in_order(shop: Index) -> None:
    turns = list(show(task(), corrected(shop, task())))
    told = [(t.who, t.what) for t in turns[:7]]
    assert told == [
        ("task", "task"),
        ("person", "question"),
        ("loop", "card"),
        ("researcher", "thought"),
        ("researcher", "call"),
        ("supervisor", "sends back the plan, round 1"),
        ("researcher", "thought"),
    ]
    assert turns[-1].text.startswith("reported\n")


def test_what_was_sent_back_is_marked_with_its_findings(shop: Index) -> None:
    turns = list(show(task(), corrected(shop, task())))
    assert sum(t.rejected for t in turns if t.what in ("call", "report")) == 3
    reasons = [t.text for t in turns if t.who == "supervisor" and t.rejected]
    assert reasons[0] == "budget_forgotten (error): The person said price <= 60 EUR; the plan lacks it."


def test_a_planted_fault_stands_beside_its_step(shop: Index) -> None:
    said = corrected(shop, task())
    at = at_call(said, "plan")
    told = list(lines(show(task(), said, {at: "forget_budget"})))
    assert "researcher · call (sent back; forget_budget)" in told


def test_a_hidden_need_is_told_with_how_it_is_revealed(shop: Index) -> None:
    told = "\n".join(lines(show(task(), dialogue(shop, task()))))
    assert "truly needs: price < 60 EUR (volunteered)" in told


def test_no_escape_of_a_model_reaches_the_terminal(shop: Index) -> None:
    said = dialogue(shop, task())
    first, *rest = said.trajectory.entries
    step = Step(thought="\x1b[31mred\x1b[0m", report="\x9b2J")
    told = "\n".join(lines(show(task(), with_entries(said, first, step, *rest))))
    assert "\x1b" not in told
    assert "\x9b" not in told
    assert "red" in told


def test_a_run_is_told_in_counts(shop: Index) -> None:
    failed = dialogue(shop, task(2)).model_copy(update={"stop": "unapproved"})
    rows = list(stats_rows(stats([(task(1), corrected(shop, task(1))), (task(2), failed)])))
    assert ("dialogues", "", "2") in rows
    assert ("finished by", "rules", "1 (50%)") in rows
    assert ("end", "unapproved", "1 (50%)") in rows
    assert ("found", "plan: budget_forgotten", "1") in rows


def test_no_dialogues_give_no_plots() -> None:
    empty = stats([])
    assert plots(empty, 80) == ""
    assert list(stats_rows(empty)) == [("dialogues", "", "0")]


def test_plots_are_plain_text_of_the_width_asked_for(shop: Index) -> None:
    drawn = plots(stats([(task(), corrected(shop, task()))]), 70)
    assert "dialogues by steps" in drawn
    assert "findings of what was sent back" in drawn
    assert "\x1b" not in drawn
    assert max(map(len, drawn.splitlines())) <= 70
