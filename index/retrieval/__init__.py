"""The legs of search, each alone: filters, words, identifiers, meaning, and how they are fused and sorted."""
