"""A model's build in words and as a picture, of models that lack one part or another."""

import dataclasses

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.core.anatomy import Anatomy, Position, anatomy_of
from desktop_llm.ui.look import Look
from desktop_llm.ui.models.build_words import build
from desktop_llm.ui.models.diagram import Diagram

LLAMA = anatomy_of(
    {
        "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2, "hidden_size": 64,
        "num_attention_heads": 4, "intermediate_size": 128, "rope_theta": 1e4,
    },
    {},
)  # fmt: skip
MAMBA = dataclasses.replace(LLAMA, heads=0, kv_heads=0, head_dim=0, mlp_width=0)


def test_what_is_not_there_has_no_sentence() -> None:
    assert "4 attention heads" in build(LLAMA)
    assert "MLP, 128 wide" in build(LLAMA)
    told = build(MAMBA)
    assert "64 numbers. Rotary" in told
    assert "attention" not in told
    assert "MLP" not in told


@pytest.mark.parametrize("position", Position)
def test_every_position_encoding_has_its_words(position: Position) -> None:
    told = build(dataclasses.replace(LLAMA, position=position))
    others = [build(dataclasses.replace(LLAMA, position=one)) for one in Position]
    assert others.count(told) == 1


@pytest.mark.parametrize("anatomy", [LLAMA, MAMBA])
def test_the_picture_is_painted(look: Look, qtbot: QtBot, anatomy: Anatomy) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    diagram = Diagram(look, page)
    diagram.resize(560, 236)
    blank = diagram.grab().toImage()
    diagram.show_anatomy(anatomy, "told")
    assert diagram.grab().toImage() != blank
