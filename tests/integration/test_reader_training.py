"""The network that is trained, and the graph that reads as it does."""

from pathlib import Path

import numpy as np
import pytest
import torch
import train_reader
from decoded_model import network
from encoder_states import TrainingEncoder
from learning import Checkpoint, learn
from reader_network import ReaderNetwork, make_batch
from training_examples import Examples

from faq_bot.core.settings import Settings
from faq_bot.evaluation.labelled import read_questions
from faq_bot.index.passage_index import PassageIndex
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.models.bundled_model import MODEL_ID, TRAINED, ensure_bundled_model
from faq_bot.models.export.reader_weights import pack_reader, unpack_reader
from faq_bot.models.reader import Reader, passage_states
from faq_bot.models.reader_features import Question, ReadablePassage
from tests.support.paths import ROOT

PACKAGED = ROOT / "faq_bot" / "models" / TRAINED


def test_what_is_packed_again_is_the_same() -> None:
    tensors = unpack_reader(PACKAGED.read_bytes())
    again = unpack_reader(pack_reader(tensors, MODEL_ID))
    assert again.keys() == tensors.keys()
    for name, tensor in tensors.items():
        np.testing.assert_allclose(again[name], tensor, rtol=1e-5, atol=1e-7, err_msg=name)


def test_in_float32_the_graph_reads_as_the_network_that_was_trained(
    index: PassageIndex, settings: Settings
) -> None:
    exact = BundledEncoder(lambda: ensure_bundled_model(settings.cache_dir, "float32"))
    reader = Reader(exact)
    asked = "Wie viel hat Microsoft in OpenAI gesteckt?"
    question = Question(reader.prepare_question(asked), index.background.queries["de"][0])
    mean = index.background.passages["de"][0]
    some = index.passages[:8]
    read = [
        reader.read(question, reader.prepare_passage(passage, index.context(passage), mean))
        for passage in some
    ]
    states = passage_states(exact, [(index.context(one), one.text) for one in some])
    readable = [
        ReadablePassage(state, mean, one.sentences) for state, one in zip(states, some, strict=True)
    ]
    trained = ReaderNetwork.of(network(), unpack_reader(PACKAGED.read_bytes()))
    with torch.inference_mode():
        scores = trained(make_batch([(question, one) for one in readable]))
    assert [one.relevance for one in read] == pytest.approx(scores.relevance.tolist(), abs=0.02)
    none = (scores.start[:, 0] + scores.end[:, 0]).tolist()
    first = question.length
    for row, (reading, state) in enumerate(zip(read, states, strict=True)):
        starts, ends = (
            side[row, first : first + len(state.ids)] for side in (scores.start, scores.end)
        )
        assert reading.margin <= float(starts.max() + ends.max()) - none[row] + 0.05
        if reading.span is not None:
            begins = torch.from_numpy(state.spans[:, 0] == reading.span.start)
            stops = torch.from_numpy(state.spans[:, 1] == reading.span.end)
            margin = float(starts[begins].max() + ends[stops].max()) - none[row]
            assert reading.margin == pytest.approx(margin, abs=0.05)


def test_what_another_network_has_learned_is_refused() -> None:
    learned = unpack_reader(PACKAGED.read_bytes())
    unknown = np.zeros(1, np.float32)
    left_out = next(iter(learned))
    for wrong in (
        {"unknown": unknown},
        learned | {"unknown": unknown},
        {name: tensor for name, tensor in learned.items() if name != left_out},
    ):
        with pytest.raises(ValueError, match="do not fit"):
            ReaderNetwork.of(network(), wrong)


def test_the_network_learns(
    index: PassageIndex, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few steps on a few examples about the seed article."""
    encoder = TrainingEncoder(lambda: ensure_bundled_model(settings.cache_dir, "float32"))
    examples = Examples(encoder, index)
    path = ROOT / "benchmarks" / "data" / "amazon-openai.questions.json"
    asked = read_questions(path, index.articles, "tuning")[::9]
    examples.all = list(examples.examples(asked, exact=True))
    monkeypatch.setattr(train_reader, "_QUESTIONS_PER_STEP", 4)
    reader = ReaderNetwork(network())
    before = {name: tensor.clone() for name, tensor in reader.state_dict().items()}
    train_reader.Trainer(examples, reader).train(1, 1e-4)
    changed = {n for n, tensor in reader.state_dict().items() if not torch.equal(tensor, before[n])}
    assert {"span.weight", "relevance.2.weight", "layers.4.attention.self.query.weight"} <= changed


def test_training_that_was_stopped_goes_on(tmp_path: Path) -> None:
    torch.manual_seed(0)
    inputs = torch.randn(30, 3)

    def train(until: int, name: str) -> torch.Tensor:
        torch.manual_seed(1)
        layer = torch.nn.Linear(3, 1)
        checkpoint = Checkpoint(tmp_path / name, layer, every=10)
        learn(
            [{"params": list(layer.parameters()), "lr": 0.1}],
            lambda taken: (
                (layer(one).pow(2).sum(), torch.zeros(())) for one in inputs[taken:until]
            ),
            30,
            2,
            checkpoint,
        )
        return layer.weight.detach()

    at_once = train(30, "at-once")
    train(15, "stopped")  # five steps after what was kept last
    assert torch.equal(train(30, "stopped"), at_once)
