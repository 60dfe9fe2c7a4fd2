"""What the app keeps between questions: the open index, the loaded model, and the policy of the session.

A model is loaded once, and a follow-up costs its new tokens only. How a run is put together is left to
`tui.run`.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

from agent.loop import Research
from agent.policy import Policy
from agent.session import Sessions
from index.search import Index
from models.engine import Cancel, Engine
from models.in_use import InUseError
from models.usable import Model
from tui.ages import Today
from tui.asked import AppPerson
from tui.run import RULES, load_engine, make_policy, named_model, server_of, start_run
from tui.settings import Settings, settings_path


class Bench:
    """A place to research at, opened when first needed; one run at a time, its index for any thread."""

    def __init__(
        self, settings: Settings, home: Path, cancel: Cancel, clock: Callable[[], date] = date.today
    ) -> None:
        self.home = home
        self.settings = settings
        self.researcher = _name(settings, home)
        """Who will research: `rules`, the model's file, or a word that there is none to be had."""
        self._cancel = cancel
        self._clock = clock
        self._opening = threading.Lock()
        self._index: Index | None = None
        self._followed = ""
        self._engine: Engine | None = None
        self._model: Model | None = None
        """What the engine has loaded."""
        self._policy: Policy | None = None
        self._at_hand = ""
        """The session whose steps the policy has before it; empty where a run was cut short."""

    def renew(self, settings: Settings) -> None:
        """Research by other settings from the next run on."""
        self.settings, self.researcher = settings, _name(settings, self.home)
        self._engine, self._model, self._policy, self._at_hand = None, None, None, ""

    @property
    def today(self) -> Today:
        """The day by which prices, offers and ratings are called stale."""
        return Today(self.settings.freshness, self._clock())

    @property
    def looks(self) -> Path:
        """The folder of themes and keys: where the settings stand."""
        return settings_path().parent

    @property
    def index(self) -> Index:
        """The catalogue and its search, opened when first needed."""
        with self._opening:
            if self._index is None:
                if self.settings.chroma:
                    from tui.following import follow  # what speaks to a server, which most never name

                    self._followed = follow(self.home, self.settings.chroma)
                self._index = Index.open(self.home)
            return self._index

    @contextmanager
    def sessions(self) -> Iterator[Sessions]:
        """The session store, for the thread that opens it."""
        with closing(Sessions(self.home / "sessions.sqlite")) as sessions:
            yield sessions

    @property
    def generated(self) -> int:
        """Tokens that the model has written so far."""
        return self._engine.usage.generated if self._engine else 0

    @property
    def context(self) -> tuple[int, int]:
        """Tokens that stand in the model's context, and how many fit it; zeros without a model."""
        return (self._engine.usage.context, self._engine.context_size) if self._engine else (0, 0)

    def stock(self) -> str:
        """What the catalogue holds, in a line."""
        counts = self.index.catalog.counts()
        if not counts.products:
            return "no products yet"
        held = f"{counts.products:,} products, {counts.reviews:,} reviews, {counts.pages:,} saved pages"
        followed, self._followed = self._followed, ""  # said once
        return f"{held}. {followed}" if followed else held

    @contextmanager
    def research(self, question: str, session: str, person: AppPerson | None = None) -> Iterator[Research]:
        """A run that begins a session or goes on with one; raises what `start_run` and the model raise."""
        index, policy = self.index, self._policy_for(session)
        self._at_hand = ""
        with self.sessions() as sessions:
            steered = person is not None and person.has_wishes
            run = start_run(
                question,
                session,
                index,
                policy,
                sessions,
                self.settings,
                self._cancel,
                person,
                steered=steered,
            )
            yield run
        if not self._cancel.is_set():
            self._at_hand = run.trajectory.id

    def close(self) -> None:
        """Release the catalogue's files."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def _policy_for(self, session: str) -> Policy:
        if self._policy is None or not session or session != self._at_hand:
            self._policy = self._new_policy()
        return self._policy

    def _new_policy(self) -> Policy:
        model = named_model(self.settings, self.home)
        if model != self._model:  # a retraining elsewhere may have put another in use
            self._engine, self._model = None, None
        if self._engine is None and model is not None:
            self._engine, self._model, self.researcher = load_engine(model, self.settings), model, model.name
        if self._engine is not None:
            self._engine.reset()
        return make_policy(self.settings, self._cancel, self._engine)


def _name(settings: Settings, home: Path) -> str:
    try:
        model = named_model(settings, home)
    except InUseError:  # told in full to whoever asks a question
        return "no model"
    return (server_of(settings) or RULES) if model is None else model.name
