"""One voice from the log of several: what is folded in, what is cut, what may stand and what may not."""

from pathlib import Path
from typing import get_args

import pytest

from agent.trajectory import Feedback, Step, executed
from distill.internalizing.internalize import Internalized, internalize, internalize_all, read_internalized
from distill.internalizing.reflection_checks import LONGEST_THOUGHT
from distill.internalizing.rewriting import RulesRewriter, call_in_words, rewriting, to_oneself, trace_pattern
from distill.internalizing.variants import VariantName
from distill.seats.roles import Correction, SeatError
from index.search import Index
from tests.distill.recorded import BUDGET, at_call, at_report, kept, send_back, with_entries

GONE = "teacher"
VARIANTS: tuple[VariantName, ...] = get_args(VariantName)


class Scribe:
    """A rewriter who writes what it is told to, whatever the correction."""

    name = "scribe"

    def __init__(self, text: str) -> None:
        self._text = text

    def reflect(self, correction: Correction) -> str:
        """The text, with what the correction holds in its places."""
        if self._text == GONE:
            raise SeatError("timeout", "The teacher did not answer.")
        return self._text.format(**correction.model_dump())


def by_rules(shop: Index) -> Internalized:
    """The corrected dialogue, internalized by rules."""
    return internalize(kept(shop), RulesRewriter(), 0)[0]


def thoughts(done: Internalized) -> list[str]:
    """The thoughts of the internalized variant."""
    entries = done.variant("internalized").trajectory.entries
    return [e.thought for e in entries if isinstance(e, Step)]


def test_calls_and_observations_are_the_same_in_all_variants(shop: Index) -> None:
    done = by_rules(shop)
    carried_out = list(executed(done.kept.dialogue.trajectory.entries))
    assert len(carried_out) > 8
    for name in VARIANTS:
        assert list(executed(done.variant(name).trajectory.entries)) == carried_out


def test_the_internalized_variant_holds_no_feedback_and_no_rejected_step(shop: Index) -> None:
    done = by_rules(shop)
    entries = done.variant("internalized").trajectory.entries
    assert not any(isinstance(e, Feedback) for e in entries)
    assert sum(isinstance(e, Step) for e in entries) == done.kept.dialogue.steps - 3


def test_every_correction_is_a_thought_with_its_cause_at_the_step_that_stood(shop: Index) -> None:
    plan, visit, report = by_rules(shop).reflections.values()
    assert "price <= 60 EUR" in plan
    assert plan.endswith("So the plan is this. C1 is the kind of thing.")
    assert "P77" in visit
    assert visit.endswith("Open P1.")
    assert "cites nothing" in report


def test_the_clean_variant_thinks_as_if_nothing_had_been_wrong(shop: Index) -> None:
    done = by_rules(shop)
    clean = [e for e in done.variant("clean").trajectory.entries if isinstance(e, Step)]
    assert clean[0].thought.startswith("C1 is the kind of thing.")
    assert "P77" not in " ".join(e.thought for e in clean)


def test_the_raw_variant_is_the_log_and_says_what_was_sent_back(shop: Index) -> None:
    done = by_rules(shop)
    raw = done.variant("raw")
    assert raw.trajectory == done.kept.dialogue.trajectory
    assert len(raw.sent_back) == 3
    assert all(isinstance(raw.trajectory.entries[at + 1], Feedback) for at in raw.sent_back)


def test_the_final_report_stands_whole_where_only_a_section_was_written_again(shop: Index) -> None:
    before = kept(shop)
    at = at_report(before.dialogue)
    whole = before.dialogue.trajectory.entries[at]
    assert isinstance(whole, Step)
    section = whole.model_copy(update={"report": "## Verdict\nIt is [P1].\n"})
    entries = [*before.dialogue.trajectory.entries[:at], section]
    edited = before.model_copy(update={"dialogue": with_entries(before.dialogue, *entries)})
    done, _ = internalize(edited, RulesRewriter(), 0)
    for name in ("internalized", "clean"):
        last = done.variant(name).trajectory.entries[-1]
        assert isinstance(last, Step)
        assert last.report == before.dialogue.final


def test_several_corrections_of_one_step_are_told_in_order_within_the_budget_of_a_thought(
    shop: Index,
) -> None:
    before = kept(shop)
    said = before.dialogue
    at = at_call(said, "plan")
    wrong = said.trajectory.entries[at]
    assert isinstance(wrong, Step)
    again = send_back(said, at, wrong, "contradiction", "Nothing can be 12 and 30. " * 20)
    done, causes = internalize(before.model_copy(update={"dialogue": again}), RulesRewriter(), 0)
    first = next(iter(done.reflections.values()))
    assert causes == []
    assert first.index("12 and 30") < first.index("price <= 60")
    assert len(first) <= LONGEST_THOUGHT


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (GONE, "timeout"),
        ("", "empty"),
        ("{cause} " * 100, "endless"),
        ("The supervisor found it: {cause} {thought}", "trace"),
        ("All is well. {thought}", "cause"),
        ("{cause} There are 4711 others. {thought}", "untrue"),
        ("{cause} P4711 would do. {thought}", "untrue"),
    ],
)
def test_a_rewriting_that_may_not_stand_gives_way_to_the_rules(shop: Index, text: str, cause: str) -> None:
    done, causes = internalize(kept(shop), Scribe(text), 0)
    assert set(causes) == {cause}
    told = thoughts(done)
    assert not any(trace_pattern().search(t) for t in told)
    assert any("price <= 60 EUR" in t for t in told)


def test_a_rewriting_that_keeps_the_cause_and_the_facts_stands(shop: Index) -> None:
    done, causes = internalize(kept(shop), Scribe("I nearly slipped: {cause} {thought}"), 0)
    assert causes == []
    assert all(t.startswith("I nearly slipped") for t in done.reflections.values())


def test_a_thought_that_speaks_of_somebody_else_loses_that_sentence(shop: Index) -> None:
    before = kept(shop)
    at = at_call(before.dialogue, "compare_products")
    entries = list(before.dialogue.trajectory.entries)
    told = entries[at].model_copy(update={"thought": "The supervisor wants a table. Compare P1 and P2."})
    said = with_entries(before.dialogue, *entries[:at], told, *entries[at + 1 :])
    done, _ = internalize(before.model_copy(update={"dialogue": said}), RulesRewriter(), 0)
    assert done.cleansed == {at: "Compare P1 and P2."}
    for name in ("internalized", "clean"):
        steps = [e.thought for e in done.variant(name).trajectory.entries if isinstance(e, Step)]
        assert "Compare P1 and P2." in steps


def test_a_poor_report_is_masked_in_every_variant(shop: Index) -> None:
    done, _ = internalize(kept(shop, mask_report=True), RulesRewriter(), 0)
    for name in VARIANTS:
        variant = done.variant(name)
        masked = [variant.trajectory.entries[at] for at in variant.masked]
        assert masked
        assert all(isinstance(e, Step) and e.report is not None for e in masked)


def test_the_same_seed_gives_the_same_bytes_and_another_other_words(shop: Index, tmp_path: Path) -> None:
    several = [kept(shop, n) for n in range(3)]
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        internalize_all(several, RulesRewriter(seed), seed, tmp_path / name)
    one, same, other = ((tmp_path / n / "internalized.jsonl").read_bytes() for n in "abc")
    assert one == same
    assert one != other


def test_what_was_rewritten_is_counted_and_read_again(shop: Index, tmp_path: Path) -> None:
    told = internalize_all([kept(shop)], Scribe(GONE), 0, tmp_path)
    assert (told.dialogues, told.corrections, told.reflections, told.rewritten) == (1, 3, 3, 0)
    assert told.replaced == {"timeout": 3}
    (again,) = read_internalized(tmp_path)
    assert len(again.reflections) == 3


def test_the_rules_vary_their_words() -> None:
    correction = Correction(state="plan", question="", wrong="", cause=BUDGET, mended="", thought="")
    told = {RulesRewriter(seed).reflect(correction) for seed in range(40)}
    assert len(told) > 15


@pytest.mark.parametrize("state", ["plan", "call", "report"])
def test_no_phrase_of_the_rules_gives_anybody_away(state: str) -> None:
    phrases = rewriting().model_dump()[state]
    assert not any(trace_pattern().search(p) for p in (*phrases["reflections"], *phrases["turns"]))


def test_what_was_said_to_the_researcher_is_said_to_oneself() -> None:
    assert to_oneself("visit_product: P7 was never shown.") == "P7 was never shown."
    assert to_oneself("compare before you decide") == "Compare before I decide."
    assert to_oneself("The supervisor is cross. P7 is unknown.") == "P7 is unknown."


def test_a_call_is_named_in_a_few_words() -> None:
    wrong = '{"name": "compare_products", "arguments": {"ids": ["P1", "P2"]}}'
    assert call_in_words(wrong) == "compare P1, P2"
    assert call_in_words('{"name": "product_search", "arguments": {}}') == 'search for "…" like that'
    assert call_in_words("no call at all") == "no call at all"
