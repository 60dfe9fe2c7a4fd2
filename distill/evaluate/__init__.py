"""Evaluation against the hidden truth of tasks: runs are scored, compared with intervals, and shown."""
