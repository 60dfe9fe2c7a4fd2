"""The dialogues of an ablation, held by one casting under whatever supervision is asked for."""

import time
from dataclasses import replace

from distill.evaluate.ablate import SUPERVISIONS, HoldWith
from distill.evaluate.run import Run, of_dialogue
from distill.running.casting import Casting
from distill.stage import hold
from distill.supervisor import Supervision
from distill.task import Task
from distill.worlds.open import OpenWorld


def held_by(casting: Casting, open_world: OpenWorld) -> HoldWith:
    """Holds a task with the same seats, and the same planted faults, under every setting."""

    def hold_with(task: Task, supervision: str, rounds: int) -> Run:
        began = time.perf_counter()
        index = open_world(task.world)
        cast, _ = casting.cast(task, index)
        supervised = Supervision(states=SUPERVISIONS[supervision], report_rounds=rounds)
        held = hold(task, index, replace(cast, supervision=supervised))
        return of_dialogue(task, held, time.perf_counter() - began)

    return hold_with
