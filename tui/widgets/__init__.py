"""The parts of the app's screen, one a file; their looks are in `tui/app.tcss`."""
