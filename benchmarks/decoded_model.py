"""The bundled model in float32, as an ordinary sentence-transformers model.

    python benchmarks/decoded_model.py DIRECTORY

What the package runs in ONNX Runtime is compared with it, the reader is trained on it, and the
other programs that are measured use it.
"""

import argparse
import tempfile
from functools import cache
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from transformers.utils import logging

from faq_bot.models.bundled_model import PROMPTS
from faq_bot.models.export.weights_file import WeightsFile, find_weights, read_weights


@cache
def decoded_model() -> SentenceTransformer:
    """Return the model with the weights decoded to float32."""
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    weights = read_weights(find_weights())
    with tempfile.TemporaryDirectory() as folder:
        build_network(weights).save_pretrained(folder)
        build_tokenizer(weights).save_pretrained(folder)
        transformer = Transformer(
            folder,
            max_seq_length=weights.positions,
            model_kwargs={"add_pooling_layer": False},
        )
    pooling = Pooling(transformer.get_embedding_dimension(), "mean")
    return SentenceTransformer(
        modules=[transformer, pooling, Normalize()], prompts=PROMPTS, device="cpu"
    )


def network() -> BertModel:
    """Return the network inside, of which nothing may be changed."""
    return decoded_model()[0].auto_model


def build_tokenizer(weights: WeightsFile) -> PreTrainedTokenizerFast:
    """Build XLM-RoBERTa's tokenizer from the vocabulary in the data file."""
    tokenizer = Tokenizer(Unigram(list(weights.pieces), unk_id=weights.unk))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", weights.bos), ("</s>", weights.eos)],
    )
    return PreTrainedTokenizerFast(
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


def build_network(weights: WeightsFile) -> BertModel:
    """Build the encoder network and fill it with the decoded weights."""
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
        for name in names:
            parameter = parameters[names[name]]
            parameter.copy_(torch.from_numpy(weights.decode(name)).view_as(parameter))
    network.eval()
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


def main() -> None:
    """Write the model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    decoded_model().save(str(directory), create_model_card=False)


if __name__ == "__main__":
    main()
