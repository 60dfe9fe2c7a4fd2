"""Reading what policies write: the form that is asked for, what larger models make of it, and garbage."""

from hypothesis import given
from hypothesis import strategies as st

from agent.report.draft import (
    Citation,
    Draft,
    DraftPick,
    FieldReference,
    QuoteReference,
    Text,
    edit,
    parse_draft,
    parse_prose,
    render_draft,
    sentence_text,
)

WRITTEN = """## Verdict
{{P3.title}} at {{P3.price}} is the best fit [P3]. It is quiet.
## Picks
- best: [P3] meets every need, {{R12.s2}} [R12]
- budget: [P5] costs less
## Trade-offs
- [P3] is dearer than [P5].
## Reviews
- [P3] praise: quiet at night {{R12.s1}}
- [P3] complaint: short cord
"""


def texts(prose: tuple[tuple[object, ...], ...]) -> list[str]:
    return [span.text for sentence in prose for span in sentence if isinstance(span, Text)]


def test_all_four_sections_are_read() -> None:
    draft = parse_draft(WRITTEN)
    assert draft.verdict is not None
    assert len(draft.verdict) == 2
    assert [(p.role, p.tag) for p in draft.picks or ()] == [("best", "P3"), ("budget", "P5")]
    assert len(draft.trade_offs or ()) == 1
    assert [(r.tag, r.polarity) for r in draft.reviews or ()] == [("P3", "praise"), ("P3", "complaint")]
    assert draft.findings == ()


def test_a_sentence_becomes_text_field_quote_and_citation() -> None:
    (sentence,) = parse_prose("At {{P3.noise_level}} it is {{ R12.s2 }} and {{W2.s13}} [P3, R12]")
    assert sentence == (
        Text(text="At "),
        FieldReference(tag="P3", name="noise_level"),
        Text(text=" it is "),
        QuoteReference(tag="R12", number=2),
        Text(text=" and "),
        QuoteReference(tag="W2", number=13),
        Text(text=" "),
        Citation(tag="P3"),
        Citation(tag="R12"),
    )


def test_sentences_end_at_full_stops_but_not_at_decimals_or_abbreviations() -> None:
    prose = parse_prose("It makes 20.5 dB, e.g. At night. Good! [P3] costs less. Really? Yes.")
    assert [sentence_text(s) for s in prose] == [
        "It makes 20.5 dB, e.g. At night.",
        "Good!",
        "[P3] costs less.",
        "Really?",
        "Yes.",
    ]


def test_a_citation_behind_the_full_stop_stays_with_its_sentence() -> None:
    prose = parse_prose("It is quiet. [R1] [R2]")
    assert [sentence_text(s) for s in prose] == ["It is quiet. [R1][R2]".replace("][", "] [")]


def test_other_heading_levels_bold_and_list_marks_are_understood() -> None:
    draft = parse_draft(
        "# **Final verdict:**\nBuy it.\n\n**Picks**\n* **Best** – P3: good\n1) Runner-up: [P4]\n"
    )
    assert draft.verdict == parse_prose("Buy it.")
    assert draft.picks == (
        DraftPick(role="best", tag="P3", reason=parse_prose("good")),
        DraftPick(role="also", tag="P4"),
    )


def test_none_means_no_pick() -> None:
    assert parse_draft("## Picks\n- none\n").picks == ()
    assert parse_draft("## Verdict\nNo.\n").picks is None


def test_stray_text_and_unknown_sections_are_left_out_with_a_finding() -> None:
    draft = parse_draft("Sure! Here it is.\n## Verdict\nBuy it.\n## Prices\n- 12\n")
    assert [f.code for f in draft.findings] == ["stray_text", "unknown_section"]
    assert draft.verdict == parse_prose("Buy it.")


def test_a_pick_that_cannot_be_read_is_a_finding() -> None:
    draft = parse_draft("## Picks\n- the black one\n- best: [P1]\n")
    assert [p.tag for p in draft.picks or ()] == ["P1"]
    assert [(f.code, f.section) for f in draft.findings] == [("malformed_pick", "picks")]


def test_a_review_finding_that_cannot_be_read_is_a_finding() -> None:
    assert [f.code for f in parse_draft("## Reviews\n- people like it\n").findings] == ["malformed_review"]


def test_an_item_goes_on_over_several_lines() -> None:
    (item,) = parse_draft("## Trade-offs\n- [P3] is dear\n  but good.\n").trade_offs or ()
    assert "".join(texts(item)) == " is dear but good."


def test_an_edit_replaces_only_the_sections_written_again() -> None:
    older = parse_draft(WRITTEN)
    newer = parse_draft("## Picks\n- best: [P5]\n")
    edited = edit(older, newer)
    assert edited.picks == newer.picks
    assert edited.verdict == older.verdict
    assert edited.reviews == older.reviews


def test_an_edit_forgets_what_was_wrong_with_the_replaced_section() -> None:
    older = parse_draft("## Picks\n- what\n## Reviews\n- what\n")
    edited = edit(older, parse_draft("## Picks\n- best: [P5]\n"))
    assert [f.code for f in edited.findings] == ["malformed_review"]


def test_terminal_escapes_and_markup_do_not_survive_reading() -> None:
    draft = parse_draft("## Verdict\n\x1b[31mRed\x1b[0m <script>alert(1)</script>tape.\n")
    assert texts(draft.verdict or ()) == ["Red  tape."] or texts(draft.verdict or ()) == ["Red tape."]


def test_a_very_long_text_is_read_to_a_bound() -> None:
    draft = parse_draft("## Verdict\n" + "Good. " * 100_000)
    assert len(draft.verdict or ()) <= 24


PIECES = st.sampled_from(
    [
        "## Verdict\n",
        "## Picks\n",
        "- best: [P1] ",
        "[R1]",
        "{{P1.price}}",
        "{{R1.s2}}",
        "{{",
        "}}",
        "[",
        "]",
        "\n",
        "- ",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=40))
def test_no_text_makes_reading_raise(pieces: list[str]) -> None:
    assert isinstance(parse_draft("".join(pieces)), Draft)


@given(st.text(max_size=200))
def test_references_keep_their_place_in_any_prose(text: str) -> None:
    (sentence, *_) = parse_prose("x{{P1.price}}" + text)
    assert sentence[:2] == (Text(text="x"), FieldReference(tag="P1", name="price"))


WORDS = st.sampled_from(
    ["quiet", "24 cm", "best", "P3", "no", "e.g.", "praise", "[P1]", "{{P1.price}}", "{{R2.s1}}"]
)
SAID = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
PROSE = st.lists(SAID, max_size=3).map(lambda said: " ".join(f"It is {words}." for words in said))
WRITTEN_REPORTS = st.builds(
    "## Verdict\n{}\n## Picks\n{}\n## Trade-offs\n{}\n## Reviews\n{}\n".format,
    PROSE,
    st.lists(PROSE, max_size=3).map(lambda reasons: "\n".join(f"- also: [P{len(r)}] {r}" for r in reasons)),
    st.lists(PROSE, max_size=3).map(lambda items: "\n".join(f"- {item}" for item in items)),
    st.lists(PROSE, max_size=3).map(lambda items: "\n".join(f"- [P1] complaint: {item}" for item in items)),
)


@given(WRITTEN_REPORTS)
def test_a_draft_that_is_written_out_reads_as_the_same_draft(text: str) -> None:
    draft = parse_draft(text)
    assert parse_draft(render_draft(draft)) == draft.model_copy(update={"findings": ()})


def test_only_the_sections_of_a_draft_are_written_out() -> None:
    assert render_draft(parse_draft("## Picks\n- none\n")) == "## Picks\n- none\n"
    assert render_draft(parse_draft(WRITTEN)) == WRITTEN.replace("[P3]. It", "[P3].\nIt")
