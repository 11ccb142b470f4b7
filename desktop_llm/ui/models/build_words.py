"""A model's build in one or two sentences, in the window's language. No widgets."""

from PySide6.QtCore import QCoreApplication

from desktop_llm.core.anatomy import Anatomy, Mlp, Position
from desktop_llm.ui.models.words import number, parameters


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)


def build(anatomy: Anatomy) -> str:
    """What it is made of, for people who want to know."""
    sentence = _tr(
        "A {architecture} model of {parameters} parameters: {layers} layers over a stream of {hidden} numbers."
    ).format(
        architecture=anatomy.architecture, parameters=parameters(anatomy.parameters),
        layers=anatomy.layers, hidden=number(anatomy.hidden),
    )  # fmt: skip
    told = (sentence, _attention(anatomy), _mlp(anatomy), _position(anatomy))
    return " ".join(filter(None, told))


def _attention(anatomy: Anatomy) -> str:
    if not anatomy.heads:
        return ""  # recurrent models have none
    if anatomy.kv_heads == anatomy.heads:
        told = _tr("Each layer looks back with {heads} attention heads.")
    elif anatomy.kv_heads == 1:
        told = _tr(
            "Each layer looks back with {heads} attention heads that share one set of keys and values."
        )
    else:
        told = _tr(
            "Each layer looks back with {heads} attention heads in {groups} groups that share keys and values."
        )
    return told.format(heads=anatomy.heads, groups=anatomy.kv_heads)


def _mlp(anatomy: Anatomy) -> str:
    if not anatomy.mlp_width:
        return ""
    told = {
        Mlp.GATED: _tr("Then a gated MLP, {width} wide, works on each token."),
        Mlp.PLAIN: _tr("Then an MLP, {width} wide, works on each token."),
        Mlp.EXPERTS: _tr("Then a few of {experts} expert MLPs work on each token."),
    }[anatomy.mlp]
    return told.format(width=number(anatomy.mlp_width), experts=anatomy.experts)


def _position(anatomy: Anatomy) -> str:
    return {
        Position.ROTARY: _tr("Rotary position encoding tells it the order of the tokens."),
        Position.LEARNED: _tr("A learned table of positions tells it the order of the tokens."),
        Position.ALIBI: _tr("Attention that fades with distance (ALiBi) tells it the order of the tokens."),
        Position.RELATIVE: _tr("A learned value for each distance tells it the order of the tokens."),
        Position.NONE: _tr("Its files name no position encoding."),
    }[anatomy.position]  # fmt: skip
