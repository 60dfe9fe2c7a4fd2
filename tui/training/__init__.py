"""What the commands of `productresearch finetune` and `retrain` do, wired to the floor below."""
