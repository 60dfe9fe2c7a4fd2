"""Weights and the runtimes that execute them: engines, chat templates, the embedder.

This floor knows nothing of products or research. Whatever turns tokens into meaning lives above it.
"""
