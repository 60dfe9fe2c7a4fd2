"""The shortlist of a session: products of its report, which the person stars, takes or refuses."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Header, OptionList, Static
from textual.widgets.option_list import Option

from tui.screens.storing import StoreScreen
from tui.widgets.choices import Choices
from tui.widgets.keys import Keys

if TYPE_CHECKING:
    from agent.session import Sessions, Verdict
    from tui.bench import Bench


class Listed(NamedTuple):
    """A product that can be starred."""

    id: str
    title: str
    said: str
    """Its price and how it stands."""
    starred: bool
    verdict: "Verdict | None"
    """Whether the person took or refused it; None where they said nothing."""


class ShortlistScreen(StoreScreen):
    """Everything is stored at once; there is nothing to confirm."""

    TITLE = "Shortlist"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", tooltip="Back to past research", id="shortlist.back"),
        Binding("s,space", "star", "Star", tooltip="Star the product, or take its star", id="shortlist.star"),
        Binding(
            "t", "judge('took')", "I took it", tooltip="A retraining learns from it", id="shortlist.took"
        ),
        Binding(
            "x",
            "judge('refused')",
            "Not for me",
            tooltip="A retraining learns from it",
            id="shortlist.refused",
        ),
    ]

    def __init__(self, bench: "Bench", session_id: str) -> None:
        super().__init__(bench)
        self._session = session_id
        self._listed: list[Listed] = []

    def compose(self) -> ComposeResult:
        """The products, and how many are starred."""
        yield Header()
        yield Choices(id="products", markup=False)
        yield Static(id="said", markup=False)
        yield Keys()

    def on_mount(self) -> None:
        """Read the report."""
        self.query_one(Choices).focus()
        self._look()

    def _look(self) -> None:
        self.with_store(lambda sessions: listed(sessions, self._session), self._show)

    def _show(self, products: list[Listed]) -> None:
        self._listed = products
        choices = self.query_one(Choices)
        place = choices.highlighted or 0
        choices.clear_options()
        choices.add_options(Option(_drawn(product), id=product.id) for product in products)
        choices.highlighted = min(place, len(products) - 1) if products else None
        starred = sum(product.starred for product in products)
        self.query_one("#said", Static).update(f"{starred} of {len(products)} products starred")

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Enter stars too."""
        selected.stop()
        self.action_star()

    def action_star(self) -> None:
        """Star the product, or take its star."""
        chosen = next((p for p in self._listed if p.id == self.query_one(Choices).chosen), None)
        if chosen is not None:
            self.with_store(
                lambda sessions: sessions.star(self._session, chosen.id, starred=not chosen.starred),
                lambda _: self._look(),
            )

    def action_judge(self, verdict: "Verdict") -> None:
        """Keep that the product was taken or refused; the same key again forgets it."""
        chosen = next((p for p in self._listed if p.id == self.query_one(Choices).chosen), None)
        if chosen is not None:
            said = None if chosen.verdict == verdict else verdict
            self.with_store(
                lambda sessions: sessions.judge(self._session, chosen.id, said, datetime.now(UTC)),
                lambda _: self._look(),
            )


def listed(sessions: "Sessions", session_id: str) -> list[Listed]:
    """The compared products of a session's report, then those starred in an earlier report of it."""
    from agent.ledger import SeenProduct
    from agent.observe import price_text
    from agent.report.markdown import standing

    report, starred = sessions.report(session_id), sessions.shortlist(session_id)
    prices = next((row.cells for row in report.rows if row.name == "price"), ())
    judged = {each.product: each.verdict for each in sessions.verdicts() if each.session == session_id}
    products = {}
    for n, column in enumerate(report.columns):
        said = f"{prices[n].text if prices else 'price unknown'}, {standing(column)}"
        record = column.cite.record_id
        products[record] = Listed(record, column.title, said, record in starred, judged.get(record))
    for seen in sessions.evidence(session_id):
        if isinstance(seen, SeenProduct) and seen.record.id in starred - products.keys():
            said = f"{price_text(seen.record)}, in an earlier report"
            products[seen.record.id] = Listed(
                seen.record.id, seen.record.title, said, True, judged.get(seen.record.id)
            )
    return list(products.values())


def _drawn(product: Listed) -> Text:
    from index.text.sanitize import plain

    star = ("★ ", "bold yellow") if product.starred else ("☆ ", "dim")
    words = {"took": ("  taken", "bold green"), "refused": ("  not for me", "bold red"), None: ("", "")}
    return Text.assemble(
        star, plain(product.title), words[product.verdict], (f"  {plain(product.said)}", "dim")
    )
