"""What training computes: the same as the model does, only where it is needed."""

from collections.abc import Iterator
from pathlib import Path

import encode
import forward
import muon
import pytest
import torch
import train
from encode import Batch, Sample
from shares import Shares
from texts import Corpus
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

RATE, DECAY = 0.1, 0.05


def test_training_reads_a_batch_as_the_model_does() -> None:
    model, ids, learnt = _model_and_batch()
    rows, places = learnt.nonzero(as_tuple=True)
    there = rows * ids.shape[1] + places
    states = forward.states(model, ids, there, 0.0, torch.float32)
    whole = model.model(input_ids=ids, use_cache=False).last_hidden_state
    torch.testing.assert_close(states, whole[:, :-1][learnt])


def test_the_loss_and_what_follows_from_it_are_those_of_the_model() -> None:
    model, ids, learnt = _model_and_batch()
    weights = torch.nn.functional.pad(learnt * torch.rand(learnt.shape), (1, 0))
    ours = forward.loss(model, ids, weights, 0.0, torch.float32)
    ours.backward()
    found = {name: one.grad.clone() for name, one in model.named_parameters()}
    model.zero_grad()
    scores = model(input_ids=ids, use_cache=False).logits[:, :-1][learnt]
    losses = torch.nn.functional.cross_entropy(scores, ids[:, 1:][learnt], reduction="none")
    shares = weights[:, 1:][learnt]
    theirs = (losses * shares).sum() / shares.sum()
    theirs.backward()
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(found, {name: one.grad for name, one in model.named_parameters()})


def _moved(parameters: list[torch.nn.Parameter], slopes: list[list[torch.Tensor]]) -> None:
    """As many steps as there are lists of slopes."""
    optimizer = muon.Muon(parameters, RATE, 0.9, DECAY, torch.float32)
    for step in slopes:
        for parameter, slope in zip(parameters, step, strict=True):
            parameter.grad = slope.clone()
        optimizer.step()


def _model_and_batch() -> tuple[LlamaForCausalLM, torch.Tensor, torch.Tensor]:
    """More is learnt of the batch than the loss is computed of at a time."""
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
        )
    )  # fmt: skip
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:  # ones at first, which would hide where they are multiplied
                parameter.uniform_(0.5, 1.5)
    ids = torch.randint(1, 64, (6, 97))
    return model, ids, torch.rand(6, 96) < 0.3


def test_in_bfloat16_it_is_nearly_the_same() -> None:
    model, ids, learnt = _model_and_batch()
    weights = torch.nn.functional.pad(learnt * torch.rand(learnt.shape), (1, 0))
    slopes = []
    for dtype in (torch.float32, torch.bfloat16):
        model.zero_grad()
        loss = forward.loss(model, ids, weights, 0.0, dtype)
        loss.backward()
        slopes.append((loss.detach(), {n: p.grad.clone() for n, p in model.named_parameters()}))
    (exact, there), (near, here) = slopes
    torch.testing.assert_close(near, exact, rtol=5e-3, atol=0.0)
    for name, slope in there.items():
        assert (here[name] - slope).norm() < 0.03 * slope.norm(), name


def test_matrices_of_one_shape_move_together_as_each_would_alone() -> None:
    torch.manual_seed(1)
    starts = [torch.randn(shape) for shape in ((8, 16), (16, 8), (8, 16))]
    slopes = [[torch.randn(start.shape) for start in starts] for _ in range(3)]
    together = [torch.nn.Parameter(start.clone()) for start in starts]
    _moved(together, slopes)
    for place, start in enumerate(starts):
        alone = torch.nn.Parameter(start.clone())
        _moved([alone], [[step[place]] for step in slopes])
        torch.testing.assert_close(together[place], alone)


def test_a_step_goes_equally_far_in_all_directions() -> None:
    torch.manual_seed(1)
    start = torch.randn(8, 16)
    parameter = torch.nn.Parameter(start.clone())
    _moved([parameter], [[torch.randn(8, 16)]])
    way = (start * (1 - RATE * DECAY) - parameter.detach()) / (RATE * 0.2 * 16**0.5)
    lengths = torch.linalg.svdvals(way)
    assert lengths.min() > 0.6
    assert lengths.max() < 1.3


def test_orthogonal_is_the_quintic_five_times() -> None:
    torch.manual_seed(1)
    a, b, c = muon.COEFFICIENTS
    matrix = torch.randn(5, 7)
    left, lengths, right = torch.linalg.svd(matrix, full_matrices=False)
    lengths = lengths / matrix.norm()
    for _ in range(5):
        lengths = a * lengths + b * lengths**3 + c * lengths**5
    expected = left @ torch.diag(lengths) @ right
    torch.testing.assert_close(muon.orthogonal(matrix[None])[0], expected, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(muon.orthogonal(matrix.T[None])[0], expected.T, rtol=1e-3, atol=1e-4)


def test_what_comes_of_several_ends_is_their_mean_as_it_is_shipped() -> None:
    ends = [_model_and_batch()[0] for _ in range(3)]
    for place, model in enumerate(ends):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(1.0 + place**2 / 3)
    mean = train._mean(ends)
    assert mean.dtype is torch.float32
    for parameter in mean.parameters():  # of 1, 4/3 and 7/3, in bfloat16
        torch.testing.assert_close(parameter, torch.full_like(parameter, 1.5546875))


def test_a_training_does_its_last_phase_twice_from_one_start_and_its_files_load(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares, starts, met = Shares(follow_ups=0.1, stopped=0.5, whole=0.1), [], []
    phases = (train.Phase(2, 1, 1, 1.0, shares), train.Phase(2, 1, 1, 0.3, shares, ends=2))
    phase_for_real = train._train_phase

    def watched(model: LlamaForCausalLM, phase: train.Phase, source: Iterator[Batch]) -> object:
        starts.append(
            model.model.norm.weight.tolist() + model.model.layers[0].mlp.up_proj.weight[0].tolist()
        )
        first = next(source)
        met.append(first.ids.tolist())
        return phase_for_real(model, phase, source)

    monkeypatch.setattr(
        torch, "use_deterministic_algorithms", lambda _: None
    )  # for all tests after
    monkeypatch.setattr(torch.utils.deterministic, "fill_uninitialized_memory", True)
    monkeypatch.setattr(train, "PHASES", phases)
    monkeypatch.setattr(train, "_train_phase", watched)
    monkeypatch.setattr(train, "calibrate", lambda *_: {})  # it asks more than a thousand questions
    train.train(corpus, frozenset(), tmp_path, 7)
    assert len(starts) == 3
    assert starts[1] == starts[2] != starts[0]
    assert met[1] != met[2]
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert loaded.dtype is torch.bfloat16
    assert loaded.config.vocab_size == len(AutoTokenizer.from_pretrained(tmp_path))


def test_batches_have_few_shapes_and_lose_nothing() -> None:
    samples = [Sample([5] * length, [1.0] * length) for length in (3, 9, 13)]
    batch = encode._padded(samples, 42)
    assert batch.ids.shape == (3, 14)
    assert batch.ids.sum() == 5 * (3 + 9 + 13)
    assert batch.weights.sum() == 3 + 9 + 13
    assert batch.weights[0].tolist() == [1.0] * 3 + [0.0] * 11
    shapes = {encode._padded(samples[:1] * count, 400).ids.shape for count in range(1, 101)}
    assert shapes == {(25, 4), (50, 4), (75, 4), (100, 4)}
    assert encode._padded(samples[:1] * 40, 400).weights.sum() == 40 * 3


def test_a_tenth_of_the_numbers_is_dropped_and_the_others_make_up_for_it() -> None:
    torch.manual_seed(1)
    dropped = forward._dropped(torch.ones(100, 1000), 0.1)
    assert dropped.unique().tolist() == pytest.approx([0.0, 256 / 230])
    assert (dropped == 0).float().mean().item() == pytest.approx(26 / 256, rel=0.03)
    assert dropped.mean().item() == pytest.approx(1.0, rel=0.01)
    assert not torch.equal(dropped, forward._dropped(torch.ones(100, 1000), 0.1))
