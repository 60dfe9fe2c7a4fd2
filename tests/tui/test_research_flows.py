"""What a person does while research runs and after it: agree, change needs, answer, steer, ask why."""

import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Input, Tab, Tabs

from agent.opening import begin
from agent.plan import Plan
from agent.session import Sessions
from agent.trajectory import Move
from tests.agent.shop import QUESTION, open_shop
from tests.tui.screen import ask, text, until
from tui.app import ResearchApp
from tui.asked import AppPerson
from tui.bench import Bench
from tui.messages import SettingsChanged
from tui.screens.catalogue import CatalogueScreen
from tui.screens.evidence import EvidenceScreen
from tui.screens.research import ResearchScreen
from tui.settings import Settings
from tui.shown import Claim
from tui.widgets.prompt import Prompt
from tui.widgets.quiz import Quiz
from tui.widgets.report import ClaimView, MatrixView, ReportView


@asynccontextmanager
async def app_at(home: Path, *, approve: bool = False) -> AsyncIterator[Pilot[str]]:
    """The app over the tiny shop."""
    open_shop(home).close()

    def open_bench(cancel: threading.Event) -> Bench:
        return Bench(Settings(engine="rules", approve_plan=approve), home, cancel)

    async with ResearchApp(open_bench).run_test(size=(120, 40)) as pilot:
        yield pilot


async def send(pilot: Pilot[Any], question: str) -> None:
    pilot.app.query_one(Prompt).value = question
    await pilot.press("enter")


async def choose(pilot: Pilot[Any], part: str) -> None:
    """Walk to the first claim that says this."""
    view = next(v for v in pilot.app.query(ClaimView) if part in v.claim.text)
    view.focus()
    await pilot.pause()


def moves(home: Path) -> list[str]:
    sessions = Sessions(home / "sessions.sqlite")
    (session,) = sessions.list()
    return [e.move for e in sessions.trajectory(session.id).entries if isinstance(e, Move)]


# -- the plan ------------------------------------------------------------------------------------------


async def test_nothing_is_searched_before_the_person_agrees(tmp_path: Path) -> None:
    async with app_at(tmp_path, approve=True) as pilot:
        await send(pilot, QUESTION)
        await until(pilot, lambda: pilot.app.query_one("#agree").display)
        assert "plan" in text(pilot, "#steps")
        assert "product search" not in text(pilot, "#steps")

        await pilot.press("enter")
        await until(pilot, lambda: "Done" in text(pilot, "#status"))
        assert "Best fit" in text(pilot, "#report")


async def test_a_need_is_added_in_words_and_counted_before_the_search(tmp_path: Path) -> None:
    async with app_at(tmp_path, approve=True) as pilot:
        await send(pilot, "a kettle under 60 EUR")
        await until(pilot, lambda: pilot.app.query_one("#agree").display)
        before = text(pilot, "#leaves")
        pilot.app.query_one("#needs").focus()
        await pilot.press("a", *"white", "enter")
        await until(pilot, lambda: "colour = white" in text(pilot, "#needs"))
        assert text(pilot, "#leaves") != before

        pilot.app.query_one("#agree").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "Done" in text(pilot, "#status"))
        assert "Tolva Rapid" not in text(pilot, "#report").partition("Comparison")[0]
    assert moves(tmp_path) == ["add"]


@pytest.mark.longer
async def test_a_need_gives_way_is_changed_and_taken_back_by_keys(tmp_path: Path) -> None:
    async with app_at(tmp_path, approve=True) as pilot:
        await send(pilot, "a kettle under 60 EUR")
        await until(pilot, lambda: pilot.app.query_one("#agree").display)
        pilot.app.query_one("#needs").focus()
        await pilot.press("space")
        await until(pilot, lambda: "wish price < 60 EUR" in " ".join(text(pilot, "#needs").split()))
        await pilot.press("u")
        await until(pilot, lambda: "must price < 60 EUR" in " ".join(text(pilot, "#needs").split()))
        await pilot.press("e", *["backspace"] * 20, *"price <= 30".replace(" ", " "), "enter")
        await until(pilot, lambda: "price <= 30 EUR" in text(pilot, "#needs"))


async def test_words_that_name_no_need_change_nothing_and_are_said(tmp_path: Path) -> None:
    async with app_at(tmp_path, approve=True) as pilot:
        await send(pilot, "a kettle under 60 EUR")
        await until(pilot, lambda: pilot.app.query_one("#agree").display)
        before = text(pilot, "#needs")
        pilot.app.query_one("#needs").focus()
        await pilot.press("a", *"hm", "enter")
        await until(pilot, lambda: bool(pilot.app._notifications))
        assert text(pilot, "#needs") == before


# -- a question back -----------------------------------------------------------------------------------


async def asked(pilot: Pilot[Any], *options: str, planned: bool = False) -> Future[str]:
    """A question of the loop, which waits in a thread for the person's answer."""
    home = pilot.app.screen
    await until(pilot, lambda: home._person is not None)  # type: ignore[attr-defined]
    person: AppPerson = home._person  # type: ignore[attr-defined]
    bench: Bench = home._bench  # type: ignore[attr-defined]
    person.desk = begin("a kettle under 60 EUR", bench.index, "rules", 0, datetime.now(UTC))[1]
    if planned:
        person.desk.adopt(Plan(category="C1", needs=person.desk.reading.needs))
    answer: Future[str] = Future()
    threading.Thread(target=lambda: answer.set_result(person.answer("Which colour?", options))).start()
    return answer


async def test_a_run_says_what_kind_of_thing_it_looks_for_and_makes_room(tmp_path: Path) -> None:
    async with app_at(tmp_path, approve=True) as pilot:
        await send(pilot, QUESTION)
        await until(pilot, lambda: pilot.app.query_one("#agree").display)
        assert "4 of 8 Kettles meet every must" in text(pilot, "#leaves")
        assert pilot.app.query_one("#pages", ContentSwitcher).current == "waiting"


async def test_options_say_how_many_products_they_leave(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        answer = await asked(pilot, "white", "black", "[red]anything")
        await until(pilot, lambda: pilot.app.query_one(Quiz).display)
        shown = text(pilot, "#options")
        assert "white   leaves 2 products" in shown
        assert "black   leaves 2 products" in shown
        assert "[red]anything" in shown
        await pilot.press("down", "enter")
        await until(pilot, answer.done)
        assert answer.result() == "black"
        assert not pilot.app.query_one(Quiz).display


@pytest.mark.longer
async def test_what_is_only_named_is_a_tab_with_what_can_be_said_of_it(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        answer = await asked(pilot, "capacity", "colour", "cordless", "nothing else", planned=True)
        await until(pilot, lambda: pilot.app.query_one(Quiz).display)
        bar = pilot.app.query_one("#quiz-tabs", Tabs)
        assert [str(tab.label) for tab in bar.query(Tab)] == ["capacity", "colour", "cordless"]
        assert "at least 1.7 liter   leaves 4 products" in text(pilot, "#options")
        assert "nothing else" in text(pilot, "#options")

        await pilot.press("enter", "tab", *"not red", "enter")
        assert "not cordless   leaves 3 products" in text(pilot, "#options")
        assert [str(tab.label) for tab in bar.query(Tab)] == ["✓ capacity", "✓ colour", "cordless"]
        await pilot.press("left", "left", "down", "enter", "s")
        await until(pilot, answer.done)
        assert answer.result() == "capacity at least 1.7 liter, colour not red"


async def test_tabs_that_are_turned_faster_than_they_are_told_stand_still_after(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        answer = await asked(pilot, "capacity", "colour", "cordless", planned=True)
        await until(pilot, lambda: pilot.app.query_one(Quiz).display)
        for _ in range(2):
            pilot.app.post_message(Key("right", None))
        await pilot.pause(0.3)
        assert pilot.app.query_one("#quiz-tabs", Tabs).active == "ask-2"
        await pilot.pause(0.2)
        assert "not cordless" in text(pilot, "#options")
        await pilot.press("S")
        await until(pilot, answer.done)


@pytest.mark.longer
async def test_own_words_stay_in_their_tab(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        answer = await asked(pilot, "capacity", "colour", planned=True)
        await until(pilot, lambda: pilot.app.query_one(Quiz).display)
        other = pilot.app.query_one("#other", Input)
        await pilot.press("tab", *"un2")
        await pilot.click("#ask-1")
        await until(pilot, lambda: "white" in text(pilot, "#options"))
        assert other.value == ""
        await pilot.click("#ask-0")
        await until(pilot, lambda: other.value == "un2")
        await pilot.press(*"5", "enter", "enter")
        await until(pilot, answer.done)
        assert answer.result() == "capacity un25, colour white"


async def test_the_last_word_ends_a_question_of_several_tabs(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        answer = await asked(pilot, "colour", "capacity", "nothing else", planned=True)
        await until(pilot, lambda: pilot.app.query_one(Quiz).display)
        await pilot.press("enter", "end", "enter")
        await until(pilot, answer.done)
        assert answer.result() == "colour white"

        nothing = await asked(pilot, "colour", "capacity", "nothing else", planned=True)
        await until(pilot, lambda: pilot.app.query_one(Quiz).display)
        await pilot.press("end", "enter")
        await until(pilot, nothing.done)
        assert nothing.result() == "nothing else"


async def test_own_words_answer_and_all_questions_can_be_skipped(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        answer = await asked(pilot, "white", "black")
        await until(pilot, lambda: pilot.app.query_one(Quiz).display)
        await pilot.press("tab", *"teal", "enter")
        await until(pilot, answer.done)
        assert answer.result() == "teal"

        skipped = await asked(pilot, "white", "black")
        await until(pilot, lambda: pilot.app.query_one(Quiz).display)
        await pilot.press("S")
        await until(pilot, skipped.done)
        later = await asked(pilot, "small", "large")
        await until(pilot, later.done)
        assert (skipped.result(), later.result()) == ("", "")


# -- steering ------------------------------------------------------------------------------------------


@pytest.mark.longer
async def test_a_product_is_left_out_after_the_report_and_the_run_takes_it_from_there(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await choose(pilot, "Brissa Calm 17 [P1]")
        await pilot.press("minus")
        await until(pilot, lambda: "Not P1" in text(pilot, "#steps") and "Done" in text(pilot, "#status"))
        await until(pilot, lambda: "Written by" in text(pilot, "#report"))
        assert "Brissa Calm 17 [P1]" not in text(pilot, "#report").partition("Comparison")[0]
    assert moves(tmp_path) == ["not_this"]


async def test_a_line_about_no_product_steers_nothing(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await choose(pilot, "Searched for")
        await pilot.press("plus")
        await until(pilot, lambda: bool(pilot.app._notifications))
    assert moves(tmp_path) == []


# -- evidence ------------------------------------------------------------------------------------------


async def test_a_claim_shows_record_row_day_and_checks(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await choose(pilot, "Brissa Calm 17 [P1]")
        await pilot.press("e")
        await until(pilot, lambda: pilot.app.query_one("#drawer").display)
        shown = text(pilot, "#evidence")
        for part in ("[P1] Brissa Calm 17", "kettles.jsonl row 1", "seen 2026-10-01", "kettles:1"):
            assert part in shown
        assert "✓ The catalogue still says so." in shown
        assert "price: 49.90 EUR" in shown

        await pilot.press("escape")
        assert not pilot.app.query_one("#drawer").display
        assert isinstance(pilot.app.focused, ClaimView)


async def test_a_cell_of_a_table_shows_its_record(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        matrix = pilot.app.query(MatrixView).first()
        matrix.focus()
        await pilot.press("down", "enter")
        await until(pilot, lambda: pilot.app.query_one("#drawer").display)
        assert "price ≠: 49.90 EUR" in text(pilot, "#evidence")
        assert "✓ Copied by code from its record: price: 49.90 EUR." in text(pilot, "#evidence")


async def test_what_changed_since_is_said(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        bench = pilot.app.screen._bench  # type: ignore[attr-defined]
        bench.index.catalog.remove_source("kettles")
        await choose(pilot, "Brissa Calm 17 [P1]")
        await pilot.press("e")
        await until(pilot, lambda: pilot.app.query_one("#drawer").display)
        assert "✗ It is no longer in the catalogue" in text(pilot, "#evidence")


# -- the prompt ----------------------------------------------------------------------------------------


@pytest.mark.longer
async def test_earlier_questions_come_back_at_the_arrow_keys(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await ask(pilot, "and in white?")
        prompt = pilot.app.query_one(Prompt)
        prompt.value = "half a thought"
        await pilot.press("up", "up")
        assert prompt.value == QUESTION
        await pilot.press("down", "down")
        assert prompt.value == "half a thought"


async def test_a_question_has_as_many_lines_as_one_likes(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await pilot.press(*"kettle", "ctrl+j", *"white")
        assert pilot.app.query_one(Prompt).value == "kettle\nwhite"
        await pilot.press("enter")
        await until(pilot, lambda: "Done" in text(pilot, "#status"))
        assert "colour = white" in text(pilot, "#needs")


# -- other screens ----------------------------------------------------------------------------------------


@pytest.mark.longer
async def test_the_products_of_a_report_are_compared_and_one_is_opened_and_proved(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await choose(pilot, "Brissa Calm 17 [P1]")
        await pilot.press("c")
        await until(pilot, lambda: "Brissa Calm 17" in text(pilot, "#grid"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, EvidenceScreen))
        await until(pilot, lambda: "kettles.jsonl row" in text(pilot, "#evidence"))
        await pilot.press("escape", "escape")
        await choose(pilot, "Brissa Calm 17 [P1]")
        await pilot.press("o")
        await until(pilot, lambda: "Brissa Calm 17" in text(pilot, "#title"))


# -- the first run ----------------------------------------------------------------------------------------


@pytest.mark.longer
async def test_a_new_home_offers_a_demo_shop_and_then_a_question(tmp_path: Path) -> None:
    def open_bench(cancel: threading.Event) -> Bench:
        return Bench(Settings(engine="rules", approve_plan=False), tmp_path, cancel)

    async with ResearchApp(open_bench).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: pilot.app.query_one("#begin").display)
        assert not pilot.app.query_one("#example").display
        await until(pilot, lambda: pilot.app.query_one("#demo").region.area > 0)
        await pilot.pause()
        assert await pilot.click("#demo")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogueScreen))
        await pilot.pause(0.5)
        await pilot.press("escape")  # stops the writing


async def test_the_example_question_is_asked_by_its_button(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await until(pilot, lambda: pilot.app.query_one("#example").display)
        await pilot.click("#example")
        await until(pilot, lambda: bool(pilot.app.query("#steps .question")))


async def test_enter_right_after_fast_typing_sends_what_was_typed(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        for key in [*"kettle", "enter"]:
            pilot.app.post_message(Key(key, None if key == "enter" else key))
        await until(pilot, lambda: bool(pilot.app.query("#steps .question")))
        assert "kettle" in text(pilot, "#steps")


# -- the report ----------------------------------------------------------------------------------------


def found(*tags: str) -> tuple[Claim, ...]:
    return tuple(Claim(f"Kettle {tag}", (), tag) for tag in tags)


async def test_the_same_finds_are_not_shown_anew_and_others_keep_the_product_that_has_the_focus(
    tmp_path: Path,
) -> None:
    async with app_at(tmp_path) as pilot:
        report = pilot.app.query_one(ReportView)
        pilot.app.query_one("#pages", ContentSwitcher).current = "report"
        await report.show(found("P1", "P2"))
        await choose(pilot, "Kettle P2")
        before = list(report.children)

        await report.show(found("P1", "P2"))
        assert list(report.children) == before

        await report.show(found("P3", "P2", "P1"))
        await pilot.pause()
        assert report.chosen == Claim("Kettle P2", (), "P2")


async def test_keys_that_scroll_do_nothing_where_nothing_is_to_be_read(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await pilot.press("pagedown", "f6", "pageup")
        assert pilot.app.focused is pilot.app.query_one(Prompt)


@pytest.mark.longer
async def test_a_need_is_written_anew_in_words(tmp_path: Path) -> None:
    async with app_at(tmp_path, approve=True) as pilot:
        await send(pilot, "a white kettle under 60 EUR")
        await until(pilot, lambda: pilot.app.query_one("#agree").display)
        pilot.app.query_one("#needs").focus()
        await pilot.press("home", "e", *["backspace"] * 30, *"black", "enter")
        await until(pilot, lambda: "colour = black" in text(pilot, "#needs"))
        assert "white" not in text(pilot, "#needs")
    assert moves(tmp_path) == ["edit"]


async def test_evidence_that_cannot_be_read_does_not_end_a_run(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        home = pilot.app.screen
        assert isinstance(home, ResearchScreen)
        home.busy = True
        (tmp_path / "sessions.sqlite").write_bytes(b"no database" * 100)
        for aside in ("-wal", "-shm"):
            (tmp_path / f"sessions.sqlite{aside}").unlink(missing_ok=True)
        await choose(pilot, "Brissa Calm 17 [P1]")
        await pilot.press("e")
        await until(pilot, lambda: bool(pilot.app._notifications))
        assert home.busy
        home.busy = False


@pytest.mark.longer
async def test_settings_hold_from_the_next_question_on_and_the_catalogue_stays_open(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        bench: Bench = pilot.app.screen._bench  # type: ignore[attr-defined]
        index = bench.index
        pilot.app.post_message(SettingsChanged(Settings(engine="rules", approve_plan=True)))
        await until(pilot, lambda: bench.settings.approve_plan)
        await send(pilot, "and in white?")
        await until(pilot, lambda: pilot.app.query_one("#agree").display)
        assert bench.index is index
        await pilot.press("enter")
        await until(pilot, lambda: "Done" in text(pilot, "#status"))
