"""The report: what a policy writes of it, what is checked, and what code adds.

`draft` is read and `verify` holds it to the records; `assemble` makes the `record` that `markdown` shows.
"""
