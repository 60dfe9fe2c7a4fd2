"""Sentences of a report, turned back into what their author wrote and shown again."""

from agent.desk import Desk
from agent.report.draft import parse_prose
from distill.evaluate.statements import Statement, written
from index.search import Index
from tests.agent.shop import PAGES


def test_a_sentence_is_shown_with_what_it_quotes_of_a_page(shop: Index) -> None:
    desk = Desk(index=shop)
    tag = desk.evidence.show_page(PAGES[0], opened=True).tag
    (sentence,) = parse_prose(f"As it says: {{{{{tag}.s1}}}}")
    shown = written(Statement("verdict", "", None, sentence), desk)
    assert shown == f"As it says: “{PAGES[0].sentences[0]}”"
