"""The ladder of forms: what a server takes is tried once, and what fails otherwise is no step down."""

import pytest
from pydantic import JsonValue

from models.served import Bounds, ServedClient
from models.served_errors import BusyError, FaultError, RejectedError, ServerError, SlowServerError
from models.served_forms import Form, schema_form
from tests.dialects import MODEL, PROVING, Answer, Dialect, serving, stream, whole

BOUNDS = Bounds(connect=1, read=0.5, total=1)
HELLO: dict[str, JsonValue] = {"messages": [{"role": "user", "content": "Hello"}]}
TOOLS: JsonValue = [{"type": "function", "function": {"name": n, "parameters": {}}} for n in ("a", "b")]
FORMS: list[Form] = [
    {"grammar": 'root ::= "x"', "tools": TOOLS},
    {"grammar": 'root ::= "x"'},
    schema_form({"type": "object"}),
    {"tools": TOOLS},
    {},
]


@pytest.mark.parametrize(
    ("refuses", "ignores", "taken"),
    [
        ((), (), "grammar+tools"),
        (("grammar+tools",), (), "grammar"),
        ((), ("grammar",), "response_format"),
        (("grammar",), (), "response_format"),
        (("grammar", "response_format"), (), "tools"),
        ((), ("grammar", "response_format"), "tools"),
        (("grammar", "response_format", "tools"), (), ""),
    ],
)
@pytest.mark.parametrize("status", [400, 422])
def test_the_strictest_form_that_a_server_holds_to_is_found_once(
    refuses: tuple[str, ...], ignores: tuple[str, ...], taken: str, status: int
) -> None:
    with serving(Dialect(lambda _: whole("Fine."), refuses, ignores, status)) as dialect:
        client = ServedClient(dialect.address, MODEL, None, BOUNDS)
        client.chat(HELLO, FORMS)
        tries = len(dialect.asked)
        client.chat(HELLO, FORMS)
        client.close()
    assert dialect.forms[-1] == taken
    assert dialect.forms[-2] == taken
    assert len(dialect.asked) == tries + 1


def test_whether_a_form_is_held_to_is_asked_with_one_tool_and_few_tokens() -> None:
    with serving(Dialect(lambda _: whole("Fine."))) as dialect:
        ServedClient(dialect.address, MODEL, None, BOUNDS).chat(HELLO, FORMS)
    small = dialect.asked[0]
    assert small["messages"] == PROVING
    assert len(small["tools"]) == 1
    assert small["max_tokens"] <= 32


def test_a_form_that_is_refused_later_is_one_step_down() -> None:
    def say(request: dict[str, object]) -> Answer:
        return Answer([b'{"error": "too long"}'], 400) if "max_tokens" in request else whole("Fine.")

    with serving(Dialect(say)) as dialect:
        client = ServedClient(dialect.address, MODEL, None, BOUNDS)
        client.chat(HELLO, FORMS[2:])
        dialect.refuses = ("response_format",)
        client.chat(HELLO, FORMS[2:])
        client.chat(HELLO, FORMS[2:])
    assert dialect.forms == ["response_format", "response_format", "tools", "tools"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer([b'{"error": "grammar of tools"}'], 500), FaultError),
        (Answer([b"grammar"], 503), FaultError),
        (Answer([b""], 429), BusyError),
        (Answer([b"grammar"], 401), RejectedError),
        (Answer([b"grammar"], 404), RejectedError),
        (stream(then="stay"), SlowServerError),
    ],
)
def test_what_is_no_refusal_of_a_form_is_an_error_and_no_step_down(
    answer: Answer, error: type[ServerError]
) -> None:
    with serving(Dialect(lambda _: answer)) as dialect:
        client = ServedClient(dialect.address, MODEL, None, BOUNDS)
        with pytest.raises(error):
            client.chat(HELLO, FORMS)
        assert dialect.forms == ["grammar+tools"]
        dialect.say = lambda _: whole("Fine.")
        client.chat(HELLO, FORMS)
    assert dialect.forms[1:] == ["grammar+tools"]
