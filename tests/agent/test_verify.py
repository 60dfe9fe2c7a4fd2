"""What may stand of a draft: picks, references, typed numbers and words, held against a desk."""

from collections.abc import Iterator

import pytest

from agent.desk import Desk
from agent.report.by_needs import spelled_out, without_titles
from agent.report.draft import parse_draft, render_draft, sentence_text
from agent.report.verify import prune, verify
from index.conditions import Condition, Op
from index.search import Index
from tests.agent.report_desk import HOSTILE, NEEDS, QUESTION, desk_over, need, open_index, price_under


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with open_index(tmp_path_factory.mktemp("kettles")) as opened:
        yield opened


@pytest.fixture
def desk(index: Index) -> Desk:
    return desk_over(index)


def codes(text: str, desk: Desk) -> list[str]:
    return [f.code for f in verify(parse_draft(text), desk, QUESTION)]


def report(verdict: str = "Buy [P1].", picks: str = "- best: [P1]", rest: str = "") -> str:
    return f"## Verdict\n{verdict}\n## Picks\n{picks}\n{rest}"


def claims(sentence: str, desk: Desk) -> list[str]:
    """Findings on a sentence that stands among the trade-offs, where nothing is implied."""
    return codes(report(rest=f"## Trade-offs\n- {sentence}\n"), desk)


def test_a_draft_that_refers_to_what_was_shown_has_no_findings(desk: Desk) -> None:
    text = report(
        "{{P1.title}} at {{P1.price}} is the best fit [P1].",
        "- best: [P1] {{P1.noise_level}}\n- budget: [P2] {{P2.price}}",
        "## Trade-offs\n- [P1] costs {{P1.price}}, [P2] {{P2.price}}.\n"
        "## Reviews\n- [P1] praise: {{R1.s1}} [R1]",
    )
    assert verify(parse_draft(text), desk, QUESTION) == []


@pytest.mark.parametrize(
    ("pick", "code"),
    [
        ("[P99]", "unknown_tag"),
        ("[P3]", "unmet_need"),
        ("[P5]", "unknown_need"),
        ("[P7]", "unopened_pick"),
    ],
)
def test_a_pick_that_may_not_be_picked_is_named(desk: Desk, pick: str, code: str) -> None:
    assert codes(report(picks=f"- best: [P1]\n- also: {pick}"), desk) == [code]


def test_a_pick_that_the_person_dismissed_is_named(desk: Desk) -> None:
    desk.dismissed.add("kettles:2")
    assert codes(report(picks="- best: [P1]\n- also: [P2]"), desk) == ["dismissed_pick"]


def test_a_product_picked_twice_is_named(desk: Desk) -> None:
    assert codes(report(picks="- best: [P1]\n- also: [P1]"), desk) == ["duplicate_pick"]


def test_what_is_called_the_same_and_is_not_is_named(desk: Desk) -> None:
    same = "- best: [P1]\n- also: [P2] The same as [P1] on what you asked."
    assert codes(report(picks=same), desk) == ["not_the_same"]
    desk.needs = [n for n in desk.needs if n.attribute in ("colour", "price")]
    assert codes(report(picks=same), desk) == []


def test_a_product_held_against_itself_is_named(desk: Desk) -> None:
    assert claims("[P1] asks {{P1.price}}, [P1] asks {{P1.price}}.", desk) == ["same_product"]


def test_what_is_joined_to_itself_is_named(desk: Desk) -> None:
    doubled = "It meets the wish on {{N4}} and {{N4}}."
    assert codes(report(picks=f"- best: [P1] {doubled}"), desk) == ["said_twice"]
    assert codes(report(picks="- best: [P1] Quiet, and it gets better and better."), desk) == []


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("Meets every hard need: {{N1}} {{P1.N1}}, {{N2}} {{P1.N2}}.", 0),
        ("On your wishes: {{N4}} {{P1.N4}}.", 0),
        ("Meets every hard need: {{N1}} {{P1.N1}}, {{N4}} {{P1.N4}}.", 1),
        ("On your wishes: {{N1}} {{P1.N1}}.", 1),
        ("It misses the wish on {{N4}}.", 1),
        ("It misses the wish on {{N1}}.", 2),
        ("It misses the wish on {{N5}}.", 1),
    ],
)
def test_what_a_pick_is_said_to_meet_or_to_miss_is_held_against_the_ledger(
    desk: Desk, reason: str, wrong: int
) -> None:
    found = codes(report(picks=f"- best: [P1] {reason}"), desk)
    assert found.count("needs_mistold") == wrong
    desk.needs[3] = need("N4", Condition(attribute="noise_level", op=Op.AT_MOST, number=20), hard=False)
    assert codes(report(picks="- best: [P1] It misses the wish on {{N4}}."), desk) == []


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("{{N1}} {{P1.N1}} at {{P1.price}}.", 0),
        ("{{N1}} {{P1.N2}}.", 1),
        ("{{N1}} {{P1.brand}}.", 1),
        ("{{N1}} is one thing, {{P1.N2}} another.", 0),
    ],
)
def test_a_value_behind_a_name_is_what_the_name_says(desk: Desk, reason: str, wrong: int) -> None:
    assert codes(report(picks=f"- best: [P1] {reason}"), desk).count("needs_mistold") == wrong


def test_nothing_fits_only_where_nothing_does(desk: Desk) -> None:
    none = report(verdict="Nothing in this catalogue is known to meet every need, {{P1.title}} [P1] neither.")
    assert "needs_mistold" in codes(none, desk)
    sound = report(verdict="{{P1.title}} meets every need, and nothing costs less [P1].")
    assert "needs_mistold" not in codes(sound, desk)
    desk.dismissed = {p.id for p in desk.ranked()}
    assert "needs_mistold" not in codes(none, desk)


def test_the_only_one_that_fits_is_the_only_one(desk: Desk) -> None:
    alone = report(verdict="{{P1.title}} is the only one found that meets every hard need [P1].")
    assert "needs_mistold" in codes(alone, desk)
    honest = report(verdict="{{P1.title}} meets every hard need and costs only {{P1.price}} [P1].")
    assert "needs_mistold" not in codes(honest, desk)
    desk.dismissed = {p.id for p in desk.ranked()[1:]}
    assert "needs_mistold" not in codes(alone, desk)


def test_values_held_against_each_other_differ(desk: Desk) -> None:
    assert claims("{{P1.price}} [P1] against {{P2.price}} [P2].", desk) == []
    assert claims("{{P1.capacity}} [P1] against {{P2.capacity}} [P2].", desk) == ["not_different"]
    assert claims("{{P1.colour}} [P1] against {{P5.colour}} [P5].", desk) == ["not_different"]


def test_a_reference_by_a_need_is_one_to_what_it_asks_for(desk: Desk) -> None:
    noise, other = desk.needs[0], desk.needs[0].model_copy(update={"tag": "N8", "attribute": "other"})
    desk.needs = [noise.model_copy(update={"tag": "N7", "attribute": "noise_level"}), other]
    draft = parse_draft(report(picks="- best: [P1] {{N7}} {{P1.N7}}, so {{N7}} is low."))
    assert draft == parse_draft(render_draft(draft))
    (pick,) = spelled_out(draft, desk.needs).picks or ()
    assert sentence_text(pick.reason[0]) == "Noise level {{P1.noise_level}}, so noise level is low."
    assert verify(draft, desk, QUESTION) == []


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("On your wishes: {{N7}} {{P1.N7}}, {{N8}} {{P1.N8}}.", "On your wishes: {{N7}} {{P1.N7}}."),
        ("On your wishes: {{N8}} {{P1.N8}}, {{N7}} {{P1.N7}}.", "On your wishes: {{N7}} {{P1.N7}}."),
        (
            "{{N7}} {{P1.N7}} against {{P2.N7}}, {{N8}} {{P1.N8}} against {{P2.N8}} of [P2].",
            "{{N7}} {{P1.N7}} against {{P2.N7}} of [P2].",
        ),
        ("{{N8}} {{P1.N8}} against {{P2.N8}} of [P2].", ""),
        ("It misses the wish on {{N8}}.", ""),
        ("It misses the wish on {{N8}}, {{N8}} and {{N8}}.", ""),
        ("It misses the wish on {{N7}} and {{N8}}.", "It misses the wish on {{N7}} and {{N8}}."),
    ],
)
def test_titles_are_not_told_as_the_values_of_needs(desk: Desk, written: str, left: str) -> None:
    noise, titled = desk.needs[0], Condition(attribute="title", op=Op.IS, words=("bike",))
    needs = [
        noise.model_copy(update={"tag": "N7", "attribute": "noise_level"}),
        noise.model_copy(update={"tag": "N8", "attribute": "title", "condition": titled}),
    ]
    draft = without_titles(parse_draft(report(picks=f"- best: [P1] {written}")), needs)
    (pick,) = draft.picks or ()
    assert "".join(map(sentence_text, pick.reason)) == left
    (pick,) = spelled_out(draft, needs).picks or ()
    assert ("a title with “bike”" in "".join(map(sentence_text, pick.reason))) is ("{{N8}}" in left)


@pytest.mark.parametrize(
    ("sentence", "code"), [("On {{N9}} [P1].", "unknown_tag"), ("{{P1.N9}}", "unknown_field")]
)
def test_a_reference_by_a_need_that_is_none_is_named(desk: Desk, sentence: str, code: str) -> None:
    assert claims(sentence, desk) == [code]


def test_a_missing_verdict_and_missing_picks_are_named(desk: Desk) -> None:
    assert codes("## Picks\n- none\n", desk) == ["no_verdict", "no_picks"]


def test_no_picks_are_right_where_nothing_fits(index: Index) -> None:
    desk = desk_over(index, needs=(need("N1", price_under(5)),))
    assert codes(report("Nothing fits.", "- none"), desk) == []


def test_a_budget_pick_that_costs_more_is_no_budget_pick(desk: Desk) -> None:
    assert codes(report("Buy [P2].", "- best: [P2]\n- budget: [P1]"), desk) == ["wrong_role"]


def test_a_verdict_may_not_recommend_what_is_no_pick(desk: Desk) -> None:
    assert codes(report("Buy [P1]. Better still, buy [P6]."), desk) == ["verdict_not_picked"]
    assert codes(report("Buy Fjell Hush."), desk) == ["verdict_not_picked"]


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("[P1] and [P98].", "unknown_tag"),
        ("[P5] costs {{P5.price}}.", "unknown_field"),
        ("[P1] {{P1.depth}}.", "unknown_field"),
        ("{{R1.s9}}", "unknown_field"),
        ("{{R1.s0}}", "unknown_field"),
        ("{{R77.s1}}", "unknown_tag"),
        ("[P1] costs {{price}}.", "malformed_reference"),
        ("[P2] is praised: {{R1.s1}}", "foreign_review"),
    ],
)
def test_a_reference_to_nothing_is_named(desk: Desk, sentence: str, code: str) -> None:
    assert code in claims(sentence, desk)


def test_a_review_finding_may_not_rest_on_another_products_review(desk: Desk) -> None:
    assert codes(report(rest="## Reviews\n- [P1] complaint: {{R3.s1}}"), desk) == ["foreign_review"]


def test_a_review_finding_may_not_rest_on_a_page(desk: Desk) -> None:
    assert codes(report(rest="## Reviews\n- [P1] praise: {{W1.s1}}"), desk) == ["not_a_review"]


def test_praise_may_not_be_quoted_as_a_complaint(desk: Desk) -> None:
    assert codes(report(rest="## Reviews\n- [P1] complaint: {{R1.s1}}"), desk) == ["wrong_polarity"]


@pytest.mark.parametrize(
    "sentence",
    [
        "[P1] costs 34.5 EUR.",
        "[P1] costs EUR 34.50.",
        "[P1] costs €34.50 and makes 62 dB.",
        "At 34.50 EUR, [P1] is fair.",
        "[P1] makes 62dB.",
        "[P1] holds 1700 ml.",
        "[P1] is rated 4.4 stars.",
        "[P1] is rated 4.4/5.",
        "[P1] costs 34.50 EUR, [P2] costs 19.99 EUR.",
        "[P1] and [P2] hold 1.7 L each.",
        "Brook Still 2 costs 34.50 EUR.",
        "[P1] stays under 40 EUR.",
        "[P1] costs less than 35 EUR.",
        "[P3] is over your 40 EUR limit.",
        "[P3] costs more than 40 EUR.",
        "The limit was 40 EUR.",
        "[P1] has 2 reviews.",
        "Of 7 products, 3 fit.",
        "[P1] has a 3 year warranty.",
        "[P1] boils 2 cups [R2].",
        "Steel lasts 12 years [W1].",
        "[P1] has a noise level of 62.",
        "[P1] is steel, not white.",
        "[P4] is white.",
        "[P1] is not white.",
        "It is unknown whether [P5] is white.",
        "White kettles show dirt.",
        "The Tarn [P2] is cheap.",
        "[P1] has keep warm.",
        "[P2] lacks keep warm.",
        "[P2] has keep warm: {{P2.keep_warm}}.",
        "P2 costs 19.99 EUR.",
        "Compared to [P2], the Brook model [P1] is quiet.",
    ],
)
def test_typed_values_that_the_records_bear_out_may_stand(desk: Desk, sentence: str) -> None:
    assert claims(sentence, desk) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "[P1] costs 19.99 EUR.",
        "[P1] costs $34.50.",
        "[P1] costs 34.50 dB.",
        "[P1] makes 20 dB.",
        "[P1] holds 3 L.",
        "[P1] weighs 2 kg.",
        "[P1] costs 19.99 EUR, [P2] costs 34.50 EUR.",
        "[P1] and [P3] make 62 dB.",
        "[P1] is rated 4.9 stars.",
        "[P3] costs 40 EUR.",
        "[P3] stays under 40 EUR.",
        "[P5] costs under 40 EUR.",
        "[P1] has a noise level of 34.5.",
        "[P1] is 20% cheaper than [P3].",
        "[P1] has 12 reviews.",
        "Of 7 products, 6 fit.",
        "It lasts 25 years.",
        "[P1] has twelve litres.",
        "[P1] is white.",
        "[P1] is white and quiet.",
        "Brook Snow is black.",
        "[P1] is made by Fjell.",
        "[P1] has WiFi6.",
        "[P2] has keep warm.",
        "[P1] lasts 12 years.",
        "[P1] has a 30 year warranty.",
        "[P1] has a 16:9 window.",
        "P2 costs 34.50 EUR.",
    ],
)
def test_typed_values_that_no_record_bears_out_are_named(desk: Desk, sentence: str) -> None:
    found = claims(sentence, desk)
    assert found
    assert set(found) <= {"unsupported_claim"}


def test_a_sentence_without_a_name_goes_on_about_the_product_before(desk: Desk) -> None:
    assert claims("[P1] is good. It costs 34.50 EUR.", desk) == []
    assert claims("[P1] is good. It costs 19.99 EUR.", desk) == ["unsupported_claim"]


def test_the_verdict_speaks_of_the_best_pick_unless_it_names_another(desk: Desk) -> None:
    assert codes(report("It costs 34.50 EUR."), desk) == []
    assert codes(report("It costs 20 EUR."), desk) == ["unsupported_claim"]


def test_a_reason_speaks_of_its_pick(desk: Desk) -> None:
    assert codes(report(picks="- best: [P1] only 34.50 EUR"), desk) == []
    assert codes(report(picks="- best: [P1] only 19.99 EUR"), desk) == ["unsupported_claim"]


def test_other_words_for_a_value_count_as_that_value(index: Index) -> None:
    desk = desk_over(index)
    assert desk.category is not None
    colour = next(a for a in desk.category.attributes if a.name == "colour")
    named = colour.model_copy(update={"aliases": (("inox", "steel"), ("snowy", "white"))})
    desk.category = desk.category.model_copy(update={"attributes": (named,)})
    assert claims("[P1] is inox.", desk) == []
    assert claims("[P1] is snowy.", desk) == ["unsupported_claim"]


def test_what_a_record_says_decides_nothing(desk: Desk) -> None:
    assert codes(report(f"Buy [P6]. {HOSTILE}", "- best: [P6]"), desk)[0] == "unmet_need"


def test_pruning_cuts_what_fails_and_keeps_the_reason(desk: Desk) -> None:
    draft = parse_draft(report("Buy [P1]. It is white.", "- best: [P1] good\n- also: [P4] white"))
    kept, dropped = prune(draft, verify(draft, desk, QUESTION))
    assert len(kept.verdict or ()) == 1
    assert [p.tag for p in kept.picks or ()] == ["P1"]
    assert [d.text for d in dropped] == ["It is white.", "also: [P4]"]
    assert all(d.reason for d in dropped)


def test_a_pruned_draft_is_found_sound(desk: Desk) -> None:
    draft = parse_draft(report("Buy [P1]. It is white. Or [P4].", "- best: [P1] 12 dB\n- also: [P4]"))
    kept, _ = prune(draft, verify(draft, desk, QUESTION))
    assert verify(kept, desk, QUESTION) == []


def test_needs_give_their_numbers_and_words_back(index: Index) -> None:
    steel = need("N1", Condition(attribute="colour", op=Op.IS, words=("steel",)))
    desk = desk_over(index, needs=(*NEEDS[:1], steel))
    assert claims("You asked for steel below 40 EUR.", desk) == []
