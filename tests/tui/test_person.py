"""The person at a plain terminal edits the plan, answers questions and interrupts."""

import threading
from pathlib import Path

import pytest
from rich.console import Console

from tests.agent.shop import QUESTION, open_shop
from tests.tui.terminal import Screen
from tui.person import Absent, Terminal, parse_wish


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the tiny shop."""
    open_shop(tmp_path / "home").close()
    return tmp_path / "home"


def test_a_plan_is_edited_at_the_prompt_before_the_first_search(home: Path) -> None:
    screen = Screen(home, ["research", QUESTION])
    screen.wait_for("plan>")
    screen.type("soften everything\n")
    screen.wait_for("not understood")
    screen.type("add price <= 45\n")
    screen.wait_for("plan>")
    screen.type("\n")
    assert screen.end() == 0
    assert "price <= 45 EUR" in screen.shown
    assert screen.shown.index("not understood") < screen.shown.index("→ product search")
    assert "Best fit Brissa Calm 15" in screen.shown


@pytest.mark.longer
def test_ctrl_c_at_the_plan_stops_and_the_session_goes_on_later(home: Path) -> None:
    screen = Screen(home, ["research", QUESTION])
    screen.wait_for("plan>")
    screen.read_on(0.5)  # between the prompt and the reading of a line a signal waits; a finger is slower
    screen.type("\x03")
    assert screen.end() == 130, screen.shown
    assert "Traceback" not in screen.shown
    assert "Go on with: productresearch research --resume " in screen.shown
    session = screen.shown.split("--resume ", 1)[1].split()[0]
    resumed = Screen(home, ["research", "--yes", "--resume", session])
    assert resumed.end() == 0
    assert "Brissa Calm 17" in resumed.shown


def test_a_person_who_set_no_approval_is_shown_no_prompt(home: Path) -> None:
    screen = Screen(home, ["research", QUESTION], {"PRODUCTRESEARCH_APPROVE_PLAN": "false"})
    assert screen.end() == 0
    assert "plan>" not in screen.shown


@pytest.mark.parametrize(
    ("typed", "answer"), [("2", "white"), ("7", "7"), ("green", "green"), ("", ""), (" 1 ", "black")]
)
def test_a_question_is_answered_by_number_or_in_words(
    typed: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: typed)
    person = Terminal(Console(quiet=True), threading.Event())
    assert person.answer("Which colour?", ("black", "white")) == answer


def test_the_end_of_input_skips_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_: object) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", ended)
    assert Terminal(Console(quiet=True), threading.Event()).answer("Which?", ("a", "b")) == ""


def test_ctrl_c_at_a_question_asks_the_run_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    cancel = threading.Event()
    assert Terminal(Console(quiet=True), cancel).answer("Which?", ("a", "b")) == ""
    assert cancel.is_set()


@pytest.mark.parametrize(
    ("line", "kind", "target"),
    [
        ("relax n2", "relax", "N2"),
        ("harden N1", "harden", "N1"),
        ("edit N2 price <= 180", "edit", "N2"),
        ("add price <= 200", "add", ""),
    ],
)
def test_each_edit_of_the_plan_is_understood(line: str, kind: str, target: str) -> None:
    wish = parse_wish(line)
    assert wish is not None
    assert (wish.kind, wish.target) == (kind, target)


@pytest.mark.parametrize("line", ["relax", "add price about 200", "edit N2", "please relax N2", "add"])
def test_what_is_no_edit_is_not_guessed_at(line: str) -> None:
    assert parse_wish(line) is None


def test_nobody_approves_everything_and_answers_nothing() -> None:
    nobody = Absent()
    assert (nobody.approve([]), nobody.answer("Which?", ("a",)), nobody.wishes()) == ((), "", ())
