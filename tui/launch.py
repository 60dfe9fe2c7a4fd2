"""Opens the app over the person's own settings and data, or over a recording, and says how to go on.

Until the first paint it imports no more than `tui.app` does.
"""

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tui.app import ResearchApp
from tui.leaving import run

if TYPE_CHECKING:
    from tui.bench import Bench


def run_app(replay: Path | None = None, chroma: str = "") -> None:
    """Open the app over the person's settings and data, or play a recording; raises what those raise."""
    if replay is None:
        _run(ResearchApp(lambda cancel: open_bench(cancel, chroma)))
        return
    from tui.bench import Bench
    from tui.replaying import unpacked
    from tui.settings import Settings

    with unpacked(replay) as (home, session):
        _run(ResearchApp(lambda cancel: Bench(Settings(engine="rules"), home, cancel), session))


def _run(app: ResearchApp) -> None:
    """Raises what kept the app from beginning."""
    run(app, _say_how_to_go_on)
    if app.fault is not None:
        raise app.fault


def _say_how_to_go_on(session: str) -> None:
    sys.stderr.write(f'Ask on with: productresearch research --resume {session} "…"\n')
    sys.stderr.flush()


def open_bench(cancel: threading.Event, chroma: str = "") -> "Bench":
    """Over the settings and the home of whoever runs it, which is swept; raises what those raise."""
    from index.gathering.scratch import sweep
    from tui.bench import Bench
    from tui.run import overridden
    from tui.settings import home, load

    sweep(home())
    return Bench(overridden(load(), {"chroma": chroma or None}), home(), cancel)
