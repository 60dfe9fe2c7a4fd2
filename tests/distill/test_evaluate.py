"""Policies side by side: figures computed by hand, the floor below the oracle, and what is shown of it."""

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from agent.plan import PlanNeed
from agent.rules import RulesPolicy
from agent.trajectory import Step
from distill.errors import EvaluationError
from distill.evaluate.compare import Evaluation, Row, evaluate, pass_k
from distill.evaluate.contestants import FLOOR, ORACLE, floor
from distill.evaluate.intervals import bootstrap, paired
from distill.evaluate.metrics import need_scores
from distill.evaluate.page import evaluation_page
from distill.evaluate.race import CodeRubric, ModelRubric, race, reference_run, relative
from distill.evaluate.run import Contestant, Run, research
from distill.evaluate.scoring import Scores, score
from distill.evaluate.table import evaluation_table
from distill.rubric import Criterion, Rubric, Verdict
from distill.seats.rules_user import RulesUser
from distill.task import Task
from distill.truth import truth
from distill.worlds.open import OpenWorld
from index.search import Index
from models.llama import LlamaEngine
from tests.agent.scripted import ScriptedPolicy, call
from tests.distill.evaluated import CHEAP_TASK, QUIET, QUIET_TASK, RIDDLE_TASK, run_of, task, true
from tests.distill.test_rubric_rules import GOOD, LOOKED
from tests.gguf_factory import write_gguf

CLUELESS = Contestant(
    "clueless",
    lambda task, seed: ScriptedPolicy(  # noqa: ARG005
        [
            call("", "plan", category="C1", needs=[]),
            call("", "product_search", query="tea"),
            call("", "visit_product", id="P1"),
            Step(report="## Verdict\nBuy this.\n## Picks\n- best: [P1] Good."),
        ]
    ),
)
"""Reads nothing, opens one product and takes it."""


def scored(run: Run, shop: Index) -> Scores:
    """The figures of a run."""
    return score(run, shop, reference_run(run.task, shop, RulesUser(shop)), CodeRubric())


def over(shop: Index) -> OpenWorld:
    """Every world is the shop."""
    return lambda world: shop  # noqa: ARG005


def evaluated(shop: Index, tasks: list[Task], *more: Contestant, k: int = 1) -> Evaluation:
    """An evaluation with the clueless in the floor's place."""
    return evaluate(tasks, more, over(shop), k, RulesUser, CLUELESS)


def test_race_is_the_target_over_both() -> None:
    rubric = Rubric(
        weights={"comprehensiveness": 0.2, "depth": 0.3, "instruction_following": 0.4, "readability": 0.1},
        criteria=(),
    )
    held = race(rubric, {"comprehensiveness": 6.0, "depth": 3.0}, {"comprehensiveness": 4.0, "depth": 9.0})
    assert held.dimensions == {"comprehensiveness": 0.6, "depth": 0.25}
    # Of what was judged: 0.4 * 6 + 0.6 * 3 = 4.2 beside 0.4 * 4 + 0.6 * 9 = 7.0.
    assert held.overall == pytest.approx(4.2 / 11.2)
    assert held.quality == pytest.approx(4.2)
    assert relative(0.0, 0.0) == 0.5


def test_needs_are_matched_by_attribute_side_and_value_and_wishes_by_side(shop: Index) -> None:
    wanted = truth(QUIET_TASK.category, QUIET, shop).needs
    held = (
        true("price", "<=", "60 EUR"),
        true("capacity", ">=", "1500 ml"),
        true("colour", "!=", "white"),
        true("noise_level", "lowest", hard=False),
        true("cordless", "has"),
    )
    found = need_scores(wanted, truth(QUIET_TASK.category, held, shop).needs)
    # Three of five that are held are right, three of four that are wanted are held.
    assert tuple(found) == pytest.approx((0.6, 0.75))
    assert found.f1 == pytest.approx(2 * 0.6 * 0.75 / 1.35)


def test_a_hard_need_taken_for_a_wish_or_for_another_limit_is_missed(shop: Index) -> None:
    wanted = truth(QUIET_TASK.category, QUIET[:2], shop).needs
    softer = truth(QUIET_TASK.category, [true("price", "<=", "60 EUR", hard=False)], shop).needs
    other = truth(QUIET_TASK.category, [true("price", "<=", "65 EUR"), true("price", ">=", "60 EUR")], shop)
    assert need_scores(wanted, softer).recall == 0
    assert need_scores(wanted, other.needs).recall == 0
    assert need_scores(wanted, ()).precision == 0
    assert need_scores((), ()).f1 == 1


def test_success_asks_for_picks_that_truly_fit_whatever_the_run_planned(shop: Index) -> None:
    right = scored(run_of(QUIET_TASK, shop, RulesPolicy([n.need for n in QUIET])), shop)
    forgetful = scored(
        run_of(QUIET_TASK, shop, RulesPolicy([PlanNeed(on="capacity", op=">=", value="1 L")])), shop
    )
    assert (right.success, right.own_success, right.needs_f1, right.opened) == (1, 1, 1, 1)
    assert (forgetful.success, forgetful.needs_f1) == (0, 0)
    assert forgetful.products > forgetful.products_fit


def test_an_honest_nothing_succeeds_and_silence_does_not_count_as_the_policys_own(shop: Index) -> None:
    needs = [n.need for n in CHEAP_TASK.needs]
    honest = scored(run_of(CHEAP_TASK, shop, RulesPolicy(needs)), shop)
    plan = call("", "plan", category="C1", needs=[n.model_dump() for n in needs])
    silent = run_of(
        CHEAP_TASK, shop, ScriptedPolicy([plan, call("", "product_search", query="x"), Step(report="x")])
    )
    assert (honest.success, honest.own_success, honest.opened) == (1, 1, None)
    assert (scored(silent, shop).success, scored(silent, shop).own_success) == (1, 0)


def test_products_count_that_are_discussed_opened_and_rightly_cited(shop: Index) -> None:
    run = run_of(QUIET_TASK, shop, ScriptedPolicy([*LOOKED, Step(report=GOOD)]))
    assert (scored(run, shop).products, scored(run, shop).products_fit) == (3, 3)
    mentioned = GOOD.replace("- On noise", "- [P3] asks {{P3.price}}.\n- On noise")
    run = run_of(QUIET_TASK, shop, ScriptedPolicy([*LOOKED, Step(report=mentioned)]))
    assert scored(run, shop).products == 4


def test_needs_told_when_asked_and_hidden_ones_are_measured_apart(shop: Index) -> None:
    needs = [true("price", "<=", "60 EUR"), true("cordless", "has", reveal="asked")]
    needs.append(true("brand", "=", "Brissa", reveal="hidden"))
    held = task("tagged", "a kettle under 60 EUR", needs)
    knows = scored(research(held, shop, ORACLE, RulesUser(shop), 0), shop)
    plain = scored(run_of(held, shop, RulesPolicy()), shop)
    assert (knows.learnt, knows.needless, knows.personal) == (1, 0, 1)
    assert (plain.learnt, plain.personal) == (0, 0)


def test_a_question_that_nobody_needed_to_answer_is_needless(shop: Index) -> None:
    ask = call("", "ask_user", question="Which colour?", options=["red", "blue"])
    run = run_of(QUIET_TASK, shop, ScriptedPolicy([LOOKED[0], ask, *LOOKED[1:], Step(report=GOOD)]))
    assert scored(run, shop).needless == 1


def test_errors_repeated_calls_and_steps_sent_back_are_counted(shop: Index) -> None:
    plan, search, one, *rest = LOOKED
    steps: list[Step | str] = [
        plan,
        search,
        search,
        one,
        call("", "visit_product", id="P77"),
        rest[0],
        "no step",
        *rest[1:],
    ]
    figures = scored(run_of(QUIET_TASK, shop, ScriptedPolicy([*steps, Step(report=GOOD)])), shop)
    assert (figures.repeats, figures.rejections, figures.errors) == (1, 2, 2), (
        "the report too was sent back once"
    )


def test_the_clueless_stand_below_the_rules_and_these_not_above_the_oracle(shop: Index) -> None:
    found = evaluated(shop, [QUIET_TASK, CHEAP_TASK, RIDDLE_TASK])
    names = [s.name for s in found.standings]
    assert names == ["clueless", "rules", "oracle rules"]
    for figure in ("success", "needs_f1", "race"):
        low, middle, high = (s.figures[figure] for s in found.standings)
        assert low is not None
        assert middle is not None
        assert high is not None
        assert low.mean < middle.mean <= high.mean + 0.01


def test_the_reference_is_near_parity_with_the_oracle_and_no_copy_of_it(shop: Index) -> None:
    reference = reference_run(QUIET_TASK, shop, RulesUser(shop))
    run = research(QUIET_TASK, shop, ORACLE, RulesUser(shop), 0)
    assert reference.trajectory.author == "reference"
    assert scored(run, shop).race == pytest.approx(0.5, abs=0.05)


class Shouter:
    """A judge that likes whatever is shown first."""

    name = "first-comer"

    def judge(self, question: str, shown: str, criteria: Sequence[Criterion]) -> list[Verdict]:  # noqa: ARG002
        first = shown.startswith("# The report to judge")
        return [Verdict(criterion=c.id, reason="", choice=c.choices[-1 if first else 0]) for c in criteria]


class Mumbler(Shouter):
    """A judge whose word is no choice."""

    def judge(self, question: str, shown: str, criteria: Sequence[Criterion]) -> list[Verdict]:  # noqa: ARG002
        return [Verdict(criterion=c.id, reason="", choice="perhaps") for c in criteria]


def test_a_judge_that_prefers_the_first_place_comes_out_at_parity(shop: Index) -> None:
    run = run_of(QUIET_TASK, shop, RulesPolicy())
    reference = reference_run(QUIET_TASK, shop, RulesUser(shop))
    figures = score(run, shop, reference, ModelRubric(Shouter()))
    assert (figures.race, figures.quality) == (0.5, 5.0)


def test_a_malformed_verdict_is_no_score(shop: Index) -> None:
    found = evaluate(
        [QUIET_TASK],
        (),
        over(shop),
        1,
        RulesUser,
        CLUELESS,
        ModelRubric(Mumbler()),
    )
    assert found.judge_failures == 3
    assert all(s.figures["race"] is None for s in found.standings)
    assert "The judge failed on 3 reports" in evaluation_table(found)


def test_the_bootstrap_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    rng = Random(5)
    covered = 0
    for trial in range(200):
        sample = [float(rng.random() < 0.7) for _ in range(60)]
        interval = bootstrap(sample, f"{trial}", rounds=300)
        assert interval is not None
        covered += interval.low <= 0.7 <= interval.high
    assert 0.89 <= covered / 200 <= 0.99


def test_the_same_seed_gives_the_same_interval_and_nothing_gives_none() -> None:
    assert bootstrap([1.0, 2.0, 5.0], "a") == bootstrap([1.0, 2.0, 5.0], "a")
    assert bootstrap([], "a") is None


def test_paired_differences_use_only_tasks_that_both_have() -> None:
    difference = paired({"a": 1.0, "b": 0.5, "c": 9.0}, {"a": 0.5, "b": 0.0}, "x")
    assert difference is not None
    assert (difference.mean, difference.low, difference.high, difference.n) == (0.5, 0.5, 0.5, 2)


def row(name: str, won: bool, seed: int, scores: Scores) -> Row:
    success = scores.model_copy(update={"success": float(won)})
    return Row(contestant="x", task=name, seed=seed, stop="reported", scores=success)


def test_pass_k_is_the_chance_that_k_runs_all_succeed(shop: Index) -> None:
    any_scores = scored(run_of(CHEAP_TASK, shop, RulesPolicy()), shop)
    rows = [row("a", won, n, any_scores) for n, won in enumerate((True, True, False))]
    rows += [row("b", True, n, any_scores) for n in range(3)]
    # Task a: 2/3, then 1 pair of 3, then none; task b: always.
    assert pass_k(rows, 3) == pytest.approx(((2 / 3 + 1) / 2, (1 / 3 + 1) / 2, 0.5))


def test_the_table_names_judge_reference_and_every_contestant(shop: Index) -> None:
    text = evaluation_table(evaluated(shop, [QUIET_TASK], k=2))
    assert "code rubric" in text
    assert "three to six picks" in text
    assert re.search(r"predicate success\s+0\.0\s+100\.0\s+100\.0", text)
    assert "pass^2" in text


def test_an_evaluation_survives_json(shop: Index) -> None:
    found = evaluated(shop, [QUIET_TASK])
    assert Evaluation.model_validate_json(found.model_dump_json()) == found


def test_the_page_escapes_hostile_questions_and_names_and_loads_nothing(shop: Index) -> None:
    hostile = "<script>alert(1)</script>\"><img src=x onerror=alert(2)> a quiet kettle & 'more' </svg>"
    named = Contestant("<b onmouseover=alert(3)>me</b> \"&'", CLUELESS.policy)
    page = evaluation_page(evaluated(shop, [task("hostile", hostile, QUIET)], named))
    assert not re.search(r"<(?:script|img|b|iframe|a|link)[\s>]|javascript:|<[^>]*\son\w+\s*=", page)
    assert not re.search(r"(?:src|href)\s*=|url\(|@import", page)
    assert "default-src 'none'" in page
    assert page.count("<svg") == page.count("</svg>") == 10


def test_an_evaluation_of_nothing_or_of_two_with_one_name_is_refused(shop: Index) -> None:
    with pytest.raises(EvaluationError, match="at least one task"):
        evaluated(shop, [])
    with pytest.raises(EvaluationError, match="Two contestants are called 'rules'"):
        evaluated(shop, [QUIET_TASK], Contestant("rules", CLUELESS.policy))


@pytest.mark.slow
def test_random_weights_under_the_same_grammar_stand_below_the_oracle(shop: Index, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "random.gguf", arch="qwen3", vocab=2048, context=16384)
    random = floor(LlamaEngine.open(path, context_size=16384, threads=2))
    assert random.name == FLOOR
    run = research(QUIET_TASK, shop, random, RulesUser(shop), 0, max_steps=4)
    low, high = scored(run, shop), scored(research(QUIET_TASK, shop, ORACLE, RulesUser(shop), 0), shop)
    assert (low.success, low.needs_f1, low.citations) < (high.success, high.needs_f1, high.citations)
    assert low.race is not None
    assert high.race is not None
    assert low.race < high.race
    assert low.tokens is not None
    assert low.tokens > 0
