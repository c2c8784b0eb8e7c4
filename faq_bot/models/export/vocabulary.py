"""The tokenizer of the bundled model as SentencePiece reads it.

XLM-RoBERTa's tokenizer is SentencePiece (Kudo and Richardson 2018, arXiv 1808.06226) with
Unicode normalised by its rule `nmt_nfkc`. The data file has the pieces but not that rule, so a
model trained on a few letters lends it.
"""

import io
from typing import Any

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from faq_bot.models.export.weights_file import WeightsFile

protobuf: Any = sentencepiece_model_pb2  # its types are made when it is imported

_LETTERS = "a b c d e f g h i j k l m n o p q r s t"


def sentencepiece_model(weights: WeightsFile) -> bytes:
    """Return the vocabulary as a SentencePiece model; a piece's place is its id."""
    kinds = protobuf.ModelProto.SentencePiece
    special = {weights.unk: kinds.UNKNOWN} | dict.fromkeys(
        (weights.bos, weights.eos, weights.pad), kinds.CONTROL
    )
    model = _trained_on_a_few_letters()
    del model.pieces[:]
    for number, (piece, score) in enumerate(weights.pieces):
        model.pieces.add(piece=piece, score=score, type=special.get(number, kinds.NORMAL))
    model.trainer_spec.vocab_size = len(weights.pieces)
    for name in ("unk", "bos", "eos", "pad"):
        setattr(model.trainer_spec, f"{name}_id", getattr(weights, name))
    serialized: bytes = model.SerializeToString()
    return serialized


def _trained_on_a_few_letters() -> Any:
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([_LETTERS] * 10),
        model_writer=written,
        vocab_size=30,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    model = protobuf.ModelProto()
    model.ParseFromString(written.getvalue())
    return model
