"""The bundled chat template: tools as signatures, and the same text from the wire as from transformers."""

from typing import Any

import pytest

from agent import wire
from agent.tools import declarations
from agent.trajectory import Trajectory
from finetune.micro.tokenizer import Tokenizer
from models.engine import Piece
from models.template import ChatTemplate
from tests.agent.test_wire import NOW, SESSION
from tests.finetune.export.folders import write_reading
from tests.finetune.micro.conftest import ROOT

SOURCE = (ROOT / "models" / "bundled" / "chat_template.jinja").read_text(encoding="utf-8")
TOOLS_IN_TOKENS = 250
TRAJECTORY = Trajectory(id="s", wire=wire.WIRE_VERSION, started=NOW, author="rules", entries=SESSION)


@pytest.fixture(scope="module")
def template() -> ChatTemplate:
    return ChatTemplate.from_source(SOURCE, eos="<|im_end|>", now=NOW)


@pytest.fixture(scope="module")
def of_transformers(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoTokenizer

    folder = tmp_path_factory.mktemp("reading")
    write_reading(folder, tokenizer, SOURCE)
    return AutoTokenizer.from_pretrained(folder)


def signatures(template: ChatTemplate) -> str:
    """What stands between the instructions and the question."""
    opening = "".join(piece.text for piece in template.opening("Instructions.", declarations(), "Question?"))
    return opening.partition("Instructions.")[2].partition("<|im_end|>")[0].strip()


def test_each_tool_is_one_line(template: ChatTemplate) -> None:
    heading, *lines = signatures(template).splitlines()
    assert heading == "Tools:"
    names = [tool["function"]["name"] for tool in declarations() if isinstance(tool["function"], dict)]
    assert [line.partition("(")[0] for line in lines] == names


def test_a_signature_tells_what_can_be_left_out_and_what_can_be_chosen(template: ChatTemplate) -> None:
    assert "\nvisit_product(id, show?: all|offers|prices) " in signatures(template)
    assert "plan(category, needs, " in signatures(template)
    assert "(ids?: []) " in signatures(template)


def test_all_tools_take_at_most_250_tokens(template: ChatTemplate, tokenizer: Tokenizer) -> None:
    assert 100 < len(tokenizer.encode(signatures(template))) <= TOOLS_IN_TOKENS


def test_a_tool_without_parameters_is_shown(template: ChatTemplate) -> None:
    bare = {"type": "object", "properties": {}}
    tool = {"type": "function", "function": {"name": "wait", "description": "Wait.", "parameters": bare}}
    opening = template.opening("", [tool], "?")
    assert "\nwait() Wait." in "".join(piece.text for piece in opening)


def test_the_model_is_asked_to_write_its_turn_at_once(template: ChatTemplate) -> None:
    assert template.opening("S", declarations(), "Q")[-1] == Piece(
        "<|im_end|>\n<|im_start|>assistant\n", trusted=True
    )
    assert not template.opens_thinking


def test_what_a_tool_brought_is_told_in_a_turn_of_the_person(template: ChatTemplate) -> None:
    assert "".join(piece.text for piece in template.observation("P1")) == (
        "<|im_end|>\n<|im_start|>user\n<tool_response>\nP1\n</tool_response><|im_end|>\n<|im_start|>assistant\n"
    )


def test_transformers_renders_a_trajectory_as_the_wire_does(
    template: ChatTemplate, of_transformers: Any
) -> None:
    rendered = of_transformers.apply_chat_template(
        wire.messages(TRAJECTORY), tools=declarations(), tokenize=False
    )
    spans = wire.entry_spans(SESSION, template, begins=True)
    assert rendered == "".join(span.piece.text for span in spans)


def test_transformers_marks_as_the_assistants_what_a_student_learns(
    template: ChatTemplate, of_transformers: Any
) -> None:
    made = of_transformers.apply_chat_template(
        wire.messages(TRAJECTORY),
        tools=declarations(),
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    marked = [token for token, of in zip(made["input_ids"], made["assistant_masks"], strict=True) if of]
    spans = wire.entry_spans(SESSION, template, begins=True)
    learned = "".join(span.piece.text for span in spans if span.supervised)
    assert of_transformers.decode(marked) == learned.replace("<|im_end|>\n", "<|im_end|>")


def test_a_call_whose_arguments_are_no_text_yet_is_written_the_same(of_transformers: Any) -> None:
    arguments = {"query": "<b> < 2 l", "page": 2}
    call = {"type": "function", "function": {"name": "product_search", "arguments": arguments}}
    said = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    rendered = of_transformers.apply_chat_template(said, tokenize=False)
    assert (
        '<tool_call>\n{"name": "product_search", "arguments": {"query": "\\u003cb> < 2 l", "page": 2}}\n'
        in (rendered)
    )
