"""`finetune export`: a training's weights as a GGUF file, whole or as an adapter, with what was proved."""

from datetime import datetime
from pathlib import Path

from finetune.export.quantize import Kind
from finetune.shipping import ship_adapter, ship_model
from tui.distilling.saying import say


def export_run(
    run: Path, out: Path, kind: Kind, over: Path | None, llama_cpp: Path | None, licence: str
) -> None:
    """Write and prove a file; raises FinetuneError and leaves none then."""
    now = datetime.now()
    if over is not None:
        proof = ship_adapter(run, over, out, name=out.stem, now=now)
    else:
        proof = ship_model(run, out, kind, licence, now=now, llama_cpp=llama_cpp)
    say(
        f"{out}: {proof.agreement} as the trained model writes them, logits {proof.deviation:.2g} apart "
        f"(at most {proof.tolerance:g})."
    )
