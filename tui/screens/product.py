"""Everything known of one product on one page, and products like it to go on to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Header, OptionList, Static
from textual.widgets.option_list import Option

from index.errors import NotFoundError
from index.text.sanitize import TITLE_LIMIT, plain
from tui import product_words as words
from tui.messages import ProductAsked
from tui.pictures import first_picture
from tui.product_sheet import Sheet, read_sheet, similar
from tui.told import inert_sentence
from tui.widgets.choices import Listing
from tui.widgets.keys import Keys
from tui.widgets.picture import Picture
from tui.widgets.plots import COLOURS, Drawn, HistoryPlot
from tui.widgets.product_line import product_line
from tui.widgets.reviews import Reading, Reviews

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import RenderableType

    from agent.ledger import Need
    from index.product import Product
    from tui.bench import Bench


class ProductScreen(Screen[None]):
    """One product; a similar one that is chosen is asked of the app by `ProductAsked`."""

    TITLE = "Product"
    AUTO_FOCUS = "#reading"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reviews", "Reviews", id="product.reviews", tooltip="Go to what buyers say"),
        Binding("s", "similar", "Similar", id="product.similar", tooltip="Go to products like this one"),
        Binding("o", "elsewhere", "Sources", id="product.elsewhere", tooltip="Go to what other sources say"),
        Binding("t", "top", "Top", id="product.top", tooltip="Go back to the beginning"),
        Binding("escape", "dismiss", "Back", id="product.back", tooltip="Go back to where you were"),
    ]

    class Read(Message):
        """What the catalogue holds of the product."""

        def __init__(self, sheet: Sheet) -> None:
            super().__init__()
            self.sheet = sheet

    class Pictured(Message):
        """A picture of it."""

        def __init__(self, image: "Image") -> None:
            super().__init__()
            self.image = image

    class Alike(Message):
        """Products like it."""

        def __init__(self, products: "Sequence[Product]") -> None:
            super().__init__()
            self.products = products

    class Unread(Message):
        """Something could not be read; the sentence is for the person."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self, bench: "Bench", record_id: str, needs: "Sequence[Need]" = ()) -> None:
        super().__init__()
        self._bench = bench
        self._record_id = record_id
        self._needs = tuple(needs)
        self._read_already = False

    def compose(self) -> ComposeResult:
        """The facts beside the prices, and beneath them the reviews."""
        yield Header()
        with Reading(id="reading"):
            with Horizontal(id="masthead"):
                yield Vertical(id="picture")
                with Vertical(id="naming"):
                    yield Static(id="title", markup=False)
                    yield Static(id="summary", markup=False)
            with Horizontal(id="columns"):
                with Vertical(id="facts"):
                    yield Static(id="product-needs", classes="part", markup=False)
                    yield Static(id="offers", classes="part", markup=False)
                    yield Static(id="attributes", classes="part", markup=False)
                    yield Static(id="description", classes="part", markup=False)
                    yield Static(id="source", classes="part", markup=False)
                with Vertical(id="market"):
                    with Vertical(id="prices", classes="part"):
                        yield HistoryPlot(id="price-plot")
                        yield Static(id="price-words", markup=False)
                    yield Listing(id="elsewhere", classes="part", markup=False)
                    yield Listing(id="similar", classes="part", markup=False)
            yield Static(id="review-summary", classes="part", markup=False)
            yield Reviews(id="reviews")
        yield Keys()

    def on_mount(self) -> None:
        """Name the parts, hide them until there is something in them, and begin to read."""
        for part, title in (
            ("#product-needs", "Needs"),
            ("#offers", "Offers"),
            ("#attributes", "Attributes"),
            ("#description", "Description"),
            ("#source", "Source"),
            ("#prices", "Price over time"),
            ("#elsewhere", "Other sources"),
            ("#similar", "Similar products"),
            ("#review-summary", "What reviews say"),
            ("#reviews", "Reviews"),
        ):
            self.query_one(part).border_title = title
            self.query_one(part).display = False
        self.query_one("#reading").loading = True
        self._read()

    @work(thread=True, exclusive=True)
    def _read(self) -> None:
        index = None
        try:
            index = self._bench.index
            sheet = read_sheet(index, self._record_id, self._needs)
            self.post_message(self.Read(sheet))
            if image := first_picture(sheet.product.images):
                self.post_message(self.Pictured(image))
            # After the rest: the first search of a run opens the vectors, which may take seconds.
            self.post_message(self.Alike(similar(index, sheet.product)))
        except NotFoundError:
            gone = f"{plain(self._record_id)} is no longer in the catalogue; search for it to find it anew."
            self.post_message(self.Unread(gone))
        except Exception as error:  # the thread's end is the app's edge
            self.post_message(self.Unread(inert_sentence(error)))

    def on_product_screen_unread(self, unread: Unread) -> None:
        """Say why, in place of the product, or beside it where only what is like it is missing."""
        self.query_one("#reading").loading = False
        if self._read_already:
            self.notify(unread.sentence, severity="warning", markup=False)
        else:
            self.query_one("#title", Static).update(Text(unread.sentence))

    async def on_product_screen_read(self, read: Read) -> None:
        """Show what there is; parts of which nothing is known stay hidden."""
        self._read_already = True
        self.query_one("#reading").loading = False
        sheet, product = read.sheet, read.sheet.product
        self.query_one("#title", Static).update(Text(plain(product.title, TITLE_LIMIT)))
        self.query_one("#summary", Static).update(words.summary(product, self._bench.today))
        if sheet.needs:
            self._fill("#product-needs", words.needs(sheet))
        if product.offers:
            self._fill("#offers", words.offers(product))
        if product.attributes:
            self._fill("#attributes", words.attributes(product))
        if told := words.description(product):
            self._fill("#description", told)
        self._fill("#source", words.source(product))
        others = [Option(words.elsewhere(product, other), id=other.id) for other in sheet.elsewhere]
        self._list("#elsewhere", others)
        self._fill("#review-summary", words.review_summary(sheet.opinions))
        self._show_prices(sheet)
        if sheet.reviews:
            self.query_one("#reviews").display = True
            await self.query_one(Reviews).show(sheet.reviews)
            self.call_after_refresh(self.query_one(Reading).look)
        self.refresh_bindings()

    def _show_prices(self, sheet: Sheet) -> None:
        plot = self.query_one(HistoryPlot)
        plot.display = bool(sheet.points)
        if sheet.points:
            plot.show([(Drawn("•", COLOURS[0], sheet.product.title), sheet.points)])
        self._fill("#price-words", words.history(sheet.standing, self._bench.today))
        self.query_one("#prices").display = True

    def on_product_screen_pictured(self, pictured: Pictured) -> None:
        """Show it beside the name."""
        place = self.query_one("#picture")
        place.display = True
        place.mount(Picture(pictured.image))

    def on_product_screen_alike(self, alike: Alike) -> None:
        """Show what there is to go on to."""
        self._list("#similar", [Option(product_line(product), id=product.id) for product in alike.products])
        self.refresh_bindings()

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Ask for a product like this one, or for another record of it."""
        selected.stop()
        self.post_message(ProductAsked(str(selected.option.id)))

    async def on_reading_near_end(self) -> None:
        """Lay out more reviews, until they fill more than what is seen."""
        if await self.query_one(Reviews).go_on():
            self.call_after_refresh(self.query_one(Reading).look)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer only what there is."""
        part = {"reviews": "#review-summary", "similar": "#similar", "elsewhere": "#elsewhere"}.get(action)
        return part is None or self.query_one(part).display

    def action_reviews(self) -> None:
        """Scroll to the reviews."""
        self.query_one(Reading).scroll_to_widget(self.query_one("#review-summary"), top=True, animate=False)

    def action_similar(self) -> None:
        """Go into the list of similar products."""
        self.query_one("#similar").focus()

    def action_elsewhere(self) -> None:
        """Go into the list of what other sources say."""
        self.query_one("#elsewhere").focus()

    def action_top(self) -> None:
        """Scroll to the beginning."""
        self.query_one(Reading).focus().scroll_home(animate=False)

    def _list(self, part: str, options: "Sequence[Option]") -> None:
        shown = self.query_one(part, Listing)
        shown.add_options(options)
        shown.highlighted = 0 if options else None
        shown.display = bool(options)

    def _fill(self, part: str, told: "RenderableType") -> None:
        shown = self.query_one(part, Static)
        shown.update(told)
        shown.display = True
