"""Text of records that attacks is shown as the text it is, at every place where the app shows any."""

import re
import threading
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.events import Paste
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from agent.ledger import SeenPage
from agent.loop import Called
from agent.opening import begin
from agent.report.facts import cite
from index.catalog import Catalog
from index.product import Attribute, Origin, Page, Product, Review
from index.search import Index
from tests.agent.shop import KETTLES, PAGES, QUESTION, REVIEWS
from tests.tui.screen import ask, text, until
from tests.tui.terminal import Screen
from tui import messages
from tui.app import ResearchApp
from tui.bench import Bench
from tui.drafting import Drafting
from tui.settings import Settings
from tui.shown import Choice, QuizTab
from tui.widgets.course import StepTitle
from tui.widgets.prompt import Prompt
from tui.widgets.report import ClaimView, MatrixView

MARKUP = "[red]loud[/] [@click=app.quit]go[/]"
ATTACK = (
    f"{MARKUP} \x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x1b]52;c;ZXZpbA==\x07 "
    "\x1b]2;owned\x07 \x9b2J\x07\x08 \u202egnp\u202c \u2066iso\u2069 ze\u200bro [link=http://evil.example]y[/link]"
)
RULES = Settings(engine="rules", approve_plan=False)


def spoilt(origin: Origin) -> Origin:
    return origin.model_copy(update={"file": f"{ATTACK}.jsonl", "source": f"kettles {ATTACK}"})


def hostile_product(product: Product) -> Product:
    attributes = [a.model_copy(update={"raw": f"{a.raw} {ATTACK}"}) for a in product.attributes]
    finish = Attribute(name=f"finish_{ATTACK}", raw=ATTACK, words=(ATTACK,))
    offers = [
        offer.model_copy(update={"seller": ATTACK, "availability": ATTACK, "url": f"http://x/{ATTACK}"})
        for offer in product.offers
    ]
    return product.model_copy(
        update={
            "origin": spoilt(product.origin),
            "title": f"{MARKUP} {product.title} {ATTACK}",
            "brand": f"{product.brand} {ATTACK}",
            "attributes": (*attributes, finish),
            "offers": tuple(offers),
            "description": ATTACK,
            "bullets": (ATTACK,),
            "mpn": ATTACK,
        }
    )


def hostile_review(review: Review) -> Review:
    return review.model_copy(
        update={
            "origin": spoilt(review.origin),
            "title": ATTACK,
            "sentences": tuple(f"{MARKUP} {sentence} {ATTACK}" for sentence in review.sentences),
            "aspects": tuple(a.model_copy(update={"name": f"{a.name} {ATTACK}"}) for a in review.aspects),
        }
    )


def hostile_page(page: Page) -> Page:
    sentences = tuple(f"{sentence} {ATTACK}" for sentence in page.sentences)
    told = {"title": f"{page.title} {ATTACK}", "url": f"http://x/{ATTACK}", "sentences": sentences}
    return page.model_copy(update={"origin": spoilt(page.origin), **told})


def open_hostile_shop(home: Path) -> Index:
    """The tiny shop, every text of which attacks; nothing is made inert on the way in, as an import would."""
    home.mkdir(parents=True, exist_ok=True)
    with (
        Catalog.open(home / "catalog.sqlite") as catalog,
        catalog.importing("kettles", "kettles.jsonl", "hostile") as batch,
    ):
        for product in KETTLES:
            batch.add(hostile_product(product))
        for review in REVIEWS:
            batch.add(hostile_review(review))
        for page in PAGES:
            batch.add(hostile_page(page))
    return Index.open(home)


@asynccontextmanager
async def app_at(home: Path, size: tuple[int, int] = (160, 60)) -> AsyncIterator[Pilot[str]]:
    open_hostile_shop(home).close()
    app = ResearchApp(lambda cancel: Bench(RULES, home, cancel))
    async with app.run_test(size=size, notifications=True) as pilot:
        yield pilot


def drawn(pilot: Pilot[str]) -> Iterator[Segment]:
    """All that stands on the screen, and what its scrolling parts hold besides."""
    for strip in pilot.app.screen._compositor.render_strips(pilot.app.size):
        yield from strip
    for widget in pilot.app.screen.walk_children(Widget):
        if not widget.children and widget.size:
            for strip in widget.render_lines(widget.outer_size.region):
                yield from strip


def check(pilot: Pilot[str], *, shows: str = "[red]loud[/]") -> None:
    """Nothing on the screen is more than text, and the attack is really on it."""
    said = ""
    for segment in drawn(pilot):
        live = {c for c in segment.text if unicodedata.category(c) in ("Cc", "Cf", "Cs")}
        assert not live, (live, segment)
        said += segment.text
        if segment.style is not None:
            assert segment.style.link is None, segment
            assert "@click" not in segment.style.meta, segment
    assert shows in said
    assert "owned" not in pilot.app.title + pilot.app.sub_title


async def click_where_markup_stands(pilot: Pilot[str]) -> None:
    """Click on every "[@click=…]" in sight; the app is still there."""
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    found = [(m.start() + 8, y) for y, s in enumerate(strips) for m in re.finditer(r"\[@click", s.text)]
    assert found
    for place in found[:4]:
        await pilot.click(offset=place)
        await pilot.pause()
        assert pilot.app.is_running
        assert pilot.app.return_value is None


async def focus_claim(pilot: Pilot[str], part: str) -> None:
    next(view for view in pilot.app.query(ClaimView) if part in view.claim.text).focus()
    await pilot.pause()


@pytest.mark.longer
async def test_steps_and_report_are_text(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await until(pilot, lambda: "Written by" in text(pilot, "#report"))
        check(pilot)
        await click_where_markup_stands(pilot)
        for title in pilot.app.query(StepTitle):
            title.action_open()
        await pilot.pause()
        check(pilot)
        await click_where_markup_stands(pilot)


async def test_what_is_found_so_far_is_text(tmp_path: Path) -> None:
    open_hostile_shop(tmp_path).close()
    bench = Bench(RULES, tmp_path, threading.Event())
    async with ResearchApp(lambda cancel: Bench(RULES, tmp_path, cancel)).run_test(size=(120, 40)) as pilot:
        from tui.report_blocks import found

        with bench.research(QUESTION, "") as research:
            for event in research.run():
                if isinstance(event, Called) and event.call.name == "product_reviews":
                    break
            pilot.app.screen.busy = True  # type: ignore[attr-defined]
            pilot.app.screen.post_message(messages.Found(tuple(found(research.desk))))
        await until(pilot, lambda: "So far" in text(pilot, "#report"))
        check(pilot)
        await click_where_markup_stands(pilot)
    bench.close()


@pytest.mark.longer
async def test_the_evidence_of_a_page_is_text(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        seen = SeenPage(tag="W1", record=hostile_page(PAGES[0]))
        pilot.app.post_message(messages.CiteAsked(cite(seen), f"A page {ATTACK}"))
        await until(pilot, lambda: bool(pilot.app.screen.query("#evidence")))
        await until(pilot, lambda: "decibel" in text(pilot, "#evidence"))
        check(pilot)
        await click_where_markup_stands(pilot)


@pytest.mark.longer
@pytest.mark.parametrize("part", ["[P1]", "[R1]"])
async def test_evidence_is_text(tmp_path: Path, part: str) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await until(pilot, lambda: "Written by" in text(pilot, "#report"))
        await focus_claim(pilot, part)
        await pilot.press("e")
        await until(pilot, lambda: "loud" in text(pilot, "#evidence"))
        check(pilot)
        await click_where_markup_stands(pilot)


@pytest.mark.longer
async def test_cells_of_tables_and_their_evidence_are_text(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await until(pilot, lambda: len(pilot.app.query(MatrixView)) == 2)
        pilot.app.query(MatrixView).first().focus()
        for _ in range(6):
            await pilot.press("down", "enter")
            await until(pilot, lambda: pilot.app.query_one("#drawer").display)
            check(pilot)
            await pilot.press("escape")


@pytest.mark.slow
async def test_the_comparison_its_plots_and_its_search_are_text(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await focus_claim(pilot, "[P1]")
        await pilot.press("c")
        await until(pilot, lambda: "Tolva" in text(pilot, "#grid"))
        for _ in range(12):
            await pilot.press("down")
            await pilot.pause()
            check(pilot)
        await pilot.press("s", "x")
        check(pilot)
        await pilot.press("p")
        await until(pilot, lambda: bool(pilot.app.screen.query("#legend")))
        await pilot.pause(0.5)
        check(pilot)
        await pilot.press("escape", "a", *"kettle")
        await until(pilot, lambda: "loud" in text(pilot, "#found"))
        check(pilot)
        await pilot.press("escape")
        await click_where_markup_stands(pilot)


@pytest.mark.longer
async def test_a_product_is_text(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await focus_claim(pilot, "[P1]")
        await pilot.press("o")
        await until(pilot, lambda: "loud" in text(pilot, "#title"))
        await until(pilot, lambda: pilot.app.screen.query_one("#similar").display)
        for _ in range(6):
            check(pilot)
            await pilot.press("pagedown")
            await pilot.pause()
        await pilot.press("home")
        await click_where_markup_stands(pilot)


@pytest.mark.longer
async def test_past_research_is_text(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        await ask(pilot, QUESTION)
        await ask(pilot, f"and in white? {ATTACK}")
        await pilot.press("ctrl+n")
        await ask(pilot, f"a kettle {ATTACK}")
        await pilot.press("ctrl+s")
        await pilot.pause(0.2)
        check(pilot)
        await pilot.press("escape", "f3")
        await until(pilot, lambda: "report" in text(pilot, "#past"))
        check(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "loud" in text(pilot, "#products"))
        check(pilot)
        await pilot.press("escape", "v")
        await until(pilot, lambda: "loud" in text(pilot, "#paper"))
        await pilot.pause(1)
        check(pilot)
        await pilot.press("escape", "=", "down", "=")
        await until(pilot, lambda: bool(pilot.app.screen.query("#differences")))
        await pilot.pause(0.5)
        await pilot.press("u")
        check(pilot)
        await pilot.press("escape", "n")
        await pilot.pause(0.2)
        pilot.app.screen.query_one("#text").post_message(Paste(ATTACK))
        await pilot.pause()
        check(pilot)


@pytest.mark.slow
async def test_a_question_back_a_need_and_a_notice_are_text(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        home = pilot.app.screen
        await ask(pilot, QUESTION)
        tab = QuizTab(ATTACK, (Choice(ATTACK, 2, ATTACK), Choice("white", None, "white")), ATTACK)
        home.post_message(messages.Asked(f"Which? {ATTACK}", (tab, QuizTab("colour", ()))))
        await until(pilot, lambda: pilot.app.query_one("#quiz").display)
        check(pilot)
        await click_where_markup_stands(pilot)
        home.post_message(messages.Unread(ATTACK))
        home.post_message(messages.Failed(ATTACK))
        await until(pilot, lambda: len(pilot.app._notifications) == 1)
        await pilot.pause(0.2)
        check(pilot)
        pilot.app.post_message(messages.Failed(ATTACK))
        await until(pilot, lambda: len(pilot.app._notifications) == 2)
        await pilot.pause(0.2)
        check(pilot)
        pilot.app.query_one("#needs").focus()
        await pilot.press("a")
        pilot.app.query_one("#need", Input).post_message(Paste(ATTACK))
        await pilot.pause()
        check(pilot)


async def test_what_is_pasted_or_asked_again_is_text(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        prompt = pilot.app.query_one(Prompt)
        prompt.post_message(Paste(f"a kettle {ATTACK}"))
        await pilot.pause()
        check(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Done" in text(pilot, "#status"))
        check(pilot)
        await pilot.press("up")
        assert "loud" in prompt.value
        check(pilot)


async def test_a_report_that_is_being_written_is_text(tmp_path: Path) -> None:
    async with app_at(tmp_path) as pilot:
        bench: Bench = pilot.app.screen._bench  # type: ignore[attr-defined]
        await until(pilot, lambda: pilot.app.screen._bench is not None)  # type: ignore[attr-defined]
        bench = pilot.app.screen._bench  # type: ignore[attr-defined]
        desk = begin(QUESTION, bench.index, "rules", 0, datetime.now(UTC))[1]
        product = bench.index.catalog.product("kettles:1")
        desk.evidence.show_product(product)
        drafting = Drafting(desk)
        written = drafting.feed(f"## Verdict\n\n{{{{P1.title}}}} and {{{{P1.brand}}}} {ATTACK}\n\n")
        pilot.app.screen.post_message(messages.Drafted(written))
        await until(pilot, lambda: "loud" in text(pilot, "#draft"))
        await pilot.pause(0.3)
        check(pilot)
        await click_where_markup_stands(pilot)


@pytest.mark.longer
def test_no_terminal_is_told_anything_by_a_record(tmp_path: Path) -> None:
    open_hostile_shop(tmp_path).close()
    screen = Screen(tmp_path, (), {"COLUMNS": "160", "LINES": "50", "PRODUCTRESEARCH_APPROVE_PLAN": "false"})
    screen.wait_for("8 products")
    screen.type(QUESTION)
    screen.wait_for(QUESTION)
    screen.type("\r")
    screen.wait_for("Done;")
    screen.type("\x1b[17~")  # F6
    for key in ("e", "\x1b", "c", "\x1b", "o"):
        screen.type(key)
        screen.read_on()
    screen.type("\x11")
    assert screen.end() == 0
    written = screen.raw.decode("utf-8", "replace")
    assert "[red]loud[/]" in written
    assert not re.findall(r"\x1b\](?!22;)[^\x07\x1b]*", written)
    assert not [c for c in set(written) if unicodedata.category(c) == "Cf"]
