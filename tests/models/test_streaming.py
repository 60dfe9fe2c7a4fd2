"""Bytes become text when they are whole, and never show an end mark."""

from models.streaming import TextStream


def streamed(stream: TextStream, *pieces: bytes) -> list[str]:
    return [stream.feed(piece) for piece in pieces]


def test_a_character_is_shown_once_its_last_byte_is_there() -> None:
    assert streamed(TextStream(), b"a", b"\xea\xb0", b"\x80b") == ["a", "", "가b"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert streamed(TextStream(), b"a\xff", b"b") == ["a�", "b"]


def test_what_may_become_the_end_is_held_back_until_it_is_certain() -> None:
    stream = TextStream("</think>")
    assert streamed(stream, b"so <", b"/th", b"ree") == ["so ", "", "</three"]
    assert not stream.ended


def test_the_end_is_not_shown() -> None:
    stream = TextStream("</think>")
    assert streamed(stream, b"so", b" be it</", b"think>\n") == ["so", " be it", ""]
    assert (stream.ended, stream.overlap, stream.before_end) == (True, "</", "")


def test_an_end_in_one_token_has_no_overlap() -> None:
    stream = TextStream("</think>")
    assert streamed(stream, b"so", b"!</think>") == ["so", "!"]
    assert (stream.overlap, stream.before_end) == ("", "!")


def test_held_text_is_given_out_where_no_end_came() -> None:
    stream = TextStream("</think>")
    stream.feed(b"so </th")
    assert stream.rest() == "</th"
