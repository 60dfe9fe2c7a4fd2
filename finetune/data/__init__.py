"""From a data set of `distill` to token ids with a loss mask, through the live agent's own rendering."""
