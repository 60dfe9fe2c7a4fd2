"""The bundled micro agent: its tokenizer, its network, and how it is trained from nothing."""
