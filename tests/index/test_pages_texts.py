"""Saved pages, notes and PDFs as texts: what is read of them, and what tells them from tables."""

import csv
import gzip
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from index.importers.faults import FileFaultError
from index.importers.opening import recognize
from index.importers.pages.apart import read_apart
from index.importers.pages.page_file import page_schema
from index.importers.pages.reading import Note, PageJob
from index.search import Index
from index.text.sanitize import TEXT_LIMIT
from index.text.sentences import MAX_SENTENCES
from tests.index.importing import written
from tests.index.saved import LAMP, PROSE, SHOP, page, pages, pdf, products, saved

NOTE = """---
title: "Lamps to look at"
---
# Lamps

I want a **quiet** lamp, not a [bright](https://a.example) one.

- It should fold.
- It *may* cost 40 EUR.

```
code stays
```

| lamp | price |
| --- | --- |
| A | 40 |
"""


def test_the_text_of_a_page_is_kept_sentence_by_sentence(tmp_path: Path) -> None:
    saved(tmp_path, page())
    (only,) = pages(tmp_path)
    assert (only.title, only.url) == ("A page", SHOP)
    assert only.sentences == (
        "This lamp stands on a desk and lights a book without blinding anyone.", "It folds.",
    )  # fmt: skip


def test_menus_are_left_out_of_a_long_text(tmp_path: Path) -> None:
    menu = "<nav><ul>" + "<li><a href='/x'>Menu entry</a></li>" * 20 + "</ul></nav>"
    text = "".join(
        f"<p>Lamp {n} stands on a desk and lights a book. It folds in {n} ways.</p>" for n in range(9)
    )
    saved(tmp_path, page(body=f"{menu}<article><h1>Lamps</h1>{text}</article><footer>Imprint</footer>"))
    (only,) = pages(tmp_path)
    assert "It folds in 7 ways." in only.sentences
    assert not any("Menu entry" in sentence for sentence in only.sentences)


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>SECRET</p>", '<p style="display: none">SECRET</p>', '<p class="x sf-hidden">SECRET</p>',
        '<p style="visibility:hidden">SECRET</p>', '<p style="font-size:0">SECRET</p>', "<!-- SECRET -->",
        "<script>SECRET</script>", "<style>SECRET</style>", "<template>SECRET</template>",
        "<noscript>SECRET</noscript>",
    ],
)  # fmt: skip
def test_what_a_reader_does_not_see_is_no_part_of_the_text(tmp_path: Path, hidden: str) -> None:
    saved(tmp_path, page(body=f"<div>{PROSE}{hidden}</div>"))
    (only,) = pages(tmp_path)
    assert "It folds." in only.sentences
    assert "SECRET" not in only.model_dump_json()


SINGLE_FILE = f"""<!DOCTYPE html> <html><!--
 Page saved with SingleFile
 url: {SHOP}
 saved date: Sun Mar 01 2026 23:30:00 GMT-0200 (Some Time)
--><title>A page</title>{PROSE}"""


def test_a_page_in_one_file_says_where_and_when_it_was_saved(tmp_path: Path) -> None:
    saved(tmp_path, SINGLE_FILE, on=date(2026, 5, 1))
    (only,) = pages(tmp_path)
    assert (only.url, str(only.origin.seen)) == (SHOP, "2026-03-02")


def test_a_page_cannot_be_from_the_future(tmp_path: Path) -> None:
    saved(tmp_path, SINGLE_FILE.replace("2026", "2029"), on=date(2026, 5, 1))
    assert str(pages(tmp_path)[0].origin.seen) == "2026-05-01"


@pytest.mark.parametrize("before", ["", "\ufeff", "<?xml version='1.0'?>\n", "\n\n"])
def test_a_browsers_comment_says_where_a_page_was_saved(tmp_path: Path, before: str) -> None:
    saved(tmp_path, f"{before}<!-- saved from url=(0028){SHOP} -->\n<html><body>{PROSE}", on=date(2026, 5, 1))
    (only,) = pages(tmp_path)
    assert (only.url, str(only.origin.seen)) == (SHOP, "2026-05-01")


@pytest.mark.parametrize(
    "encoded",
    [
        page(body="<p>Größe prüfen</p>").encode(),
        page(body="<p>Größe prüfen</p>").encode("utf-16"),
        page(body="<p>Größe prüfen</p>", head='<meta charset="iso-8859-15">').encode("iso-8859-15"),
        page(body="<p>Größe prüfen</p>").encode("cp1252"),
        gzip.compress(page(body="<p>Größe prüfen</p>").encode()),
    ],
    ids=["UTF-8", "UTF-16", "as it says", "Windows-1252", "gzip"],
)
def test_every_encoding_of_a_page_gives_the_same_text(tmp_path: Path, encoded: bytes) -> None:
    saved(tmp_path, encoded)
    assert pages(tmp_path)[0].sentences == ("Größe prüfen",)


def test_markdown_loses_its_marks(tmp_path: Path) -> None:
    report = saved(tmp_path, NOTE, name="lamps.txt")
    assert report.recognized_as == "a note (Markdown)"
    (only,) = pages(tmp_path)
    assert only.title == "Lamps to look at"
    assert only.sentences == (
        "Lamps", "I want a quiet lamp, not a bright one.", "It should fold.", "It may cost 40 EUR.",
        "code stays", "lamp price", "A 40",
    )  # fmt: skip


def test_a_text_is_a_page_and_the_report_says_how_it_was_taken(tmp_path: Path) -> None:
    report = saved(
        tmp_path, "My lamps\n\nThe red one, which I like, is dear.\nThe other is not.\n", name="n.csv"
    )
    assert (report.recognized_as, report.records) == ("a text", {"pages": 1})
    assert report.notes == ("It has no columns and is read as a text; a table would need a line of names.",)
    assert pages(tmp_path)[0].title == "My lamps"


def test_a_note_saved_again_replaces_itself(tmp_path: Path) -> None:
    saved(tmp_path, "My lamps\nThe red one is dear and good.\n", name="n.txt")
    report = saved(tmp_path, "My lamps\nThe red one is sold out now.\n", name="n.txt")
    assert (report.changed, len(pages(tmp_path))) == (1, 1)


def test_a_note_can_be_told_its_address(tmp_path: Path) -> None:
    saved(tmp_path, "My lamps\nThe red one is dear and good.\n", name="n.txt", url=SHOP)
    assert pages(tmp_path)[0].url == SHOP


def test_a_long_text_is_several_pages_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    lines = [f"Sentence number {n} speaks of a lamp that folds and shines." for n in range(1500)]
    saved(tmp_path, "\n".join(lines), name="long.txt")
    made = pages(tmp_path)
    assert [sentence for part in made for sentence in part.sentences] == lines
    assert all(len(part.sentences) <= MAX_SENTENCES for part in made)
    assert all(sum(map(len, part.sentences)) <= TEXT_LIMIT for part in made)
    assert made[0].title == lines[0]
    assert made[1].title == f"{lines[0]} (part 2)"
    assert len({part.id for part in made}) == len(made)


def test_a_text_without_line_breaks_is_cut_between_sentences(tmp_path: Path) -> None:
    sentences = [f"Lamp number {n} is bright and folds well." for n in range(900)]
    saved(tmp_path, " ".join(sentences), name="long.txt")
    assert [s for part in pages(tmp_path) for s in part.sentences] == sentences


def test_a_pdf_is_read_page_by_page(tmp_path: Path) -> None:
    report = saved(
        tmp_path, pdf("The lamp folds.\nIt weighs 2 kg.", "", "It is red.", title="Manual"), name="m"
    )
    assert (report.recognized_as, report.records) == ("a PDF", {"pages": 1})
    (only,) = pages(tmp_path)
    assert (only.title, only.sentences) == ("Manual", ("The lamp folds.", "It weighs 2 kg.", "It is red."))


def test_parts_of_a_long_pdf_say_from_which_page_they_are(tmp_path: Path) -> None:
    texts = ["\n".join(f"Page {n} says sentence {m} of the lamp." for m in range(40)) for n in range(1, 13)]
    saved(tmp_path, pdf(*texts), name="manual.pdf")
    made = pages(tmp_path)
    assert [(part.title, part.origin.row) for part in made][:2] == [
        ("manual", 1),
        ("manual (from page 6)", 6),
    ]


def encrypted(word: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("The lamp folds."))))
    writer.encrypt(user_password=word, owner_password="owner", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (encrypted("secret"), "is encrypted; save it without a password"),
        (pdf("", ""), "holds no text, only pictures; run it through text recognition"),
        (b"%PDF-1.7\nnothing", "is damaged or no PDF; fetch it again"),
        (pdf("Lamp")[:300], "is damaged or no PDF; fetch it again"),
    ],
    ids=["encrypted", "pictures", "nothing", "cut off"],
)
def test_a_pdf_that_cannot_be_read_is_told_in_one_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(FileFaultError, match=told):
        saved(tmp_path, content, name="m.pdf")


def test_a_pdf_that_only_its_owner_may_change_can_be_read(tmp_path: Path) -> None:
    saved(tmp_path, encrypted(""), name="m.pdf")
    assert pages(tmp_path)[0].sentences == ("The lamp folds.",)


def test_a_pdf_that_takes_too_long_is_left(tmp_path: Path) -> None:
    file = recognize(written(tmp_path, "m.pdf", pdf(*["The lamp folds."] * 400)))
    (note,) = read_apart(PageJob(file, page_schema({}), ""), seconds=0.01)
    assert note == Note("m.pdf takes more than 0.01 seconds; what was found by then is kept.")


def test_a_page_without_a_product_or_a_text_says_so(tmp_path: Path) -> None:
    report = saved(tmp_path, "<html><body><script>draw()</script></body></html>")
    assert (report.records, report.notes) == ({}, ("It holds neither a product nor a text.",))


def test_the_page_of_a_product_is_found_by_its_words(tmp_path: Path) -> None:
    saved(tmp_path, page(LAMP))
    assert products(tmp_path)
    with Index.open(tmp_path) as index:
        (hit,) = index.pages("blinding")
    assert hit.page.url == SHOP


TABLES = [
    "name,price\nLamp,40\nOther lamp,50\n",
    "name, price, note\nLamp, 40, It folds.\nOther lamp, 50, It is red.\n",
    "Product name;How much does it cost\nLamp;40\n",
    "id\ttext\n1\tIt folds. It shines.\n2\tNo.\n",
    "name|price\nLamp|40\n",
    "a,b\n",
    '"Title","Text"\n"Lamp","It folds, it shines. It is red."\n"Other","No, it is not."\n',
]
TEXTS = [
    "I saw a lamp, and I liked it.\nI saw another, but it was red.\nThen I went home, tired.\n",
    "Dear shop, I want to return a lamp.\nIt is broken, as you see.\nYours, me.\n",
    "# Lamps\n\nOne is red, one is blue.\n",
    "To buy:\n- a lamp, red\n- a kettle, small\n- a chair, any\n",
    "Lampe; rot und hell.\nStuhl; alt und gut.\nDas ist alles, was ich will.\n",
]


@pytest.mark.parametrize("text", TABLES)
def test_a_table_is_never_taken_for_a_text(tmp_path: Path, text: str) -> None:
    assert recognize(written(tmp_path, "x", text)).form == "delimited"


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_never_taken_for_a_table(tmp_path: Path, text: str) -> None:
    assert recognize(written(tmp_path, "x.csv", text)).form in ("text", "markdown")


WORDS = st.text("abcdefghij", min_size=1, max_size=8)
CELLS = st.text("abc 1.,;!\"'", max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.lists(WORDS, min_size=2, max_size=6, unique=True),
    rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t"),
)
def test_whatever_stands_in_a_table_it_is_one(
    tmp_path: Path, header: list[str], rows: list[list[str]], delimiter: str
) -> None:
    made = io.StringIO()
    writer = csv.writer(made, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *(row[: len(header)] for row in rows)])
    assert recognize(written(tmp_path, "x", made.getvalue())).form == "delimited"
