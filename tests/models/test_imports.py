"""What importing the engine costs: none of the heavy libraries."""

import subprocess
import sys

HEAVY = ("llama_cpp", "gguf", "jinja2", "torch", "transformers", "chromadb")


def test_importing_the_engine_and_the_templates_loads_nothing_heavy() -> None:
    code = (
        "import sys, models.llama, models.template, models.constrain, models.gbnf\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
