"""Reading a question without a model: English from a lexicon, all else from the card; `read` is the door."""
