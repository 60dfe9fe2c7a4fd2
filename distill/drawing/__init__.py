"""Tasks out of histories: whose question it is, what is truly needed, and the words for it."""
