"""What training computes: the same as the model does, only where it is needed."""

import forward
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM


def test_training_reads_a_batch_as_the_model_does() -> None:
    model, ids, learnt = _model_and_batch()
    places = learnt.nonzero(as_tuple=True)
    states = forward.states(model, ids, places, 0.0, torch.float32)
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


def _model_and_batch() -> tuple[LlamaForCausalLM, torch.Tensor, torch.Tensor]:
    """More is learnt of the batch than the loss is computed of at a time."""
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
        )
    )  # fmt: skip
    ids = torch.randint(1, 64, (6, 97))
    return model, ids, torch.rand(6, 96) < 0.3


def test_a_tenth_of_the_numbers_is_dropped_and_the_others_make_up_for_it() -> None:
    torch.manual_seed(1)
    dropped = forward._dropped(torch.ones(100, 1000), 0.1)
    assert dropped.unique().tolist() == pytest.approx([0.0, 256 / 230])
    assert (dropped == 0).float().mean().item() == pytest.approx(26 / 256, rel=0.03)
    assert dropped.mean().item() == pytest.approx(1.0, rel=0.01)
    assert not torch.equal(dropped, forward._dropped(torch.ones(100, 1000), 0.1))
