"""The keys and values of our own pass: what was read stays, and growing costs one layer at a time."""

import weakref

import pytest
import torch

from desktop_llm.engine.states import BLOCK, StaticStates


def test_what_was_read_stays_when_there_is_made_more_room() -> None:
    states = StaticStates(2, 3, 4, 10 * BLOCK, torch.float32, "cpu")
    states.reserve(5)
    assert states.room == BLOCK
    for number in range(2):
        states.keys[number][:, :5] = number + torch.arange(5.0)[:, None]
        states.values[number][:, :5] = -states.keys[number][:, :5]
    states.length = 5
    states.reserve(BLOCK)
    assert states.room >= BLOCK + 5
    for number in range(2):
        assert states.keys[number].shape == (3, states.room, 4)
        assert torch.equal(states.keys[number][0, :5, 0], number + torch.arange(5.0))
        assert torch.equal(states.values[number][:, :5], -states.keys[number][:, :5])


def test_while_it_grows_only_one_layer_is_there_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    states = StaticStates(8, 1, 16, 100 * BLOCK, torch.float32, "cpu")
    states.reserve(BLOCK)
    states.length = BLOCK
    alive = [8 * 2]  # tensors of BLOCK tokens
    most = [0]
    for layers in (states.keys, states.values):
        for tensor in layers:
            weakref.finalize(tensor, lambda: alive.__setitem__(0, alive[0] - 1))
    del tensor
    make = states._made

    def counted(room: int) -> torch.Tensor:
        size = room // BLOCK
        made = make(room)
        alive[0] += size
        most[0] = max(most[0], alive[0])
        weakref.finalize(made, lambda: alive.__setitem__(0, alive[0] - size))
        return made

    monkeypatch.setattr(states, "_made", counted)
    states.reserve(1)
    assert states.room == 2 * BLOCK
    assert alive[0] == 8 * 2 * 2
    assert most[0] <= alive[0] + 1
