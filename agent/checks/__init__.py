"""What code can see of a step before it is taken: checks that know the trajectory and its desk, nothing else.

The live agent and the supervisor of distillation hold steps to the same checks; `review` says when they are
asked. None of them asks a model.
"""
