"""The tokenizer of the bundled model as SentencePiece reads it.

XLM-RoBERTa's tokenizer is SentencePiece (Kudo and Richardson 2018, arXiv 1808.06226) with
Unicode normalised by its rule `nmt_nfkc`. The data file has the pieces but not that rule, which
comes with the library.
"""

from typing import Any

from sentencepiece import SentencePieceNormalizer, sentencepiece_model_pb2

from faq_bot.models.export.weights_file import WeightsFile

protobuf: Any = sentencepiece_model_pb2  # its types are made when it is imported

_NORMALISATION = "nmt_nfkc"


def sentencepiece_model(weights: WeightsFile) -> bytes:
    """Return the vocabulary as a SentencePiece model; a piece's place is its id."""
    kinds = protobuf.ModelProto.SentencePiece
    special = {weights.unk: kinds.UNKNOWN} | dict.fromkeys(
        (weights.bos, weights.eos, weights.pad), kinds.CONTROL
    )
    model = protobuf.ModelProto()
    rule = SentencePieceNormalizer(rule_name=_NORMALISATION).serialized_normalizer_spec()
    model.normalizer_spec.ParseFromString(rule)
    for number, (piece, score) in enumerate(weights.pieces):
        model.pieces.add(piece=piece, score=score, type=special.get(number, kinds.NORMAL))
    model.trainer_spec.vocab_size = len(weights.pieces)
    for name in ("unk", "bos", "eos", "pad"):
        setattr(model.trainer_spec, f"{name}_id", getattr(weights, name))
    serialized: bytes = model.SerializeToString()
    return serialized
