"""Training with transformers, peft and trl: on one or several GPUs, and on a CPU for tiny models."""
