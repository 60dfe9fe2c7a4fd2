"""Rubrics by rules: they follow the question, and code judges a report by them."""

from pathlib import Path
from random import Random

import pytest

from agent.rules import RulesPolicy
from agent.trajectory import Step
from distill.evaluate.run import Run
from distill.judging.measures import MEASURES
from distill.judging.rubric_rules import bank, decided_by_code, judge_by_code, make_rubric
from distill.rubric import DIMENSIONS, JudgeError, Rubric, dimension_scores, overall
from index.search import Index
from tests.agent.scripted import ScriptedPolicy, call
from tests.agent.shop import PATH, kettle, open_shop
from tests.distill.evaluated import CHEAP_TASK, QUIET, QUIET_TASK, run_of, true

PLAN = call("", "plan", category="C1", needs=[n.need.model_dump() for n in QUIET])
LOOKED: list[Step] = [
    PLAN,
    call("", "product_search", query="kettle"),
    *(call("", "visit_product", id=f"P{n}") for n in (1, 2, 3, 4)),
    call("", "product_reviews", id="P4"),
    call("", "product_reviews", id="P2"),
]
"""P1 is number 8 of the shop, P2 number 2, P3 number 3 and P4 number 1."""
GOOD = """## Verdict
{{P4.title}} at {{P4.price}} is the best fit [P4].
## Picks
- best: [P4] Quiet enough: noise level {{P4.noise_level}}.
- budget: [P2] Asks less and still fits: capacity {{P2.capacity}}.
- also: [P1] Asks least of all: {{P1.price}}.
## Trade-offs
- [P4] asks {{P4.price}}, [P2] asks {{P2.price}}.
- On noise level: {{P4.noise_level}} [P4] against {{P2.noise_level}} [P2].
## Reviews
- [P4] praise: noise: {{R1.s1}}
- [P4] complaint: lid: {{R1.s2}}
- [P2] praise: noise: {{R3.s1}}
- [P2] complaint: lid: {{R3.s2}}
"""


def written(report: str, shop: Index) -> Run:
    """A run that looks at two products and writes this."""
    return run_of(QUIET_TASK, shop, ScriptedPolicy([*LOOKED, Step(report=report)]))


def choices(run: Run) -> dict[str, str]:
    """The words of the verdicts by criterion."""
    assert run.report is not None
    verdicts = judge_by_code(run.task.rubric, run.report, run.desk, run.trajectory)
    return {v.criterion: v.choice for v in verdicts}


def quality(run: Run) -> float:
    """S over the criteria that code decides."""
    assert run.report is not None
    rubric = decided_by_code(run.task.rubric)
    verdicts = judge_by_code(rubric, run.report, run.desk, run.trajectory)
    return overall(rubric, dimension_scores(rubric, verdicts))


def weights(question: str, needs: int = 1) -> Rubric:
    return make_rubric(question, QUIET[:needs], PATH, Random("x"))


def test_every_measure_of_the_bank_is_known_and_every_known_measure_is_used() -> None:
    assert {c.measure for c in bank().criteria} - {""} == set(MEASURES)


def test_a_rubric_covers_the_four_dimensions_and_its_weights_add_up_to_one() -> None:
    rubric = weights("a quiet kettle of at least 1.5 liters under 60 EUR, not red", 4)
    assert {c.dimension for c in rubric.criteria} == set(DIMENSIONS)
    assert sum(rubric.weights.values()) == pytest.approx(1)
    assert {c.dimension for c in decided_by_code(rubric).criteria} == set(DIMENSIONS)


def test_the_same_seed_gives_the_same_rubric_and_another_seed_other_weights() -> None:
    one, again, other = (make_rubric("a kettle", QUIET, PATH, Random(seed)) for seed in "aab")
    assert one == again
    assert [c.weight for c in one.criteria] != [c.weight for c in other.criteria]


def test_a_question_about_reviews_raises_depth_and_the_reading_of_reviews() -> None:
    plain, asking = (
        weights("a kettle for the office that I can like for long"),
        weights("a kettle for the office, and what do owners complain about in reviews"),
    )
    by_id = {c.id: c.weight for c in asking.criteria}
    assert asking.weights["depth"] > plain.weights["depth"]
    assert by_id["reviews_read"] > 1.5 * next(c.weight for c in plain.criteria if c.id == "reviews_read")


def test_many_needs_raise_instruction_following_and_a_terse_question_readability() -> None:
    usual = weights("I am looking for a kettle that will do for the two of us at home")
    assert weights("kettle cheap").weights["readability"] > usual.weights["readability"]
    many = weights("I am looking for a kettle that will do for the two of us at home", 4)
    assert many.weights["instruction_following"] > usual.weights["instruction_following"]


def test_only_needs_that_the_question_volunteers_become_criteria() -> None:
    needs = (*QUIET, true("brand", "=", "Brissa", reveal="hidden"), true("cordless", "has", reveal="asked"))
    rubric = make_rubric("a kettle", needs, PATH, Random("x"))
    assert [c.id for c in rubric.criteria if c.measure in ("need_held", "wish_met")] == [
        "need_1",
        "need_2",
        "need_3",
        "wish_1",
    ]


def test_what_only_a_model_can_judge_is_left_out_of_the_code_rubric() -> None:
    rubric = weights("a kettle")
    left_out = {c.id for c in rubric.criteria} - {c.id for c in decided_by_code(rubric).criteria}
    assert left_out == {"perspective", "insight", "logic", "spirit", "tone"}


def test_a_good_report_gets_the_best_word_on_nearly_everything(shop: Index) -> None:
    said = choices(written(GOOD, shop))
    assert said["need_1"] == said["need_2"] == said["need_3"] == "met"
    assert (said["both_sides"], said["trade_offs"], said["outcome"]) == ("both", "yes", "yes")
    assert quality(written(GOOD, shop)) > 8


def test_what_is_left_out_of_a_report_costs_it_the_criterion_concerned(shop: Index) -> None:
    without_reviews = GOOD.partition("## Reviews")[0]
    without_trade_offs = GOOD.replace(GOOD[GOOD.index("## Trade-offs") : GOOD.index("## Reviews")], "")
    assert choices(written(without_reviews, shop))["both_sides"] == "neither"
    assert choices(written(without_trade_offs, shop))["trade_offs"] == "no"
    assert quality(written(GOOD, shop)) > quality(written(without_reviews, shop))
    assert quality(written(GOOD, shop)) > quality(written(without_trade_offs, shop))


def test_a_plan_that_lost_a_need_is_found_out_by_its_picks(shop: Index) -> None:
    needs = [n.need for n in QUIET if n.need.on not in ("price", "colour")]
    said = choices(run_of(QUIET_TASK, shop, RulesPolicy(needs)))
    assert (said["need_1"], said["need_2"], said["need_3"]) == ("missed", "met", "missed")


def test_an_honest_nothing_is_the_best_outcome_where_nothing_fits(shop: Index) -> None:
    said = choices(run_of(CHEAP_TASK, shop, RulesPolicy([n.need for n in CHEAP_TASK.needs])))
    assert (said["outcome"], said["need_1"]) == ("yes", "met")


def test_repeated_sentences_and_long_ones_read_worse(shop: Index) -> None:
    long = (
        "On noise level: " + "and this also matters to you in the kitchen " * 6 + "{{P4.noise_level}} [P4]."
    )
    twice = "- [P4] asks {{P4.price}}, [P2] asks {{P2.price}}.\n"
    repeated = written(GOOD.replace("## Reviews", twice * 3 + f"- {long}\n## Reviews"), shop)
    assert choices(repeated)["no_repeats"] != "nothing is"
    assert choices(repeated)["sentence_length"] != "all"


def few(many: Index, reason: str) -> str:
    """The word on a list of eight picks with this reason from the sixth on."""
    rest = "\n".join(f"- also: [P{n}] {reason}" for n in range(6, 9))
    first = "\n".join(
        f"- {'also' if n > 1 else 'best'}: [P{n}] It is {{{{P{n}.colour}}}}." for n in range(1, 6)
    )
    looked = [
        PLAN,
        call("", "product_search", query="kettle"),
        *(call("", "visit_product", id=f"P{n}") for n in range(1, 9)),
    ]
    steps = [*looked, Step(report=f"## Verdict\nTake [P1].\n## Picks\n{first}\n{rest}\n")]
    return choices(run_of(QUIET_TASK, many, ScriptedPolicy(steps)))["few_picks"]


def test_a_long_list_is_a_choice_where_its_end_is_brief(tmp_path: Path) -> None:
    more = [kettle(40 + n, f"Velm Choice {n}", 30.0 + n, 1.7, 55, "Grey") for n in range(8)]
    with open_shop(tmp_path / "wide", more) as wide:
        assert few(wide, "It asks less.") == "a choice"
        assert few(wide, "It asks less than that. It is grey. It is quiet. It boils fast.") == "long"


def test_a_report_that_code_had_to_write_scores_far_below_one_that_was_written(shop: Index) -> None:
    assert quality(written("## Verdict\nFine.", shop)) < quality(written(GOOD, shop)) - 3


def test_a_measure_that_nobody_knows_is_the_judges_failure(shop: Index) -> None:
    run = written(GOOD, shop)
    assert run.report is not None
    criterion = run.task.rubric.criteria[0].model_copy(update={"measure": "brilliance"})
    rubric = run.task.rubric.model_copy(update={"criteria": (criterion,)})
    with pytest.raises(JudgeError, match="no measure 'brilliance'"):
        judge_by_code(rubric, run.report, run.desk, run.trajectory)
