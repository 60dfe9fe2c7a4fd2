"""Citation accuracy by support: a citation is right only if the record bears out the sentence."""

from pathlib import Path

import pytest

from agent.report.draft import Polarity, Section, parse_prose
from agent.report.ground import Ground
from agent.trajectory import Step
from distill.evaluate.race import CodeRubric, reference_run
from distill.evaluate.scoring import Scores, score
from distill.evaluate.sides import reported_side, sides
from distill.evaluate.statements import Statement
from distill.evaluate.support import Cited, weigh
from distill.seats.rules_user import RulesUser
from index.search import Index
from tests.agent.scripted import ScriptedPolicy
from tests.distill.evaluated import QUIET_TASK, run_of
from tests.distill.support_sample import judged, read
from tests.distill.test_rubric_rules import GOOD, LOOKED


@pytest.fixture
def ground(shop: Index) -> Ground:
    """What was seen by a run over the shop: P1 is number 8, P2 number 2, P3 number 3, P4 number 1."""
    return Ground(run_of(QUIET_TASK, shop, ScriptedPolicy([*LOOKED, Step(report=GOOD)])).desk)


def weighed(
    text: str, ground: Ground, section: Section = "picks", about: str = "", side: Polarity | None = None
) -> list[Cited]:
    """The citations of one sentence."""
    (sentence,) = parse_prose(text)
    return list(weigh([Statement(section, about, side, sentence)], ground))


@pytest.mark.parametrize(("labels", "least"), [(True, 0.92), (False, 0.82)])
def test_the_checker_agrees_with_the_reader_on_labelled_citations(
    tmp_path: Path, labels: bool, least: float
) -> None:
    """With the reviews' aspects labelled as in the demo, and without them as elsewhere."""
    outcomes = list(judged(tmp_path / "home", labels=labels))
    assert len(outcomes) >= 300
    for fresh in (False, True):
        right = [(s == "supported") == one.supported for one, s, _ in outcomes if one.fresh is fresh]
        assert sum(right) / len(right) >= least


def test_the_sample_holds_both_answers_in_fair_shares() -> None:
    _, statements = read()
    assert 0.4 < sum(one.supported for one in statements) / len(statements) < 0.6


@pytest.mark.parametrize(
    ("sentence", "about", "support"),
    [
        ("Its noise level is {{P4.noise_level}} [P4].", "P4", "supported"),
        ("Its noise level is {{P4.capacity}} [P4].", "P4", "unsupported"),
        ("It holds {{P2.capacity}} and costs {{P2.price}}.", "P2", "supported"),
        ("It holds {{P2.capacity}}.", "P4", "unsupported"),
        ("Noise level {{P2.noise_level}} against {{P4.noise_level}} of [P4].", "P2", "supported"),
        ("Noise level {{P2.noise_level}} against {{P2.price}} [P2].", "P2", "unsupported"),
        ("[P2] is cheaper than [P4].", "", "supported"),
        ("[P4] is cheaper than [P2].", "", "unsupported"),
        ("[P4] is quieter than [P2].", "", "supported"),
        ("[P2] is quieter than [P4].", "", "unsupported"),
        ("It is cordless [P4].", "P4", "supported"),
        ("It is not cordless [P4].", "P4", "unsupported"),
        ("Its record does not say the noise level [P1].", "P1", "supported"),
        ("Its record does not say the noise level [P2].", "P2", "unsupported"),
        ("Its record names no noise level [P1].", "P1", "supported"),
        ("Its record is silent on a warranty [P4].", "P4", "supported"),
        ("Its record says nothing of a kettle [P4].", "P4", "unsupported"),
        ("Cordless: {{P4.cordless}} [P4].", "P4", "supported"),
        ("[P2] and [P4] cost the same.", "", "unsupported"),
        ("[P2] and [P4] do not cost the same.", "", "supported"),
        ("It costs the same as [P2].", "P4", "unsupported"),
        ("It meets every hard need [P4].", "P4", "supported"),
        ("It costs 49.90 EUR [P4].", "P4", "supported"),
        ("It costs 49.9 EUR [P4].", "P4", "supported"),
        ("It costs 39.90 EUR [P4].", "P4", "unsupported"),
        ("A pleasure to have around [P4].", "P4", "unknown"),
        ("As [P99] shows.", "", "unsupported"),
        ("It holds {{P4.depth}}.", "P4", "unsupported"),
    ],
)
def test_what_a_sentence_says_of_a_product_is_held_against_its_record(
    sentence: str, about: str, support: str, ground: Ground
) -> None:
    first = weighed(sentence, ground, about=about)[0]
    assert first.support == support


@pytest.mark.parametrize(
    ("sentence", "side", "support"),
    [
        ("noise: {{R1.s1}}", "praise", "supported"),
        ("noise: {{R1.s1}}", "complaint", "unsupported"),
        ("lid: {{R1.s1}}", "praise", "unsupported"),
        ("lid: {{R1.s2}}", "complaint", "supported"),
        ("The lid sticks [R1].", "complaint", "supported"),
        ("Buyers like the lid [R1].", "praise", "unsupported"),
        ("It dries quickly [R1].", "praise", "unsupported"),
        ("Every buyer praises how quiet it is [R1].", "praise", "unsupported"),
        ("It boils softly [R3].", "praise", "unsupported"),
        ("{{R1.s9}}", "praise", "unsupported"),
    ],
)
def test_what_a_sentence_says_of_reviews_is_held_against_aspect_and_side(
    sentence: str, side: Polarity, support: str, ground: Ground
) -> None:
    assert weighed(sentence, ground, "reviews", "P4", side)[-1].support == support


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("Sturdy and easy to clean.", {"praise"}),
        ("Not sturdy at all.", {"complaint"}),
        ("It never leaks.", {"praise"}),
        ("Comfortable, but the hinge broke.", {"praise", "complaint"}),
        ("I wish it were quieter; the fan should be quiet.", {"complaint"}),
        ("Far too loud.", {"complaint"}),
        ("Not too loud.", {"praise"}),
        ("Hard to clean.", {"complaint"}),
        ("Quieter than my noisy old one.", set()),
        ("Bought in May.", set()),
    ],
)
def test_a_text_without_labels_takes_the_side_that_its_words_take(text: str, taken: set[str]) -> None:
    assert sides(text) == taken


def test_a_verb_of_buyers_settles_the_side_whatever_follows() -> None:
    assert reported_side("Buyers complain that it is not quiet.") == "complaint"
    assert reported_side("Nobody would recommend against it, owners praise how rarely it fails.") == "praise"
    assert reported_side("It stands on the table.") is None


def scores(report: str, shop: Index) -> Scores:
    """The figures of a run that looks around and writes this."""
    run = run_of(QUIET_TASK, shop, ScriptedPolicy([*LOOKED, Step(report=report)]))
    return score(run, shop, reference_run(QUIET_TASK, shop, RulesUser(shop)), CodeRubric())


def test_planted_citations_that_nothing_supports_cost_accuracy_and_products(shop: Index) -> None:
    planted = GOOD.replace("capacity {{P2.capacity}}", "capacity {{P2.noise_level}}").replace(
        "[P4] asks {{P4.price}}", "[P4] is cheaper than [P2]: [P4] asks {{P4.price}}"
    )
    honest, dishonest = scores(GOOD, shop), scores(planted, shop)
    assert honest.citation_accuracy == 1.0
    assert dishonest.citation_accuracy is not None
    assert dishonest.citation_accuracy < 0.85
    assert dishonest.citations < honest.citations
    assert dishonest.products < honest.products
