"""The session store: what was researched can be found, copied, annotated, forgotten and brought back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.loop import Research
from agent.rules import RulesPolicy
from agent.session import SessionError, Sessions
from agent.session_rows import TABLES
from index.search import Index
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import QUESTION
from tests.agent.test_rules import answer, research


@pytest.fixture
def store(shop: Index, tmp_path: Path) -> Iterator[Sessions]:
    """A store with one finished session."""
    answer(research(shop, tmp_path, QUESTION))
    with closing(Sessions(tmp_path / "sessions.sqlite")) as sessions:
        yield sessions


@pytest.fixture
def first(store: Sessions) -> str:
    """The id of that session."""
    return store.list()[0].id


def found(store: Sessions, text: str) -> list[str]:
    return [summary.question for summary in store.search(text)]


@pytest.mark.parametrize(
    "text", ["", "  ", "QUIET kettle", "tolva rap", "noise level", "not red", "kettles.jsonl", "quìet"]
)
def test_every_word_of_questions_and_reports_is_found(store: Sessions, text: str) -> None:
    assert found(store, text) == [QUESTION]


@pytest.mark.parametrize("text", ["xyzzy", "quiet xyzzy", "q%t", "qu_et", "kettle*"])
def test_a_word_that_stands_nowhere_finds_nothing(store: Sessions, text: str) -> None:
    assert found(store, text) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.one_of(st.text(), st.text(st.characters()), st.text("\"'*-^():\x00\ud800NEAR OR AND")))
def test_no_search_is_a_fault(store: Sessions, text: str) -> None:
    assert len(store.search(text)) <= 1


def test_a_follow_up_and_a_note_are_found_at_once(store: Sessions, first: str, shop: Index) -> None:
    from agent.opening import follow_up
    from tests.agent.test_rules import NOW

    assert found(store, "white") == [QUESTION]
    assert found(store, "birthday") == found(store, "xylophone") == []
    store.annotate(first, "for a birthday")
    assert found(store, "birthday") == [QUESTION]
    desk = store.desk(first, shop)
    asked = follow_up("and with a xylophone?", store.trajectory(first), desk, "rules", NOW)
    store.save(asked, desk)
    assert found(store, "xylophone") == [QUESTION]
    store.annotate(first, "")
    assert found(store, "birthday") == []


def test_a_report_of_another_form_is_found_by_its_question(
    store: Sessions, first: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "sessions.sqlite")) as db, db:
        db.execute("UPDATE sessions SET report = '{}' WHERE id = ?", (first,))
    assert found(store, "quiet") == [QUESTION]
    assert found(store, "tolva") == []


def test_a_fork_goes_on_by_itself(store: Sessions, first: str, shop: Index, tmp_path: Path) -> None:
    store.annotate(first, "keep")
    store.star(first, "kettles:1", starred=True)
    copy = store.fork(first)
    assert [s.id for s in store.list()] == [copy, first]
    assert store.report(copy).session == copy
    assert store.evidence(copy) == store.evidence(first)
    assert store.shortlist(copy) == {"kettles:1"}
    assert store.list()[0].note == "keep"

    from agent.opening import follow_up
    from tests.agent.test_rules import NOW

    desk = store.desk(copy, shop)
    asked = follow_up("and in white?", store.trajectory(copy), desk, "rules", NOW)
    with closing(Sessions(tmp_path / "sessions.sqlite")) as writing:
        answer(Research(RulesPolicy(), ScriptedPerson(), writing, asked, desk))
    assert store.report(copy).questions == (QUESTION, "and in white?")
    assert store.report(first).questions == (QUESTION,)


def test_a_fork_that_fails_leaves_nothing(store: Sessions, first: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "sessions.sqlite")) as db, db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON evidence BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(sqlite3.Error):
        store.fork(first)
    assert [s.id for s in store.list()] == [first]


def test_what_is_removed_leaves_no_row_and_comes_back_whole(
    store: Sessions, first: str, tmp_path: Path
) -> None:
    store.annotate(first, "keep")
    store.star(first, "kettles:1", starred=True)
    store.search("anything")
    before = store.report(first), store.evidence(first), store.trajectory(first)

    removed = store.remove(first)
    with closing(sqlite3.connect(tmp_path / "sessions.sqlite")) as db:
        counts = [db.execute(f"SELECT count(*) FROM {t}").fetchone() for t in (*TABLES, "searchable")]
    assert set(counts) == {(0,)}

    store.put_back(removed)
    assert (store.report(first), store.evidence(first), store.trajectory(first)) == before
    assert store.list()[0].note == "keep"
    assert store.shortlist(first) == {"kettles:1"}
    with pytest.raises(SessionError, match="there already"):
        store.put_back(removed)


def test_a_note_is_inert_text(store: Sessions, first: str) -> None:
    store.annotate(first, "for \x1b[31mMira\u202e\ud800\x00")
    assert store.list()[0].note == "for Mira"


def test_a_star_can_be_taken_back(store: Sessions, first: str) -> None:
    store.star(first, "kettles:1", starred=True)
    store.star(first, "kettles:1", starred=True)
    store.star(first, "kettles:1", starred=False)
    assert store.shortlist(first) == frozenset()


@pytest.mark.parametrize("name", ["fork", "remove", "shortlist"])
def test_a_session_that_is_not_there_is_said(store: Sessions, name: str) -> None:
    deeds = {"fork": store.fork, "remove": store.remove, "shortlist": store.shortlist}
    with pytest.raises(SessionError, match="no session nosuch"):
        deeds[name]("nosuch")


def test_a_store_of_an_earlier_version_opens(store: Sessions, first: str, tmp_path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(tmp_path / "sessions.sqlite")) as db, db:
        for name in ("after_entry", "after_report", "after_note", "without_note"):
            db.execute(f"DROP TRIGGER searchable_{name}")
        for table in ("notes", "shortlist", "searchable"):
            db.execute(f"DROP TABLE {table}")
    with closing(Sessions(tmp_path / "sessions.sqlite")) as opened:
        assert found(opened, "tolva") == [QUESTION]
        opened.annotate(first, "old")
        assert opened.list()[0].note == "old"
