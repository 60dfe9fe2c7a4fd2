"""What the commands of `productresearch distill` do, wired to the floor below."""
