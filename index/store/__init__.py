"""Where the index lies: the SQLite tables behind the catalogue, the vectors' log and Chroma."""
