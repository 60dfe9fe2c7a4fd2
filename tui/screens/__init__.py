"""The screens that come over the app's one screen, one a file; their looks are in `tui/app.tcss`."""
