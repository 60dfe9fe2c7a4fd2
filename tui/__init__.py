"""The terminal side in both forms, the command line and the Textual app; everything is wired here."""
