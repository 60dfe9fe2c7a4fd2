"""The grammar of a step: it takes what makes sense at this desk, of bounded length, and nothing else."""

from datetime import UTC, datetime

import pytest

from agent.desk import Desk
from agent.grammar import step_grammar
from agent.opening import begin, follow_up
from agent.plan import Plan
from agent.report.grammar import LONGEST_PROSE
from agent.tools import execute
from agent.trajectory import Feedback, Observation, Step, ToolCall
from agent.wire import END_THINK, step_pieces
from index.search import Index
from models.llama import LlamaEngine
from tests.agent.accepting import Acceptance
from tests.agent.conftest import NEEDS
from tests.agent.scripted import ScriptedPerson, call
from tests.gguf_factory import write_gguf

PRAISE = "- [P2] praise: {{R1.s1}} [R1]\n"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def acceptance(tmp_path_factory: pytest.TempPathFactory) -> Acceptance:
    """Grammars over the vocabulary of a random model."""
    path = write_gguf(tmp_path_factory.mktemp("models") / "small.gguf", vocab=2048)
    return Acceptance(LlamaEngine.open(path, context_size=512, threads=1))


@pytest.fixture
def looked(planned: Desk) -> Desk:
    """A desk after a search, with one product that fits opened and its reviews read."""
    for name, arguments in (
        ("product_search", {"query": "kettle"}),
        ("visit_product", {"id": "P2"}),
        ("visit_product", {"id": "P4"}),
        ("product_reviews", {"id": "P2"}),
    ):
        execute(ToolCall.model_validate({"name": name, "arguments": arguments}), planned, ScriptedPerson())
    return planned


def written(step: Step) -> str:
    """A step as a model writes it, without its thought."""
    return "".join(piece.text for piece in step_pieces(step)).partition(END_THINK)[2]


def planning(value: str) -> Step:
    """A plan with one need of this value."""
    return amending(f"price <= {value}", steps=["search", "open"])


def amending(needs: str, **arguments: object) -> Step:
    """A plan with this line of needs."""
    return call("", "plan", category="C1", needs=needs, **arguments)


BEST = "{{P2.title}}"
OTHER = "- also: [P4] {{P4.N2}} against {{P2.N2}}.\n"
FIRST = "- best: [P2] It is {{P2.colour}}.\n"
PICK = f"{FIRST}{OTHER}"


def reporting(verdict: str, picks: str = PICK) -> Step:
    """A report of two sections."""
    return Step(report=f"## Verdict\n{verdict}\n## Picks\n{picks}")


@pytest.mark.parametrize("value", ["60 EUR", "20 m²", "½ l", "9 °C", '24"', "a < b", "\\", "더 조용한"])
def test_a_value_may_hold_signs_of_every_kind(desk: Desk, acceptance: Acceptance, value: str) -> None:
    assert acceptance.refused(step_grammar(desk), written(planning(value))) == ""


@pytest.mark.parametrize(
    "needs", ["as read", "as read; not noise_level; price < 60 EUR", "as read; colour = red"]
)
def test_what_code_read_may_be_taken_over_and_amended(
    shop: Index, acceptance: Acceptance, needs: str
) -> None:
    _, read = begin("a quiet kettle", shop, "rules", 0, NOW)
    assert acceptance.refused(step_grammar(read), written(amending(needs))) == ""


@pytest.mark.parametrize(
    "needs",
    [
        "as read; not colour",
        "not noise_level",
        "as read; not noise_level; not noise_level",
        "colour = red; as read",
    ],
)
def test_only_what_was_read_can_be_left_out_and_only_after_it_was_taken_over(
    shop: Index, acceptance: Acceptance, needs: str
) -> None:
    _, read = begin("a quiet kettle", shop, "rules", 0, NOW)
    assert acceptance.refused(step_grammar(read), written(amending(needs)))


def test_a_plan_cannot_drop_all_that_was_read_by_saying_nothing(desk: Desk, acceptance: Acceptance) -> None:
    assert acceptance.refused(step_grammar(desk), written(amending(""))) == ""
    _, asked = begin("a kettle under 60 EUR", desk.index, "script", 1, NOW)
    assert acceptance.refused(step_grammar(asked), written(amending("as read"))) == ""
    assert acceptance.refused(step_grammar(asked), written(amending("")))


def test_a_follow_up_goes_on_from_what_was_planned(shop: Index, acceptance: Acceptance) -> None:
    trajectory, asked = begin("a quiet kettle", shop, "rules", 0, NOW)
    asked.adopt(Plan(category="C1", needs=asked.reading.needs))
    asked.cards += (asked.cards[0].model_copy(update={"tag": "C2"}),)
    follow_up("in steel, under 60 EUR", trajectory, asked, "rules", NOW)
    grammar = step_grammar(asked)
    for needs in ("as read", "as read; not noise_level", "as read; price < 50 EUR"):
        assert acceptance.refused(grammar, written(amending(needs))) == ""
    for needs in ("", "price < 60 EUR", "as read; not price", "as read; not colour", "as read; not other"):
        assert acceptance.refused(grammar, written(amending(needs)))
    assert acceptance.refused(grammar, written(call("", "plan", category="C2", needs="as read")))


def test_a_small_model_adds_nothing_to_a_follow_up_that_asks_for_nothing(
    shop: Index, acceptance: Acceptance
) -> None:
    trajectory, asked = begin("a kettle", shop, "rules", 0, NOW)
    asked.adopt(Plan(category="C1"))
    follow_up("tell me more", trajectory, asked, "rules", NOW)
    decided = step_grammar(asked, decided=True)
    assert acceptance.refused(decided, written(amending(""))) == ""
    assert acceptance.refused(decided, written(amending("price < 50 EUR")))


def test_a_small_model_takes_a_follow_up_as_code_read_it(shop: Index, acceptance: Acceptance) -> None:
    trajectory, asked = begin("a quiet kettle", shop, "rules", 0, NOW)
    decided = step_grammar(asked, decided=True)
    assert acceptance.refused(decided, written(amending("as read; not noise_level"))) == ""
    asked.adopt(Plan(category="C1", needs=asked.reading.needs))
    follow_up("under 60 EUR", trajectory, asked, "rules", NOW)
    decided = step_grammar(asked, decided=True)
    assert acceptance.refused(decided, written(amending("as read"))) == ""
    for needs in ("as read; not noise_level", "as read; price < 50 EUR", "price < 60 EUR"):
        assert acceptance.refused(decided, written(amending(needs)))


@pytest.mark.parametrize("value", ["60 EUR | 4.6", "60 EUR (within", "60*", "6" * 33])
def test_a_number_is_no_story(desk: Desk, acceptance: Acceptance, value: str) -> None:
    assert acceptance.refused(step_grammar(desk), written(amending(f"price < {value}")))


def test_where_nothing_was_read_nothing_can_be_taken_over(desk: Desk, acceptance: Acceptance) -> None:
    assert acceptance.refused(step_grammar(desk), written(amending("as read")))


@pytest.mark.parametrize("value", ["", "x" * 101, "a\nb", "a\x07b", "\x9b31m"])
def test_a_value_is_bounded_and_holds_no_control_character(
    desk: Desk, acceptance: Acceptance, value: str
) -> None:
    assert acceptance.refused(step_grammar(desk), written(planning(value)))


@pytest.mark.parametrize(
    "step",
    [
        call("", "product_search"),
        call("", "product_search", query="kettle", needs=[]),
        call("", "product_search", needs=["N1", "N3"]),
        call("", "product_search", query="kettle", needs=["N1", "N2", "N3", "N4"], sort="N4", page=2),
        call("", "visit_product", id="P2", show="offers"),
        call("", "web_search"),
        call("", "compare_products"),
        call("", "compare_products", ids=["P4", "P2"]),
        call("", "ask_user", question="Which colour?", options=["white", "black"]),
        reporting(f"{BEST} at {{{{P2.price}}}} is it [P2]."),
        reporting(f"{BEST} [P2]", f"- best: [P2] {{{{N2}}}} {{{{P2.N2}}}}\n{OTHER}"),
        reporting("{{P4.title}} [P4]", "- best: [P4] {{N2}} {{P4.N2}}\n- also: [P2] {{P2.N2}}\n"),
        reporting(f"Take {BEST} [P2][R1], for {{{{R1.s1}}}}{{{{R1.s2}}}}"),
        reporting(f"{BEST}, " + "{{P2.price}}, " * (LONGEST_PROSE // 2) + "[P2]"),
        reporting(
            f"{BEST} is quiet [P2].",
            f"{PICK}## Trade-offs\n- [P2] is small\n## Reviews\n{PRAISE}",
        ),
        reporting(f"{BEST} [P2]", f"{PICK}## Reviews\n- [P2] complaint: the lid [R1]\n"),
    ],
)
def test_what_makes_sense_at_a_desk_is_taken(looked: Desk, acceptance: Acceptance, step: Step) -> None:
    assert acceptance.refused(step_grammar(looked), written(step)) == ""


def offering(*options: str) -> str:
    """A question with options, as a model writes it."""
    return written(call("", "ask_user", question="What else?", options=list(options)))


def test_only_what_the_catalogue_knows_and_no_need_names_is_offered(
    looked: Desk, acceptance: Acceptance
) -> None:
    grammar = step_grammar(looked)
    assert acceptance.refused(grammar, offering("white", "black", "nothing else")) == ""
    for option in ("gilm", "capacity", 'black", "red', "Kettles"):
        assert acceptance.refused(grammar, offering("white", option))


def test_an_attribute_that_no_need_names_is_offered(desk: Desk, acceptance: Acceptance) -> None:
    desk.adopt(Plan(category="C1", needs=NEEDS[:1]))
    assert acceptance.refused(step_grammar(desk), offering("capacity", "noise_level", "nothing else")) == ""


@pytest.mark.parametrize(
    "step",
    [
        call("", "product_search", query="kettle", needs=["N9"]),
        call("", "product_search", needs=["N1", "N1"]),
        call("", "product_search", needs=["N2", "N1"]),
        call("", "visit_product", id="P77"),
        call("", "web_visit", id="W1"),
        call("", "compare_products", ids=["P2", "P2"]),
        call("", "compare_products", ids=["P2", "P4"]),
        call("", "product_reviews", id="P2", aspect="something that no review speaks of"),
        reporting(f"{BEST} {{{{P2.weight}}}} [P2]."),
        reporting("{{P1.title}} [P1]."),
        reporting(f"{BEST} {{{{R1.s9}}}} [P2]."),
        reporting(f"{BEST} {{{{N9}}}}: {{{{P2.N9}}}} [P2]."),
        reporting(f"{BEST} is quiet."),
        reporting("{{P2.price}} is what it costs [P2]."),
        reporting(f"{BEST} [P2], not [P4]."),
        reporting("{{P4.title}} is quiet [P4]."),
        reporting(f"{BEST} [P2]", FIRST),
        reporting(f"{BEST} [P2]", f"- best: [P2] a reason that rests on nothing\n{OTHER}"),
        reporting(f"{BEST} [P2]", f"{PICK}## Trade-offs\n- It is small\n"),
        reporting(f"{BEST} [P2]", f"{PICK}- also: [P2] {{{{N2}}}}\n"),
        reporting(f"{BEST} [P2]", f"{FIRST}- budget: [P4] {{{{P4.price}}}}\n"),
        reporting(f"{BEST} [P2]", f"{FIRST}- also: [P4] {{{{P2.colour}}}}\n"),
        reporting(f"{BEST} [P2]", f"{PICK}## Reviews\n- [P4] praise: {{{{R1.s1}}}} [R1]\n"),
        reporting(f"{BEST} [P2]", f"{PICK}## Reviews\n- [P2] complaint: {{{{R1.s1}}}} [R1]\n"),
        reporting(f"{BEST} [P2]", f"{PICK}## Reviews\n{2 * PRAISE}"),
        reporting(f"{BEST} [P2]", "- best: [P2] " + "{{P2.price}}, " * (LONGEST_PROSE + 1) + f"\n{OTHER}"),
        reporting(f"{BEST} [P2] " + "word " * 40),
        reporting("{{P1.title}} is good [P1].", "- best: [P1] {{P1.price}}\n"),
        reporting(f"{BEST} is good [P2].", "- none\n"),
        reporting(""),
    ],
)
def test_what_makes_none_is_refused(looked: Desk, acceptance: Acceptance, step: Step) -> None:
    assert acceptance.refused(step_grammar(looked), written(step))


@pytest.mark.parametrize(
    ("made", "still"),
    [
        (call("", "product_search"), call("", "product_search", sort="price")),
        (call("", "visit_product", id="P2"), call("", "visit_product", id="P3")),
        (call("", "visit_product", id="P2", show="offers"), call("", "visit_product", id="P2")),
        (call("", "product_reviews", id="P2"), call("", "product_reviews", id="P2", aspect="noise")),
        (call("", "web_search"), call("", "web_search", query="limescale")),
        (call("", "compare_products"), call("", "compare_products", ids=["P2"])),
    ],
)
def test_a_call_whose_answer_stands_is_not_offered_again(
    looked: Desk, acceptance: Acceptance, made: Step, still: Step
) -> None:
    assert made.call is not None
    assert acceptance.refused(step_grammar(looked), written(made)) == ""
    assert acceptance.refused(step_grammar(looked, [made.call]), written(made))
    assert acceptance.refused(step_grammar(looked, [made.call]), written(still)) == ""


def test_where_nothing_was_opened_a_report_says_so_in_plain_words(
    planned: Desk, acceptance: Acceptance
) -> None:
    planned.stop = True
    nothing = reporting("Nothing in this catalogue is known to meet every need of yours.", "- none\n")
    assert acceptance.refused(step_grammar(planned), written(nothing)) == ""
    assert acceptance.refused(step_grammar(planned), written(reporting("Take [P2].", "- none\n")))


def test_a_comparison_of_the_best_stands_until_more_is_searched_for(looked: Desk) -> None:
    trajectory, _ = begin("a kettle", looked.index, "script", 1, NOW)
    seen, compared = Observation(text="seen"), call("", "compare_products")
    trajectory = trajectory.and_then(compared, seen)
    assert [done.call for done in trajectory.standing_calls] == [compared.call]
    search = call("", "product_search", sort="price")
    assert [done.call for done in trajectory.and_then(search, seen).standing_calls] == [search.call]
    planned = trajectory.and_then(call("", "plan", category="C1", needs="as read"), seen)
    assert compared.call not in [done.call for done in planned.standing_calls]


def test_a_tool_that_was_called_just_as_before_rests_until_another_is(
    shop: Index, looked: Desk, acceptance: Acceptance
) -> None:
    trajectory, _ = begin("a quiet kettle", shop, "rules", 0, NOW)
    further, other = call("", "product_search", page=2), call("", "compare_products")
    found = trajectory.and_then(further, Observation(text="Nothing more.", tags=()))
    assert not found.called_again
    again = found.and_then(further, Feedback(text="It was called before."))
    assert again.called_again == {"product_search"}
    assert acceptance.refused(step_grammar(looked, (), again.called_again), written(further))
    assert acceptance.refused(step_grammar(looked, (), again.called_again), written(other)) == ""
    assert not again.and_then(other, Observation(text="1. P2", tags=())).called_again


def test_a_tool_does_not_rest_where_there_is_no_other(desk: Desk) -> None:
    assert desk.allowed_tools() == ("plan",)
    assert step_grammar(desk, (), {"plan"}) == step_grammar(desk)
