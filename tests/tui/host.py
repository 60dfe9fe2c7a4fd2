"""A small app that shows one screen over a shop and keeps what the screen asks of its app."""

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from textual.app import App
from textual.message import Message
from textual.screen import Screen

import tui.app
from tui.app import ResearchApp
from tui.bench import Bench
from tui.messages import CiteAsked, CopyAsked, ProductAsked, SettingsChanged
from tui.settings import Settings

BY_RULES = Settings(engine="rules")
TODAY = date(2026, 10, 11)


class Host(App[None]):
    """The looks of the real app, and nothing on its first page."""

    CSS_PATH = Path(tui.app.__file__).with_name("app.tcss")
    HORIZONTAL_BREAKPOINTS = ResearchApp.HORIZONTAL_BREAKPOINTS

    def __init__(
        self, home: Path, screen: Callable[[Bench], Screen[Any]], settings: Settings = BY_RULES
    ) -> None:
        super().__init__()
        self.bench = Bench(settings, home, threading.Event(), lambda: TODAY)
        self._first = screen
        self.asked: list[Message] = []

    def on_mount(self) -> None:
        self.push_screen(self._first(self.bench))

    def on_cite_asked(self, asked: CiteAsked) -> None:
        self.asked.append(asked)

    def on_product_asked(self, asked: ProductAsked) -> None:
        self.asked.append(asked)

    def on_copy_asked(self, asked: CopyAsked) -> None:
        self.asked.append(asked)

    def on_settings_changed(self, changed: SettingsChanged) -> None:
        self.asked.append(changed)
