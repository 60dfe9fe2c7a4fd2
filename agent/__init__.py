"""The research agent: wire, tools, ledgers, policies, the loop, live checks and the report."""
