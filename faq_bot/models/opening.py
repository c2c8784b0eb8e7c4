"""The models that the settings name."""

from faq_bot.core.settings import Settings
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.models.bundled_model import ensure_bundled_model
from faq_bot.models.encoder import Encoder
from faq_bot.models.sentence_transformers_encoder import (
    SentenceTransformerEncoder,
    load_sentence_transformer,
)


def open_encoder(settings: Settings) -> Encoder:
    """Return the encoder of the model that is configured; it is loaded when it is first used."""
    name = settings.model
    if name is None:
        return BundledEncoder(lambda: ensure_bundled_model(settings.cache_dir, settings.precision))
    return SentenceTransformerEncoder(
        name, lambda: load_sentence_transformer(name, settings.device)
    )
