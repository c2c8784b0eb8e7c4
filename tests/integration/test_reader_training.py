"""The networks that are trained, and the graphs that read as they do."""

from pathlib import Path

import numpy as np
import pytest
import torch
import train_joint_reader
import train_reader
from average_readers import mean
from decoded_model import network
from encoder_states import TrainingEncoder
from joint_network import LOWER_LAYER, MIDDLE_LAYER, JointNetwork
from learning import Checkpoint, learn
from low_rank import Adapted
from packed_network import load_packed, save_packed
from reader_network import ReaderNetwork
from safetensors.torch import load_file
from train_reader import make_batch
from training_examples import Examples

from faq_bot.core.settings import Settings
from faq_bot.evaluation.labelled import read_questions
from faq_bot.index.passage_index import PassageIndex
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.models.bundled_model import ensure_bundled_model
from faq_bot.models.reader import Reader, passage_states
from faq_bot.models.reader_features import Question, ReadablePassage
from tests.support.paths import ROOT


def test_a_merged_layer_does_what_the_adapted_one_did() -> None:
    torch.manual_seed(0)
    layer = Adapted(torch.nn.Linear(8, 4))
    torch.nn.init.normal_(layer.up)
    states = torch.randn(3, 8)
    before = layer(states)
    assert not torch.allclose(before, layer.base(states))
    assert torch.allclose(before, layer.merged()(states), atol=1e-5)


def test_the_mean_of_two_networks_changes_a_layer_by_the_mean_of_their_changes() -> None:
    torch.manual_seed(0)
    first, second = (
        {"a.up": torch.randn(4, 2), "a.down": torch.randn(2, 8), "b": torch.randn(3)}
        for _ in range(2)
    )
    both = {name: mean(name, tensor, second[name]) for name, tensor in first.items()}
    changes = [one["a.up"] @ one["a.down"] for one in (first, second)]
    assert torch.allclose(both["a.up"] @ both["a.down"], (changes[0] + changes[1]) / 2, atol=1e-6)
    assert torch.allclose(both["b"], (first["b"] + second["b"]) / 2)


def test_in_float32_the_graphs_read_as_the_network_that_was_trained(
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
    trained = ReaderNetwork.of(
        network(), load_file(ROOT / "faq_bot" / "models" / "reader.safetensors")
    )
    with torch.inference_mode():
        span, relevance = trained(make_batch([(question, one) for one in readable]))
    assert [one.relevance for one in read] == pytest.approx(relevance.tolist(), abs=0.02)
    for reading, logits, state in zip(read, span, states, strict=True):
        most = logits[1:].max(dim=0).values.sum() - logits[0].sum()
        assert reading.margin <= most + 0.05
        if reading.span is not None:
            (start,) = np.flatnonzero(state.spans[:, 0] == reading.span.start)[-1:]
            (end,) = np.flatnonzero(state.spans[:, 1] == reading.span.end)[:1]
            margin = logits[1 + start, 0] + logits[1 + end, 1] - logits[0].sum()
            assert reading.margin == pytest.approx(float(margin), abs=0.05)


@pytest.mark.parametrize("kind", [ReaderNetwork, JointNetwork])
def test_what_another_network_has_learned_is_refused(
    kind: type[ReaderNetwork | JointNetwork],
) -> None:
    learned = kind(network(), rank=2).learned()
    assert kind.of(network(), learned)
    left_out = next(name for name in learned if name.endswith("weight"))
    for wrong in (
        {"unknown": torch.zeros(1)},
        learned | {"unknown": torch.zeros(1)},
        {name: tensor for name, tensor in learned.items() if name != left_out},
    ):
        with pytest.raises(ValueError, match="do not fit"):
            kind.of(network(), wrong)


def test_training_can_go_on_from_a_network_that_joins_the_texts_later() -> None:
    later = JointNetwork(network(), rank=2, apart=MIDDLE_LAYER).learned()
    earlier = JointNetwork.of(network(), later, LOWER_LAYER).learned()
    assert all(torch.equal(earlier[name], tensor) for name, tensor in later.items())
    added = {name.split(".")[1] for name in earlier.keys() - later.keys()}
    assert added == {str(number) for number in range(LOWER_LAYER, MIDDLE_LAYER)}


def test_both_networks_learn(
    index: PassageIndex, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few steps on a few examples about the seed article."""
    encoder = TrainingEncoder(lambda: ensure_bundled_model(settings.cache_dir, "float32"))
    examples = Examples(encoder, index)
    path = ROOT / "benchmarks" / "data" / "amazon-openai.questions.json"
    asked = read_questions(path, index.articles, "tuning")[::9]
    examples.all = list(examples.examples(asked, exact=True))
    monkeypatch.setattr(train_joint_reader, "_QUESTIONS_PER_STEP", 4)
    joint = JointNetwork(network(), rank=2)
    before = {name: tensor.clone() for name, tensor in joint.learned().items()}
    train_joint_reader.Trainer(examples, joint).train(1, 1e-3)
    assert not torch.equal(joint.learned()["span.weight"], before["span.weight"])

    examples.all = examples.all[:6]
    taught = train_reader.lessons(examples)
    assert {lesson.is_right for lesson in taught} == {True, False}
    monkeypatch.setattr(train_reader, "_QUESTIONS_PER_STEP", 3)
    reader = train_reader.begin()
    before = {name: tensor.clone() for name, tensor in reader.learned().items()}
    train_reader.Trainer(examples, taught, reader).train(1, 1e-3)
    changed = {n for n, tensor in reader.learned().items() if not torch.equal(tensor, before[n])}
    assert {"span.logits.weight", "passage_kind", "relevance.2.weight"} <= changed


def test_a_network_that_learned_wholly_is_kept_in_a_small_file(tmp_path: Path) -> None:
    torch.manual_seed(0)
    whole = JointNetwork(network(), rank=2)
    whole.loosen()
    assert whole.layers["4"].attention.self.query.weight.requires_grad
    save_packed(whole.learned(), tmp_path / "network", "model")
    packed = load_packed(tmp_path / "network")
    assert JointNetwork.of(network(), packed).is_whole
    for name, tensor in whole.learned().items():
        widest = float(tensor.abs().max())
        assert torch.allclose(packed[name], tensor, atol=widest / 127), name


def test_training_that_was_stopped_goes_on(tmp_path: Path) -> None:
    torch.manual_seed(0)
    inputs = torch.randn(30, 3)

    def train(until: int, name: str) -> torch.Tensor:
        torch.manual_seed(1)
        layer = torch.nn.Linear(3, 1)
        none = torch.zeros(())
        learn(
            [{"params": list(layer.parameters()), "lr": 0.1}],
            lambda taken: ((layer(one).pow(2).sum(), none) for one in inputs[taken:until]),
            30,
            2,
            Checkpoint(tmp_path / name, layer, every=10),
        )
        return layer.weight.detach()

    at_once = train(30, "at-once")
    train(15, "stopped")  # five steps after what was kept last
    assert torch.equal(train(30, "stopped"), at_once)
