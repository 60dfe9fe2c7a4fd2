"""The researcher without weights, over the tiny shop."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agent.loop import Observed, Reported, Research
from agent.moves import Wish
from agent.opening import begin, follow_up
from agent.plan import PlanNeed
from agent.report.record import Report
from agent.rules import RulesPolicy
from agent.session import Sessions
from agent.trajectory import Step
from index.product import Price, PriceObservation
from index.search import Index
from tests.agent.scripted import ScriptedPerson
from tests.agent.shop import QUESTION, kettle, open_shop

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def research(shop: Index, home: Path, question: str, person: ScriptedPerson | None = None) -> Research:
    """A run of the rules."""
    trajectory, desk = begin(question, shop, "rules", 0, NOW)
    store = Sessions(home / "sessions.sqlite")
    return Research(RulesPolicy(), person or ScriptedPerson(), store, trajectory, desk)


def answer(run: Research) -> Report:
    """The report of a run."""
    *_, last = run.run()
    assert isinstance(last, Reported)
    return last.report


def titles(report: Report) -> list[str]:
    """What is picked, best first."""
    return [pick.title for pick in report.picks]


def test_the_quiet_kettle_under_sixty_is_found(shop: Index, tmp_path: Path) -> None:
    report = answer(research(shop, tmp_path, QUESTION))
    assert titles(report)[0] == "Brissa Calm 17"
    assert not {"Tolva Rapid Red", "Ondel Grand", "Ondel Mini", "Ondel Quiet"} & set(titles(report))


def test_what_it_writes_stands_without_a_repair(shop: Index, tmp_path: Path) -> None:
    report = answer(research(shop, tmp_path, QUESTION))
    assert report.coverage.dropped == ()
    assert report.verdict_by == "policy"


def test_the_cheapest_comes_first_when_asked_for(shop: Index, tmp_path: Path) -> None:
    assert (
        titles(answer(research(shop, tmp_path, "the cheapest kettle with at least 1.5 liters")))[0]
        == "Marn Basic"
    )


def test_a_product_whose_price_is_unknown_might_fit_and_is_no_pick(shop: Index, tmp_path: Path) -> None:
    report = answer(research(shop, tmp_path, QUESTION))
    assert "Ondel Quiet" in [c.title for c in report.might_fit]


def test_where_nothing_fits_it_says_so_and_shows_the_nearest(shop: Index, tmp_path: Path) -> None:
    report = answer(research(shop, tmp_path, "a kettle of at least 1.9 liters under 40 EUR"))
    assert report.outcome == "nothing_fits"
    assert [c.title for c in report.nearest]
    assert {r.products for r in report.relaxations} >= {1}


def test_reviews_are_read_and_quoted(shop: Index, tmp_path: Path) -> None:
    report = answer(research(shop, tmp_path, QUESTION))
    best = report.picks[0]
    assert best.opinions is not None
    assert [a.name for a in best.opinions.praised] == ["noise"]


def test_a_follow_up_keeps_the_needs_and_adds_its_own(shop: Index, tmp_path: Path) -> None:
    run = research(shop, tmp_path, QUESTION)
    answer(run)
    trajectory = follow_up("and in black?", run.trajectory, run.desk, "rules", NOW)
    tags = {n.said: n.tag for n in run.desk.needs}
    again = Research(RulesPolicy(), ScriptedPerson(), run.store, trajectory, run.desk)
    assert set(titles(answer(again))) == {"Brissa Calm 15", "Marn Basic"}
    assert {said: tag for said, tag in tags.items() if said != "colour != red"}.items() <= {
        n.said: n.tag for n in run.desk.needs
    }.items()


def test_what_the_person_changed_by_hand_still_holds_after_a_follow_up(shop: Index, tmp_path: Path) -> None:
    dearer = Wish(kind="edit", target="N2", need=PlanNeed(on="price", op="<", value="30 EUR"))
    changes = [Wish(kind="relax", target="N1"), dearer]
    run = research(shop, tmp_path, QUESTION, ScriptedPerson(wishes=[(), (), changes]))
    answer(run)
    changed = [(n.bound, n.hard) for n in run.desk.needs]
    assert "price < 30 EUR" in dict(changed)
    trajectory = follow_up("and in black?", run.trajectory, run.desk, "rules", NOW)
    answer(Research(RulesPolicy(), ScriptedPerson(), run.store, trajectory, run.desk))
    now = [(n.bound, n.hard) for n in run.desk.needs]
    assert set(now) >= {c for c in changed if not c[0].startswith("colour")}


def test_a_product_waved_off_is_replaced(shop: Index, tmp_path: Path) -> None:
    wave_off = [Wish(kind="not_this", target="P1")]
    run = research(shop, tmp_path, QUESTION, ScriptedPerson(wishes=[(), (), (), wave_off]))
    report = answer(run)
    assert run.desk.dismissed
    assert report.picks
    assert not {p.cite.record_id for p in report.picks} & run.desk.dismissed


@pytest.mark.parametrize("question", ["조용한 주전자 60 EUR", "x" * 3999, "kettle " * 500])
def test_strange_questions_end_in_a_report(shop: Index, tmp_path: Path, question: str) -> None:
    assert answer(research(shop, tmp_path, question)).headline


def test_no_call_of_its_own_is_refused(shop: Index, tmp_path: Path) -> None:
    events = list(research(shop, tmp_path, QUESTION).run())
    assert not [e.observation.text for e in events if isinstance(e, Observed) and e.observation.error]


def test_a_price_in_another_currency_is_said_to_be_one(shop: Index, tmp_path: Path) -> None:
    report = answer(research(shop, tmp_path, "a kettle of at least 1.5 liters under 60 USD"))
    reasons = {c.title: c.reasons for c in report.might_fit}
    assert not report.picks
    assert "Prices here are in EUR: say the limit in EUR to have them compared." in report.headline
    assert "it asks EUR, which is not compared with USD" in reasons["Brissa Calm 17"][0]
    assert all("gives no price" not in r for t, rs in reasons.items() if t != "Ondel Quiet" for r in rs)


def test_a_limit_that_nothing_meets_is_no_other_currency(shop: Index, tmp_path: Path) -> None:
    report = answer(research(shop, tmp_path, "a kettle of at least 1.5 liters under 2 EUR"))
    assert not report.picks
    assert "Prices here" not in report.headline


def test_a_wish_is_not_told_as_a_hard_need(shop: Index, tmp_path: Path) -> None:
    best = answer(research(shop, tmp_path, "a quiet kettle under 60 EUR")).picks[0]
    reason = "".join(phrase.text for sentence in best.reason for phrase in sentence)
    assert "On your wishes: noise level" in reason
    assert "every hard need: noise level" not in reason


KETTLES_TO_CHOOSE_FROM = [
    kettle(40 + n, f"Velm Choice {n}", 30.0 + n, 1.5 + n / 100, 55 + n, "Grey") for n in range(20)
]


def test_where_many_fit_as_many_are_opened_and_picked_as_can_be(tmp_path: Path) -> None:
    with open_shop(tmp_path / "wide", KETTLES_TO_CHOOSE_FROM) as wide:
        run = research(wide, tmp_path, QUESTION)
        report = answer(run)
    assert len(report.picks) == 14
    assert len(report.columns) == 10
    assert report.coverage.dropped == ()
    calls = [e.call for e in run.trajectory.entries if isinstance(e, Step) and e.call]
    opened = [c.arguments for c in calls if c.name == "visit_product"]
    assert len(opened) == 14
    assert [c.arguments["page"] for c in calls if "page" in c.arguments] == [2]


def test_a_page_that_held_all_that_fits_is_not_turned(tmp_path: Path) -> None:
    with open_shop(tmp_path / "eight", KETTLES_TO_CHOOSE_FROM[:4]) as eight:
        run = research(eight, tmp_path, QUESTION)
        assert len(answer(run).picks) == 8
    calls = [e.call for e in run.trajectory.entries if isinstance(e, Step) and e.call]
    assert not any("page" in c.arguments for c in calls)


def test_after_the_first_picks_the_others_are_told_in_one_clause_each(tmp_path: Path) -> None:
    with open_shop(tmp_path / "wide", KETTLES_TO_CHOOSE_FROM) as wide:
        run = research(wide, tmp_path, QUESTION)
        answer(run)
    text = next(e.report for e in reversed(run.trajectory.entries) if isinstance(e, Step) and e.report)
    picks = [line for line in text.splitlines() if re.match(r"- (best|budget|also): ", line)]
    clause = r"- also: \[P(\d+)\] {{N\d}} {{P\1\.N\d}} at {{P\1\.price}}; it misses the wish on {{N\d}}\."
    assert [bool(re.fullmatch(clause, line)) for line in picks] == [False] * 5 + [True] * 9
    assert len(set(picks)) == len(picks)
    assert [line.endswith("It meets the wish on {{N1}}.") for line in picks[1:5]] == [True] * 4


def test_only_the_first_picks_are_told_with_their_price_history(tmp_path: Path) -> None:
    before = [
        PriceObservation(
            product_id=k.id, origin=k.origin, price=Price(amount=99.0, currency="EUR", seen=date(2026, 5, 1))
        )
        for k in KETTLES_TO_CHOOSE_FROM
    ]
    with open_shop(tmp_path / "wide", [*KETTLES_TO_CHOOSE_FROM, *before]) as wide:
        report = answer(research(wide, tmp_path, QUESTION))
    told = [pick.history is not None for pick in report.picks if pick.title.startswith("Velm")]
    assert sum(told) in (4, 5)
    assert told == sorted(told, reverse=True)


def test_a_trade_off_on_what_two_needs_bound_is_told_once(shop: Index, tmp_path: Path) -> None:
    run = research(shop, tmp_path, "a white or black kettle of at least 1.2 and at most 1.8 liters under 60")
    answer(run)
    text = next(e.report for e in run.trajectory.entries if isinstance(e, Step) and e.report)
    bounds = [need.tag for need in run.desk.needs if need.attribute == "capacity"]
    assert len(bounds) == 2
    assert sum(text.count(f"- On {{{{{tag}}}}}:") for tag in bounds) == 1


@pytest.mark.parametrize(("noise", "role"), [(53, "also"), (40, "upgrade")])
def test_an_upgrade_offers_clearly_more(tmp_path: Path, noise: float, role: str) -> None:
    dear = kettle(9, "Serel Dear", 59.0, 1.7, noise, "White", 3.0)
    with open_shop(tmp_path, [dear]) as shop:
        asked = "a kettle of at least 1.5 liters under 60 EUR, ideally at most 65 dB"
        report = answer(research(shop, tmp_path, asked))
    assert titles(report)[0] == "Brissa Calm 17"
    assert [pick.role for pick in report.picks if pick.title == "Serel Dear"] == [role]
