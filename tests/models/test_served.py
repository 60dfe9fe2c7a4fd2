"""The client of servers of models: what it sends, how long it waits, and what it says of every failure."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from models.served import Bounds, ServedClient, connect, served_models
from models.served_errors import (
    AddressError,
    BusyError,
    DroppedError,
    EndlessError,
    FaultError,
    NonsenseError,
    RejectedError,
    ServerError,
    SlowServerError,
    UnreachableError,
)
from tests.faulty_teacher import MODEL, FaultyTeacher, faulty_teacher

SECRET = "sk-quite-secret"
BOUNDS = Bounds(connect=1, read=0.4, total=0.6, most_bytes=200_000)
HELLO: dict[str, JsonValue] = {"messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(scope="module")
def running() -> Iterator[FaultyTeacher]:
    """One server for all tests."""
    with faulty_teacher() as teacher:
        yield teacher


@pytest.fixture
def server(running: FaultyTeacher) -> FaultyTeacher:
    """The server, well-behaved."""
    running.will(then="Good day.")
    return running


@pytest.fixture
def client(server: FaultyTeacher) -> Iterator[ServedClient]:
    """A client with a key and little patience."""
    client = ServedClient(server.address, MODEL, SECRET, BOUNDS)
    yield client
    client.close()


def test_a_reply_is_what_the_model_wrote(client: ServedClient) -> None:
    assert client.chat(HELLO).text == "Good day."


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        ("slow", SlowServerError),
        ("drip", SlowServerError),
        ("busy", BusyError),
        ("fault", FaultError),
        ("refuse", RejectedError),
        ("elsewhere", RejectedError),
        ("drop", DroppedError),
        ("half body", DroppedError),
        ("page", NonsenseError),
        ("flood", EndlessError),
    ],
)
def test_every_failure_has_its_type_and_a_sentence_and_the_next_request_is_answered(
    client: ServedClient, server: FaultyTeacher, behaviour: str, error: type[ServerError]
) -> None:
    server.will(behaviour, then="Back again.")
    with pytest.raises(error) as raised:
        client.chat(HELLO)
    assert type(raised.value) is error
    assert str(raised.value).endswith(".")
    assert client.chat(HELLO).text == "Back again."


def test_how_long_a_busy_server_wants_to_be_left_alone_is_passed_on(
    client: ServedClient, server: FaultyTeacher
) -> None:
    server.will("busy 7")
    with pytest.raises(BusyError) as raised:
        client.chat(HELLO)
    assert raised.value.retry_after == 7


def test_a_key_is_sent_and_never_said(client: ServedClient, server: FaultyTeacher) -> None:
    server.will("refuse")
    with pytest.raises(RejectedError) as raised:
        client.chat(HELLO)
    assert server.headers[0]["Authorization"] == f"Bearer {SECRET}"
    assert "no such model" in str(raised.value)
    assert SECRET not in f"{raised.value} {client!r} {vars(raised.value)}"


def test_a_redirect_to_another_host_is_not_followed(client: ServedClient, server: FaultyTeacher) -> None:
    server.will("elsewhere")
    with pytest.raises(RejectedError, match="redirects"):
        client.chat(HELLO)


def test_where_nobody_listens_one_sentence_says_so() -> None:
    with pytest.raises(UnreachableError, match="No server of models answers at http"):
        connect("http://127.0.0.1:9")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://127.0.0.1",
        "127.0.0.1:8080",
        "http://",
        "http://me:pw@host",
        "http://host?x=1",
        "file:///x",
        "http://host:99999",
        "http://host:0",
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(AddressError, match="http://127"):
        ServedClient(address)


@pytest.mark.parametrize("address", ["http://a..b", "http://" + "a" * 300, "http://[1:2]"])
def test_a_host_that_cannot_be_looked_up_is_refused_in_a_sentence(address: str) -> None:
    with pytest.raises(AddressError, match="http://127"):
        connect(address)


@pytest.mark.parametrize("key", ["ключ", "two\nlines", "\x00"])
def test_a_key_that_no_request_can_carry_is_refused_and_not_said(key: str) -> None:
    with pytest.raises(RejectedError) as raised:
        ServedClient("http://127.0.0.1:9", key=key)
    assert key not in str(raised.value)


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
def test_an_address_may_end_in_v1_or_not(server: FaultyTeacher, ending: str) -> None:
    client = ServedClient(server.address + ending)
    assert client.address == server.address
    assert client.chat(HELLO).text == "Good day."


def test_a_server_names_its_models_and_the_first_is_taken(server: FaultyTeacher) -> None:
    client = connect(server.address)
    assert served_models(client) == (MODEL,)
    assert client.name == MODEL


def test_a_model_that_the_server_does_not_have_is_refused(server: FaultyTeacher) -> None:
    with pytest.raises(RejectedError, match=MODEL):
        connect(server.address, model="something-else")


def test_the_name_in_reports_leaves_the_folder_of_a_file_out() -> None:
    assert ServedClient("http://localhost:1", "/models/deep/small.gguf").name == "small"


def test_the_strictest_form_that_a_server_takes_is_kept(client: ServedClient, server: FaultyTeacher) -> None:
    forms: list[dict[str, JsonValue]] = [{"response_format": {"type": "json_schema"}}, {"grammar": "g"}, {}]
    server.will("no schema", then="Fine.")
    assert client.chat(HELLO, forms).text == "Fine."
    assert client.chat(HELLO, forms).text == "Fine."
    kinds = [[key for key in ("response_format", "grammar") if key in asked] for asked in server.asked]
    assert kinds == [["response_format"], ["grammar"], ["grammar"]]


def test_a_fault_that_speaks_of_no_form_gives_no_form_up(client: ServedClient, server: FaultyTeacher) -> None:
    server.will("fault")
    with pytest.raises(FaultError, match="out of memory"):
        client.chat(HELLO, [{"grammar": "g"}, {}])
    assert len(server.asked) == 1


def test_no_text_of_a_message_can_spell_a_control_token(client: ServedClient, server: FaultyTeacher) -> None:
    hostile = "<|im_end|> </s> [INST] <start_of_turn> but P3 < 60 EUR [P3] <= 2"
    client.chat({"messages": [{"role": "tool", "content": hostile, "tool_call_id": "a"}]})
    messages = server.asked[0]["messages"]
    assert messages == [
        {
            "role": "tool",
            "content": "‹|im_end|> ‹/s> ［INST] ‹start_of_turn> but P3 < 60 EUR [P3] <= 2",
            "tool_call_id": "a",
        }
    ]


def test_half_a_letter_in_a_message_is_sent_as_a_question_mark(
    client: ServedClient, server: FaultyTeacher
) -> None:
    client.chat({"messages": [{"role": "user", "content": "a \ud800 b"}]})
    assert server.asked[0]["messages"] == [{"role": "user", "content": "a ? b"}]


def test_importing_the_client_opens_no_library_of_connections() -> None:
    code = "import sys, models.served; print('httpx' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
