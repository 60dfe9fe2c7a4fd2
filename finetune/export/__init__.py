"""Trained weights as files that run elsewhere: Hugging Face folders to GGUF and back, adapters, and proof."""
