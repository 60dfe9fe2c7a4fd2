"""The grammar of a step: it takes what makes sense at this desk, of bounded length, and nothing else."""

from datetime import UTC, datetime

import pytest

from agent.desk import Desk
from agent.grammar import LONGEST_PROSE, step_grammar
from agent.opening import begin
from agent.tools import execute
from agent.trajectory import Step, ToolCall
from agent.wire import END_THINK, step_pieces
from index.search import Index
from models.llama import LlamaEngine
from tests.agent.accepting import Acceptance
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


def reporting(verdict: str, picks: str = "- best: [P2] It is {{P2.colour}}.\n") -> Step:
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
        call("", "product_search", query="kettle", needs=[]),
        call("", "product_search", query="kettle", needs=["N1", "N2", "N3", "N4"], sort="N4", page=2),
        call("", "visit_product", id="P2", show="offers"),
        call("", "compare_products", ids=[f"P{1 + n % 4}" for n in range(16)]),
        call("", "ask_user", question="Which colour?", options=["white", "black"]),
        reporting("{{P2.title}} at {{P2.price}} is it [P2]."),
        reporting("On {{N1}}: {{P2.N1}} [P2]."),
        reporting(
            "It is quiet.", "- best: [P2] {{N2}} {{P2.N2}}\n- also: [P4] {{P4.N2}} against {{P2.N2}}\n"
        ),
        reporting("It is quiet.", "- best: [P4] {{N2}} {{P4.N2}}\n- also: [P2] {{P2.N2}}\n"),
        reporting("Take [P2][R1], for {{R1.s1}}{{R1.s2}}"),
        reporting("It is " + "{{P2.price}}, " * LONGEST_PROSE),
        reporting("A reason of its own. " * 6),
        reporting(
            "It is quiet.",
            "- best: [P2] quiet\n## Trade-offs\n- [P2] is small\n## Reviews\n- [P2] praise: {{R1.s1}} [R1]\n",
        ),
        reporting("It is quiet.", "- best: [P2] quiet\n## Reviews\n- [P2] complaint: the lid [R1]\n"),
    ],
)
def test_what_makes_sense_at_a_desk_is_taken(looked: Desk, acceptance: Acceptance, step: Step) -> None:
    assert acceptance.refused(step_grammar(looked), written(step)) == ""


@pytest.mark.parametrize(
    "step",
    [
        call("", "product_search", query="kettle", needs=["N9"]),
        call("", "visit_product", id="P77"),
        call("", "web_visit", id="W1"),
        call("", "compare_products", ids=["P2"] * 17),
        reporting("Take {{P2.weight}} [P2]."),
        reporting("Take {{P1.price}} [P1]."),
        reporting("Take {{R1.s9}}."),
        reporting("On {{N9}}: {{P2.N9}}."),
        reporting("It is quiet.", "- best: [P2] quiet\n- also: [P2] quiet\n"),
        reporting("It is quiet.", "- best: [P2] quiet\n- budget: [P4] it costs more\n"),
        reporting("It is quiet.", "- best: [P2] quiet\n- also: [P4] {{P2.colour}}\n"),
        reporting("It is quiet.", "- best: [P2] quiet\n## Reviews\n- [P4] praise: {{R1.s1}} [R1]\n"),
        reporting("It is quiet.", "- best: [P2] quiet\n## Reviews\n- [P2] complaint: {{R1.s1}} [R1]\n"),
        reporting("It is quiet.", f"- best: [P2] quiet\n## Reviews\n{2 * PRAISE}"),
        reporting("It is " + "{{P2.price}}, " * (LONGEST_PROSE + 1)),
        reporting("word " * 40),
        reporting("It is good.", "- best: [P1] never opened\n"),
        reporting("It is good.", "- none\n"),
        reporting(""),
    ],
)
def test_what_makes_none_is_refused(looked: Desk, acceptance: Acceptance, step: Step) -> None:
    assert acceptance.refused(step_grammar(looked), written(step))


def test_where_nothing_was_opened_a_report_says_so_in_plain_words(
    planned: Desk, acceptance: Acceptance
) -> None:
    planned.stop = True
    nothing = reporting("Nothing in this catalogue is known to meet every need of yours.", "- none\n")
    assert acceptance.refused(step_grammar(planned), written(nothing)) == ""
    assert acceptance.refused(step_grammar(planned), written(reporting("Take [P2].", "- none\n")))
