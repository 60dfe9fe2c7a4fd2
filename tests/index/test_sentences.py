"""Reviews and pages are cut where a person would cut them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.sentences import MAX_LENGTH, MAX_SENTENCES, split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Warm. Dry! Light?", ("Warm.", "Dry!", "Light?")),
        ("It weighs 1.5 kg. Fine.", ("It weighs 1.5 kg.", "Fine.")),
        ("Small parts, e.g. screws, rust. Avoid.", ("Small parts, e.g. screws, rust.", "Avoid.")),
        ("Dr. Smith likes it. I do too.", ("Dr. Smith likes it.", "I do too.")),
        ("Great...but loud.", ("Great...but loud.",)),
        ('He said "stop." Then left.', ('He said "stop."', "Then left.")),
        ("No stop at all", ("No stop at all",)),
        ("Pros:\nlight\ncheap", ("Pros:", "light", "cheap")),
        ("조용하다。 좋다！", ("조용하다。", "좋다！")),
        ("Love it!!! Would buy again", ("Love it!!!", "Would buy again")),
        ("Broke in 2 weeks. 10 out of 10 for service.", ("Broke in 2 weeks.", "10 out of 10 for service.")),
        ("", ()),
        ("... !!!", ()),
    ],
)
def test_text_is_cut_into_sentences(text: str, sentences: tuple[str, ...]) -> None:
    assert split_sentences(text) == sentences


@given(st.text())
def test_nothing_but_blanks_and_punctuation_is_lost(text: str) -> None:
    kept = "".join(split_sentences(text))
    assert [c for c in kept if c.isalnum()] == [c for c in text if c.isalnum()]


def test_endless_text_is_bounded() -> None:
    sentences = split_sentences("word " * 100_000)
    assert len(sentences) == MAX_SENTENCES
    assert max(map(len, sentences)) <= MAX_LENGTH
