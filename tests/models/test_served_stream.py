"""Answers as they are written: dialects of streams, broken and hostile ones, and how they end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import JsonValue

from models.completion import Reply
from models.served import Bounds, ServedClient
from models.served_errors import (
    DroppedError,
    EndlessError,
    FaultError,
    NonsenseError,
    RejectedError,
    ServerError,
    SlowServerError,
)
from models.served_stream import Events, Written
from tests.dialects import DONE, MODEL, Answer, Dialect, chunk, event, serving, spoken, stream, whole

SECRET = 'sk-quite"secret'
BOUNDS = Bounds(connect=1, read=0.5, total=1.5, streamed=1.5, most_bytes=200_000)
HELLO: dict[str, JsonValue] = {"messages": [{"role": "user", "content": "Hello"}]}


@contextmanager
def at(answer: Answer) -> Iterator[tuple[ServedClient, Dialect]]:
    """A client of a server that always answers so."""
    with serving(Dialect(lambda _: answer)) as dialect:
        client = ServedClient(dialect.address, MODEL, SECRET, BOUNDS)
        yield client, dialect
        client.close()


def written(client: ServedClient) -> tuple[list[Written], Reply]:
    """What a client told on the way, and the reply."""
    told: list[Written] = []
    writing = client.write(HELLO)
    while True:
        try:
            told.append(next(writing))
        except StopIteration as end:
            return told, end.value


def test_text_is_told_piece_by_piece_and_adds_up_to_the_reply() -> None:
    with at(spoken("Good day to you.")) as (client, dialect):
        told, reply = written(client)
    assert [piece.text for piece in told] == ["Good da", "y to yo", "u."]
    assert reply == Reply("Good day to you.")
    assert dialect.asked[0]["stream"] is True


def test_the_first_piece_is_told_before_the_last_was_written() -> None:
    unfinished = stream(event(chunk(content="Good")), then="stay")
    with at(unfinished) as (client, dialect):
        writing = client.write(HELLO)
        assert next(writing).text == "Good"
        assert not dialect.hung_up.is_set()
        client.hang_up()
        with pytest.raises(DroppedError):
            next(writing)
        assert dialect.hung_up.wait(5)


def test_a_thought_and_a_call_are_told_apart_and_put_together() -> None:
    first = {"index": 0, "id": "a", "function": {"name": "plan", "arguments": ""}}
    more = [{"index": 0, "function": {"arguments": part}} for part in ('{"category"', ': "C1"}')]
    other = {"index": 1, "id": "b", "function": {"name": "web_search", "arguments": "{}"}}
    deltas = [chunk(reasoning="Hm."), *(chunk(tool_calls=[c]) for c in (first, *more, other))]
    with at(stream(*map(event, deltas), event(chunk("tool_calls")), DONE)) as (client, _):
        told, reply = written(client)
    assert told[0] == Written(thought="Hm.")
    assert told[1:4] == [
        Written(call="plan"),
        Written(arguments='{"category"'),
        Written(arguments=': "C1"}'),
    ]
    assert reply.thought == "Hm."
    assert reply.calls == (("plan", '{"category": "C1"}'), ("web_search", "{}"))


def test_calls_of_one_index_are_told_apart_by_their_id_and_a_name_may_be_repeated() -> None:
    parts = [("a", "plan", '{"x"'), ("a", "plan", ": 1}"), ("b", "web_search", "{}")]
    deltas = [
        chunk(tool_calls=[{"index": 0, "id": i, "function": {"name": n, "arguments": a}}])
        for i, n, a in parts
    ]
    with at(stream(*map(event, deltas), DONE)) as (client, _):
        _, reply = written(client)
    assert reply.calls == (("plan", '{"x": 1}'), ("web_search", "{}"))


def test_a_filled_budget_is_told() -> None:
    with at(stream(event(chunk("length", content="And")), DONE)) as (client, _):
        assert written(client)[1].full


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_may_end_in_any_way_and_come_in_any_pieces(end: bytes, size: int) -> None:
    lines = [
        b"\xef\xbb\xbf: a comment",
        b"event: x",
        b"data: {",
        b'data:"a": 1}',
        b"",
        b":",
        b"data: two",
        b"",
    ]
    sent = end.join([*lines, b"data: three"])
    events = Events()
    found = [data for at in range(0, len(sent), size) for data in events.feed(sent[at : at + size])]
    assert found == [b'{\n"a": 1}', b"two"]


def test_comments_usage_and_data_over_several_lines_are_no_text() -> None:
    body = (
        b": still here\r\n\r\n"
        b'data: {"choices":\r\ndata: [{"index": 0, "delta": {"content": "Hi"}}]}\r\n\r\n'
        b'data: {"choices": [], "usage": {"total_tokens": "many"}}\r\n\r\n'
        b'id: 7\r\ndata: {"choices": [{"index": 1, "delta": {"content": "no"}, "finish_reason": "stop"}, '
        b'{"index": 0, "delta": {}, "finish_reason": "stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n'
    )
    with at(stream(body)) as (client, _):
        assert written(client)[1] == Reply("Hi")


def test_a_stream_that_says_it_is_done_needs_no_last_mark() -> None:
    with at(stream(event(chunk("stop", content="Hi")))) as (client, _):
        assert written(client)[1] == Reply("Hi")


def test_a_server_that_answers_whole_is_read_whole() -> None:
    with at(whole("Good day.")) as (client, _):
        assert written(client) == ([], Reply("Good day."))


def test_a_server_that_refuses_to_stream_is_asked_for_the_whole_from_then_on() -> None:
    with serving(Dialect(lambda _: whole("Good day."), refuses=("stream",))) as dialect:
        client = ServedClient(dialect.address, MODEL, None, BOUNDS)
        assert [written(client)[1].text for _ in range(2)] == ["Good day."] * 2
    assert ["stream" in asked for asked in dialect.asked] == [True, False, False]


def test_a_stream_without_a_word_is_asked_again_for_the_reason() -> None:
    def say(request: dict[str, Any]) -> Answer:
        reason = Answer([b'{"error": {"message": "the context is 8192 tokens"}}'], 400)
        return stream() if request.get("stream") else reason

    with serving(Dialect(say)) as dialect, pytest.raises(RejectedError, match="8192 tokens"):
        written(ServedClient(dialect.address, MODEL, None, BOUNDS))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (stream(event(chunk(content="Hi"))), DroppedError),
        (stream(event(chunk(content="Hi")), then="stay"), SlowServerError),
        (stream(event(chunk(content="x" * 5000)), then="again"), EndlessError),
        (stream(b": ping\n\n", then="again", pause=0.05), SlowServerError),
        (stream(b"data: " + b"x" * 60_000, then="again"), EndlessError),
        (stream(event(b"{")), NonsenseError),
        (stream(event(b'{"choices": [{"delta": "no"}]}')), NonsenseError),
        (stream(b'data: {"choices": [{"index": 0, "delta": {"content": "\xff\xfe"}}]}\n\n'), NonsenseError),
        (stream(event(b"[" * 100_000)), NonsenseError),
        (stream(event(b'{"error": {"message": "out of memory"}}')), FaultError),
        (stream(b'error: {"code": 500, "message": "out of memory"}\n\n'), FaultError),
        (Answer([b"<html>Welcome"], kind="text/html"), NonsenseError),
        (Answer([b"<html>Bad gateway"], 502, "text/html"), FaultError),
        (
            Answer([b""], 307, headers=(("Location", "http://127.0.0.1:9/v1/chat/completions"),)),
            RejectedError,
        ),
    ],
)
def test_what_goes_wrong_in_a_stream_is_one_sentence_of_its_kind(
    answer: Answer, error: type[ServerError]
) -> None:
    with at(answer) as (client, dialect):
        with pytest.raises(ServerError) as raised:
            written(client)
        assert type(raised.value) is error
        assert str(raised.value).startswith(dialect.address)
        assert str(raised.value).endswith(".")
        assert "\n" not in str(raised.value)


def test_what_a_terminal_would_obey_is_told_as_letters() -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07 a\u202eb\x9b1m\r\nend"
    for answer in (spoken(hostile), whole(hostile)):
        with at(answer) as (client, _):
            told, reply = written(client)
        assert reply.text == "␛[2J␛]0;owned␇ a�b�1m\nend"
        assert "".join(piece.text for piece in told) in ("", reply.text)


@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_the_key_that_a_server_gives_back_stands_in_no_error_and_no_reply(status: int) -> None:
    # Where what is quoted of a body ends, half a key would be left.
    said = json.dumps({"error": {"message": " " * 1250 + SECRET}}).encode()
    answer = spoken(f"<{SECRET}>") if status == 200 else Answer([said], status)
    with at(answer) as (client, dialect):
        try:
            shown = repr(written(client)[1])
        except ServerError as error:
            shown = f"{error} {error!r} {vars(error)}"
    assert dialect.headers[0]["Authorization"] == f"Bearer {SECRET}"
    assert "sk-q" not in shown
    assert "…" in shown


def test_a_redirect_is_not_followed_and_the_key_stays_here() -> None:
    with serving(Dialect(lambda _: whole("no"))) as elsewhere:
        answer = Answer([b""], 307, headers=(("Location", elsewhere.address + "/v1/chat/completions"),))
        with at(answer) as (client, _), pytest.raises(RejectedError, match="redirects"):
            written(client)
    assert elsewhere.asked == []
