"""Where the command begins: the app where nothing more was typed, and the commands for the rest.

Those cost 90 ms (median of eleven runs), which the app's first paint does not pay.
"""

import gc
import sys

from tui import lookalikes
from tui.told import told


def main() -> None:
    """Run what was typed."""
    lookalikes.speak()
    if len(sys.argv) > 1:
        from tui.commands import app

        app()
    else:
        gc.disable()  # until the app is open: 35 ms, and nothing that is imported goes
        with told():
            from tui.launch import run_app

            run_app()
