"""A screen over the session store: deeds are done in threads, and what comes of them is shown."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.message import Message
from textual.screen import Screen

from tui import messages

if TYPE_CHECKING:
    from agent.session import Sessions
    from tui.bench import Bench

Fruit = TypeVar("Fruit")


class StoreScreen(Screen[None]):
    """What the screens of past research have in common."""

    class Done(Message):
        """A deed is done; `then` shows what came of it."""

        def __init__(self, then: Callable[[], object]) -> None:
            super().__init__()
            self.then = then

    def __init__(self, bench: "Bench") -> None:
        super().__init__()
        self._bench = bench

    def with_store(self, deed: Callable[["Sessions"], Fruit], then: Callable[[Fruit], object]) -> None:
        """Do something with the store, and show what comes of it; a fault is one sentence."""
        self._do(deed, lambda fruit: self.Done(partial(then, fruit)))

    @work(thread=True, group="store")
    def _do(self, deed: Callable[["Sessions"], Fruit], done: Callable[[Fruit], Message]) -> None:
        try:
            with self._bench.sessions() as sessions:
                message = done(deed(sessions))
        except Exception as error:  # whatever it is, the person reads a sentence and the screen lives on
            from tui.told import sentence

            self.post_message(messages.Failed(sentence(error)))
        else:
            self.post_message(message)

    def on_store_screen_done(self, done: Done) -> None:
        """Show what came of a deed."""
        done.then()

    def on_failed(self, failed: messages.Failed) -> None:
        """Say why; nothing has changed."""
        failed.stop()
        self.notify(failed.sentence, severity="error", markup=False)
