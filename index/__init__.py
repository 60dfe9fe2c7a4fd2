"""The local product index: records, importers, the SQLite catalogue, vectors and search.

The truth is SQLite; everything in Chroma is derived from it and can be rebuilt.
"""
