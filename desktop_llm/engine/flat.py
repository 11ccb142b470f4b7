"""One token through OPT and GPT-2 as transformers has them: the same steps, and little between them.

While a token is computed, all weights run through the processor's cache and carry out of it what
Python needs for the next layer: the way between the matrices takes as long as their products. So it is
walked here in one function a layer, with the modules of the model itself, what is put beside them
included. The operators are those of transformers' modeling_opt and modeling_gpt2, in their order, and
scores are the same to the last bit. Texts go through transformers' own pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from desktop_llm.engine.attention import one_token
from desktop_llm.engine.siblings import as_one

Norm = Callable[[torch.Tensor], torch.Tensor]


class Flat(Protocol):
    """Such a pass over one model."""

    layers: int

    def __call__(self, token: int, states: Any) -> torch.Tensor:
        """The scores behind one token more, (1, vocabulary); `states` take it up, layer by layer."""


def flat(model: Any) -> Flat | None:
    """The pass for a model whose attention is ours; None for the kinds it does not know."""
    kind = type(model).__name__
    if kind == "OPTForCausalLM":
        return _Opt(model)
    if kind == "GPT2LMHeadModel" and not model.config.add_cross_attention:
        return _Gpt2(model)
    return None


@dataclass(slots=True)
class _Layer:
    """`attention` and `mlp` hold the matrices by their names in the model, which are looked up each time:
    an adapter takes their places. `scaling` is what scores of attention are multiplied by."""

    before: Norm
    attention: dict[str, Any]
    between: Norm
    mlp: dict[str, Any]
    act: Callable[[torch.Tensor], torch.Tensor]
    scaling: float


class _Gpt2:
    def __init__(self, model: Any) -> None:
        inner = model.transformer
        self._model, self._tokens, self._places = model._modules, inner.wte, inner.wpe
        self._heads, self._last = inner.config.num_attention_heads, _norm(inner.ln_f)
        self._layers = [
            _Layer(
                before=_norm(block.ln_1),
                attention=block.attn._modules,
                between=_norm(block.ln_2),
                mlp=block.mlp._modules,
                act=block.mlp.act,
                scaling=block.attn.scaling,
            )
            for block in inner.h
        ]
        self.layers = len(self._layers)

    def __call__(self, token: int, states: Any) -> torch.Tensor:
        place = states.get_seq_length()
        x = self._tokens.weight.narrow(0, token, 1) + self._places.weight.narrow(0, place, 1)
        for layer, kept in zip(self._layers, states.layers, strict=True):
            three = layer.attention["c_attn"](layer.before(x)).view(3, 1, self._heads, 1, -1)
            query, key, value = three.unbind(0)
            keys, values = kept.update(key, value)
            read = one_token(query, keys, values, None, layer.scaling)
            x = layer.attention["c_proj"](read.view(1, -1)) + x
            inside = layer.act(layer.mlp["c_fc"](layer.between(x)))
            x = x + layer.mlp["c_proj"](inside)
        return self._model["lm_head"](self._last(x))  # type: ignore[no-any-return]


class _Opt:
    def __init__(self, model: Any) -> None:
        inner = model.model.decoder
        self._model, self._inner = model._modules, inner._modules
        self._tokens, self._places = inner.embed_tokens, inner.embed_positions
        self._heads = inner.config.num_attention_heads
        self._norms_first = inner.config.do_layer_norm_before
        self._last = None if inner.final_layer_norm is None else _norm(inner.final_layer_norm)
        self._layers = [
            _Layer(
                before=_norm(layer.self_attn_layer_norm),
                attention=layer.self_attn._modules,
                between=_norm(layer.final_layer_norm),
                mlp=layer._modules,
                act=layer.activation_fn,
                scaling=layer.self_attn.scaling,
            )
            for layer in inner.layers
        ]
        self.layers = len(self._layers)

    def __call__(self, token: int, states: Any) -> torch.Tensor:
        place = states.get_seq_length() + self._places.offset
        x = self._tokens.weight.narrow(0, token, 1)
        if (project := self._inner.get("project_in")) is not None:
            x = project(x)
        x = x + self._places.weight.narrow(0, place, 1)
        for layer, kept in zip(self._layers, states.layers, strict=True):
            query, key, value = self._three(layer, layer.before(x) if self._norms_first else x)
            keys, values = kept.update(key, value)
            read = one_token(query * layer.scaling, keys, values, None, 1.0)
            x = x + layer.attention["out_proj"](read.view(1, -1))
            if not self._norms_first:
                x = layer.before(x)
            y = layer.between(x) if self._norms_first else x
            x = x + layer.mlp["fc2"](layer.act(layer.mlp["fc1"](y)))
            if not self._norms_first:
                x = layer.between(x)
        if self._last is not None:
            x = self._last(x)
        if (project := self._inner.get("project_out")) is not None:
            x = project(x)
        return self._model["lm_head"](x)  # type: ignore[no-any-return]

    def _three(self, layer: _Layer, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Query, key and value, (1, heads, 1, size)."""
        parts = [layer.attention[name] for name in ("q_proj", "k_proj", "v_proj")]
        if (one := as_one(parts)) is not None:
            return one(x).view(3, 1, self._heads, 1, -1).unbind(0)  # type: ignore[no-any-return]
        return tuple(part(x).view(1, self._heads, 1, -1) for part in parts)


def _norm(module: nn.LayerNorm) -> Norm:
    """LayerNorm without what stands around it."""
    shape, weight, bias, eps = module.normalized_shape, module.weight, module.bias, module.eps
    return lambda x: torch.layer_norm(x, shape, weight, bias, eps)
