"""A GGUF file that holds a tokenizer and no weights, so that llama.cpp tokenizes."""

from pathlib import Path

from gguf import GGUFWriter

from finetune.export.families import Config, read_config
from finetune.export.vocabulary import add_vocabulary, vocabulary_of_folder
from finetune.micro.tokenizer import Tokenizer
from tests.finetune.export.folders import write_reading


def write_vocabulary(path: Path, tokenizer: Tokenizer) -> Path:
    """Write it through the exporter, as a model of this tokenizer would be."""
    write_reading(path.parent, tokenizer)
    writer = GGUFWriter(path, "qwen3")
    add_vocabulary(writer, vocabulary_of_folder(path.parent, _config(tokenizer.size)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def _config(size: int) -> Config:
    sizes = dict.fromkeys(("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"), 1)
    more = {"model_type": "qwen3", "vocab_size": size, "max_position_embeddings": 8, "rms_norm_eps": 1e-6}
    return read_config({**sizes, **more}, Path())[1]
