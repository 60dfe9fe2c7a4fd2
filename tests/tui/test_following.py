"""What grows while it is read: where its end is, and when it stays in sight."""

from rich.text import Text
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.screen import until
from tui.widgets.course import Course, StepTitle

ROOM = (60, 12)


class Researching(App[None]):
    CSS = "StepBlock { height: auto } StepTitle { height: 1 }"

    def compose(self) -> ComposeResult:
        yield Course(id="steps")

    @property
    def course(self) -> Course:
        return self.query_one(Course)

    def steps(self, first: int, count: int) -> None:
        for number in range(first, first + count):
            self.course.act("", f"search {number}")
            self.course.acted("7 products", 0.0, "", failed=False)


async def settled(pilot: Pilot[None], steps: int) -> None:
    await until(pilot, lambda: len(pilot.app.query(StepTitle)) == steps)
    await pilot.pause(0.1)


async def forty_steps(app: Researching, pilot: Pilot[None]) -> None:
    """More than there is room for."""
    app.course.begin("a quiet kettle")
    app.steps(1, 40)
    await settled(pilot, 40)


async def test_what_is_shorter_than_its_room_begins_at_the_top() -> None:
    app = Researching()
    async with app.run_test(size=ROOM) as pilot:
        app.course.begin("a quiet kettle")
        app.steps(1, 2)
        await settled(pilot, 2)
        assert app.course.scroll_y == 0
        assert app.query(StepTitle).first().region.y == 1


async def test_the_end_of_many_steps_at_once_is_in_sight() -> None:
    app = Researching()
    async with app.run_test(size=ROOM) as pilot:
        app.course.begin("a quiet kettle")
        for first in range(1, 41, 8):
            app.steps(first, 8)
            await pilot.pause()
        app.course.tell(Text("· the last line"))
        await settled(pilot, 40)
        assert app.course.max_scroll_y > 0
        assert app.course.is_vertical_scroll_end


async def test_a_person_who_scrolls_back_is_left_there_until_the_next_question() -> None:
    app = Researching()
    async with app.run_test(size=ROOM) as pilot:
        await forty_steps(app, pilot)
        app.course.focus()
        await pilot.press("home")
        app.steps(41, 5)
        await settled(pilot, 45)
        assert app.course.scroll_y == 0
        app.course.begin("and in white?")
        await settled(pilot, 45)
        assert app.course.is_vertical_scroll_end


async def test_a_step_that_is_read_stays_where_it_is() -> None:
    app = Researching()
    async with app.run_test(size=ROOM) as pilot:
        await forty_steps(app, pilot)
        read = app.query(StepTitle).last()
        read.focus()
        await pilot.pause()
        before = read.region
        app.steps(41, 5)
        await settled(pilot, 45)
        assert read.region == before


async def test_what_fits_again_begins_at_the_top() -> None:
    app = Researching()
    async with app.run_test(size=ROOM) as pilot:
        app.course.begin("a quiet kettle")
        app.steps(1, 20)
        await settled(pilot, 20)
        assert app.course.scroll_y > 0
        await pilot.resize_terminal(60, 90)
        await pilot.pause(0.1)
        assert app.query(StepTitle).first().region.y == 1
