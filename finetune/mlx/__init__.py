"""Training with MLX: the networks, adapters and four-bit weights of mlx-lm, on a Mac or on a Linux CPU."""
