"""What is kept of a person's past is shown, and what is forgotten stands in no file any more."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from agent.moves import Wish
from agent.session import Sessions
from agent.wire import WIRE_VERSION
from finetune.retrain.drawing import own_past
from index.gathering.scratch import UNPACKED
from index.importers.place import REJECTS
from models.bundled_agent import bundled_agent
from models.in_use import ModelsInUse
from models.usable import Model
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import QUESTION, open_shop
from tests.agent.test_rules import answer, research
from tests.gguf_factory import write_gguf
from tests.tui.bought import BOUGHT, order_file
from tests.tui.commands import Commands, commands
from tui.history import KINDS

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """A home with an order, a question and a model that was retrained."""
    home = tmp_path / "home"
    open_shop(home).close()
    run = commands(home, monkeypatch)
    monkeypatch.setenv("PRODUCTRESEARCH_OWN_HISTORY", "true")
    assert run("index", "add", "--yes", order_file(tmp_path)).exit_code == 0
    assert run("research", "--yes", QUESTION).exit_code == 0
    made = home / "models" / "retrained-0123456789"
    made.mkdir(parents=True)
    own = Model(write_gguf(made / "own.gguf", vocab=1024))
    ModelsInUse(home, bundled_agent()).promote(own, "retrained", NOW, WIRE_VERSION)
    (home / "retrain" / "retrained-0123456789").mkdir(parents=True)
    return run


def found(home: Path, words: str) -> list[str]:
    """Files of a home in which words stand."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return [path.name for path in files if words.encode() in path.read_bytes()]


def test_what_is_kept_is_shown_with_where_it_is(run: Commands) -> None:
    shown = [line.split("\t") for line in run("history", "show").stdout.splitlines()[1:]]
    assert [(what, many) for what, _, many, *_ in shown] == [
        ("orders", "1"),
        ("questions", "1"),
        ("training", "1"),
        ("training", "1"),
    ]
    assert shown[0][3] == "2025-10-13"
    assert shown[0][5] == str(run.home / "catalog.sqlite")


def test_forgotten_orders_stand_in_no_file(run: Commands) -> None:
    assert "catalog.sqlite" in found(run.home, BOUGHT)
    assert "sessions.sqlite" in found(run.home, BOUGHT), "the researcher is told of the past"
    assert run("history", "forget", "orders", "--yes").stderr == (
        "1 orders and searches are forgotten, and 1 sessions that were told of them.\n"
    )
    assert found(run.home, BOUGHT) == []
    assert "Brissa" in run("index", "search", "kettle").stdout


def test_nobody_is_told_of_a_past_unless_it_is_asked_for(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PRODUCTRESEARCH_OWN_HISTORY")
    assert run("history", "forget", "all", "--yes").exit_code == 0
    done = run("index", "add", "--yes", order_file(tmp_path))
    assert "answered without it unless you set `own_history = true`" in done.stderr
    assert run("research", "--yes", QUESTION).exit_code == 0
    assert found(run.home, BOUGHT) == ["catalog.sqlite"]
    monkeypatch.setenv("PRODUCTRESEARCH_OWN_HISTORY", "true")
    assert "own_history" not in run("index", "add", "--yes", "--replace", order_file(tmp_path)).stderr


@pytest.mark.parametrize("command", [("history", "forget", "orders"), ("reset",)])
def test_what_a_killed_import_unpacked_and_what_was_rejected_go_with_the_orders(
    run: Commands, tmp_path: Path, command: tuple[str, ...]
) -> None:
    orders = order_file(tmp_path)
    good = orders.read_text(encoding="utf-8")
    orders.write_text(good + good.splitlines()[1].replace("2025-10-13T22:08:07Z", "someday") + "\n")
    packed = tmp_path / "orders.zip"
    with ZipFile(packed, "w") as archive:
        archive.write(orders, orders.name)
    assert run("index", "add", "--yes", packed).exit_code == 0
    left = run.home / UNPACKED / "0123"
    left.mkdir()
    (left / "orders.csv").write_text(BOUGHT, encoding="utf-8")
    assert {"orders.csv"} < set(found(run.home, BOUGHT)), "unpacked, and among the rejects"
    assert any((run.home / REJECTS).iterdir())
    run(*command, "--yes")
    assert found(run.home, BOUGHT) == []
    if command == ("reset",):
        assert list(run.home.iterdir()) == []


@pytest.mark.parametrize("ending", ["md", "html", "json", "csv", "pdf", "session"])
def test_nothing_of_a_past_leaves_with_a_report_or_a_recording(
    run: Commands, tmp_path: Path, ending: str
) -> None:
    session = run("sessions", "list").stdout.split()[0]
    out = tmp_path / f"out.{ending}"
    done = run("sessions", "record" if ending == "session" else "export", session, out)
    assert done.exit_code == 0, done.stderr
    written = out.read_bytes()
    assert QUESTION.encode() in written or ending in ("pdf", "csv")
    assert BOUGHT.encode() not in written


def steered_session(run: Commands) -> str:
    """A session in which the person put a need right and was shown a pick, which they took."""
    person = ScriptedPerson([Wish(kind="relax", target="N1")])
    with open_shop(run.home) as shop:
        made = research(shop, run.home, QUESTION, person)
        answer(made)
    session = made.trajectory.id
    assert run("sessions", "judge", session, "P1", "took").exit_code == 0
    return session


def test_each_kind_is_listed_item_by_item(run: Commands) -> None:
    session = steered_session(run)
    listed = {what: run("history", "show", what).stdout.splitlines()[1:] for what in KINDS}
    assert [line.split("\t")[2] for line in listed["orders"]] == [BOUGHT]
    (verdict,) = listed["verdicts"]
    assert verdict.split("\t")[1:3] == [session, "took"]
    assert "Brissa" in verdict or "Kettle" in verdict
    (correction,) = listed["corrections"]
    assert correction.split("\t")[1] == session
    assert "58" in correction
    assert len(listed["questions"]) == 2
    assert len(listed["training"]) == 2
    shown = [line.split("\t")[0] for line in run("history", "show").stdout.splitlines()[1:]]
    assert set(shown) == set(KINDS)
    assert run("history", "show", "gossip").exit_code == 2


def test_forgotten_corrections_take_their_sessions_along(run: Commands) -> None:
    session = steered_session(run)
    done = run("history", "forget", "corrections", "--yes")
    assert done.stderr == "1 sessions in which you changed needs or steered are forgotten.\n"
    assert run("history", "show", "corrections").stdout.splitlines()[1:] == []
    assert session not in run("sessions", "list").stdout
    assert len(run("history", "show", "questions").stdout.splitlines()) == 2, "the other one stays"


def test_what_was_taken_is_asked_for_lightly_and_no_more_once_it_is_said(run: Commands) -> None:
    session = run("sessions", "list").stdout.split()[0]
    asks = f"Did you take or refuse one of them? `productresearch sessions judge {session} P"
    assert asks in run("sessions", "show", session).stderr
    tag = run("sessions", "show", session).stderr.split(session)[1].split()[0]
    assert run("sessions", "judge", session, tag, "refused").exit_code == 0
    assert run("sessions", "show", session).stderr == ""


def test_forgotten_questions_stand_in_no_file(run: Commands) -> None:
    assert "sessions.sqlite" in found(run.home, QUESTION)
    assert run("history", "forget", "questions", "--yes").stderr == "1 sessions are forgotten.\n"
    assert found(run.home, QUESTION) == []
    assert "catalog.sqlite" in found(run.home, BOUGHT)


def test_a_model_that_learned_of_the_past_goes_after_the_one_before_answers(run: Commands) -> None:
    done = run("history", "forget", "training", "--yes")
    assert done.stderr == "2 folders of retrainings are forgotten; micro-agent.gguf answers.\n"
    assert list((run.home / "models").glob("retrained-*")) == []
    assert "micro-agent.gguf" in run("models", "show").stdout


def test_all_is_forgotten_at_once(run: Commands) -> None:
    assert run("history", "forget", "all", "--yes").exit_code == 0
    assert run("history", "show").stdout.splitlines()[1:] == []


def test_nothing_is_deleted_where_nobody_can_be_asked(run: Commands) -> None:
    for command in (("history", "forget", "all"), ("reset",)):
        refused = run(*command)
        assert refused.exit_code == 2
        assert refused.stderr.endswith("Nobody can be asked here; say --yes to delete it.\n")
    assert found(run.home, BOUGHT)
    assert run("history", "forget", "everything", "--yes").exit_code == 2


def test_a_reset_leaves_the_settings_alone(run: Commands) -> None:
    settings = run.home / "settings.toml"
    settings.write_text("seed = 3\n", encoding="utf-8")
    assert run("reset", "--yes").stderr.endswith("All of it is gone; your settings stay.\n")
    assert [path.name for path in run.home.iterdir()] == ["settings.toml"]
    assert "There is nothing in" in run("reset", "--yes").stderr


# -- what was taken and refused ---------------------------------------------------------------------------


def judged(run: Commands) -> str:
    """A session of which one pick was taken and then another refused."""
    session = run("sessions", "list").stdout.split()[0]
    with closing(Sessions(run.home / "sessions.sqlite")) as store:
        tags = [pick.cite.tag for pick in store.report(session).picks][:2]
    for tag, verdict in zip(tags, ("took", "refused"), strict=True):
        assert run("sessions", "judge", session, tag.lower(), verdict).stderr.startswith(
            f"Kept: you {verdict}"
        )
    return session


def test_what_was_taken_and_refused_is_shown_and_seeds_a_retraining(run: Commands) -> None:
    judged(run)
    rows = [line.split("\t") for line in run("history", "show").stdout.splitlines()[1:]]
    assert ["verdicts", "you", "2"] in [row[:3] for row in rows]
    events = [event for event in own_past(run.home).events if event.id.startswith("verdict:")]
    assert [event.kind for event in events] == ["cart", "view"]
    assert all(event.product_id.startswith("kettles:") for event in events)


def test_a_verdict_is_taken_back_by_itself_and_forgotten_with_all_others(run: Commands) -> None:
    session = judged(run)
    with closing(Sessions(run.home / "sessions.sqlite")) as store:
        first = store.report(session).picks[0].cite.tag
    assert run("sessions", "judge", session, first, "nothing").exit_code == 0
    assert run("history", "forget", "verdicts", "--yes").stderr.startswith("1 verdicts")
    assert "verdicts" not in run("history", "show").stdout


def test_verdicts_go_with_their_session_and_leave_with_no_recording(run: Commands, tmp_path: Path) -> None:
    session = judged(run)
    assert run("sessions", "record", session, tmp_path / "out.session").exit_code == 0
    assert "refused" not in (tmp_path / "out.session").read_text(encoding="utf-8")
    assert run("sessions", "remove", session).exit_code == 0
    with closing(Sessions(run.home / "sessions.sqlite")) as store:
        assert store.verdicts() == ()


@pytest.mark.parametrize(
    ("tag", "verdict", "said"), [("P99", "took", "its picks are"), ("P1", "loved", "none of")]
)
def test_what_cannot_be_meant_is_one_sentence(run: Commands, tag: str, verdict: str, said: str) -> None:
    session = run("sessions", "list").stdout.split()[0]
    done = run("sessions", "judge", session, tag, verdict)
    assert done.exit_code != 0
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
