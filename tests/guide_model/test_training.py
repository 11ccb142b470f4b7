"""What training computes: the same as the model does, only where it is needed."""

import pytest
import torch
import train
from transformers import LlamaConfig, LlamaForCausalLM


@pytest.mark.parametrize("length", [train.SHORT, train.SHORT + 1])
def test_training_reads_a_batch_as_the_model_does(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "DROPOUT", 0.0)
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
        )
    )  # fmt: skip
    ids = torch.randint(1, 64, (3, length))
    learnt = torch.rand(3, length - 1) < 0.3
    states = train._states(model, ids, learnt)
    whole = model.model(input_ids=ids, use_cache=False).last_hidden_state
    torch.testing.assert_close(states, whole[:, :-1][learnt])
