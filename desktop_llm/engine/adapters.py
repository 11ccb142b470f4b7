"""LoRA adapters in PEFT's format: read from a folder, put on a loaded model, taken off again.

`y = W x + scale * B A x` (Hu et al. 2021, arXiv 2106.09685): the low-rank part stands beside the
model's own layer, whatever that is made of, so that rounded weights stay rounded.
"""

import functools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from transformers.pytorch_utils import Conv1D

from desktop_llm.core.errors import ModelError
from desktop_llm.core.model_files import read_json
from desktop_llm.core.on_disk import expanded, is_file, require_seen
from desktop_llm.core.sayings import Saying
from desktop_llm.core.weight_header import read_header
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.linear import RoundedLinear
from desktop_llm.engine.step import ModelStep, Step

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."
_KEY = re.compile(r"(?P<path>.{1,300})\.lora_(?P<part>[AB])(\.default)?\.weight")
_LAYER = re.compile(r"model\.layers\.(?P<number>\d{1,5})\.(?P<matrix>(self_attn|mlp)\.\w+)")
_ONE_EXPERT = re.compile(r"\.experts\.\d+\.")
_ENDLESS = re.compile(r"\)[*+{]|([*+{].*){4}")
"""A group that repeats, or many repetitions: a stranger's pattern could be looked at for hours."""
CHANGING_THE_MODEL = ("pissa", "olora", "corda", "loftq", "lora_ga")
"""Ways to begin a training that take the adapter's first values out of the model's weights, or round
these. An adapter that PEFT saved as a plain one after that (its developer guide of LoRA) names none."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One layer's `down` (rank, in) and `up` (out, rank); `up` holds the adapter's own scale."""

    down: torch.Tensor
    up: torch.Tensor


def read_adapter(folder: Path) -> dict[str, Pair]:
    """The pairs by transformers' names of the layers. Raises ModelError for what cannot be used."""
    require_seen(folder / CONFIG)
    if not is_file(folder / CONFIG) or not is_file(folder / WEIGHTS):
        raise ModelError(
            "{folder} is not an adapter.",
            "It needs {CONFIG} and {WEIGHTS}.",
            "Choose the folder that PEFT saved.",
            folder=folder,
            CONFIG=CONFIG,
            WEIGHTS=WEIGHTS,
        )
    config = read_json(folder / CONFIG)
    read_header(folder / WEIGHTS)
    _require_plain(folder, config)
    alphas = _alphas(folder, config)
    parts: dict[str, dict[str, torch.Tensor]] = {}
    for key, weight in load_file(folder / WEIGHTS).items():
        found = _KEY.fullmatch(key)
        if found is None:
            raise _unusable(folder, Saying("It changes {layer} in another way.", layer=key))
        path = found["path"].removeprefix(PREFIX)
        parts.setdefault(path, {})[found["part"]] = weight.float()
    if not parts:
        raise _unusable(folder, Saying("It holds no weights."))
    try:
        return {path: _pair(path, part, config, alphas) for path, part in parts.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise _unusable(folder, Saying("Its files are incomplete.")) from error


def _require_plain(folder: Path, config: dict[str, Any]) -> None:
    """Raises ModelError for what is called LoRA and is more than a low-rank part beside each layer."""
    kind = str(config.get("peft_type", "LORA")).upper()
    if config.get("use_dora"):
        kind = "DoRA"
    elif config.get("alora_invocation_tokens"):
        kind = "aLoRA"  # it is meant for the text from certain tokens on
    if kind != "LORA":
        raise _unusable(folder, Saying("It is {kind}.", kind=kind))
    if config.get("layer_replication"):
        raise _unusable(folder, Saying("It was trained on a model whose layers were repeated."))
    parameters = config.get("target_parameters")
    if isinstance(parameters, list) and parameters:
        raise _unusable(folder, Saying("It changes {layer} in another way.", layer=parameters[0]))
    began = config.get("init_lora_weights")
    if isinstance(began, str) and began.lower().startswith(CHANGING_THE_MODEL):
        why = Saying(
            "It was trained beside weights of the model that were changed first ({kind}).",
            kind=began,
        )
        raise _unusable(folder, why)


def _alphas(folder: Path, config: dict[str, Any]) -> list[tuple["re.Pattern[str]", Any]]:
    """What PEFT's `alpha_pattern` says: how names of layers have to end, and their alpha."""
    found = []
    try:
        for key, alpha in (config.get("alpha_pattern") or {}).items():
            if _ENDLESS.search(key):
                raise ValueError(key)
            found.append((re.compile(rf"(.*\.)?({key})$"), alpha))
    except (AttributeError, TypeError, ValueError, re.error) as error:
        why = Saying("It names its layers by a pattern that cannot be read.")
        raise _unusable(folder, why) from error
    return found


def _pair(
    path: str,
    part: dict[str, torch.Tensor],
    config: dict[str, Any],
    alphas: list[tuple["re.Pattern[str]", Any]],
) -> Pair:
    rank, alpha = part["A"].shape[0], float(config["lora_alpha"])
    alpha = next((float(own) for pattern, own in alphas if pattern.match(path)), alpha)
    scale = alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank
    return Pair(part["A"], part["B"] * scale)


def _unusable(folder: Path, why: Saying) -> ModelError:
    return ModelError(
        "The adapter in {folder} cannot be used.",
        why,
        "The app reads plain LoRA adapters.",
        folder=folder,
    )


class Adapted(nn.Module):
    """A layer with low-rank parts beside it, each added to some of its outputs."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = layer
        self.parts: list[tuple[slice, torch.Tensor, torch.Tensor]] = []

    @property
    def dtype(self) -> torch.dtype:
        """What the layer computes in; float32 beside rounded weights, or what a weak adapter adds
        would be lost in the rounding of the sum."""
        if isinstance(self.layer, RoundedLinear):
            return torch.float32
        dtype: torch.dtype = self.layer.dtype
        return dtype

    @property
    def weight(self) -> torch.Tensor | None:
        """The layer's own, which T5 asks for its type; None where it is rounded."""
        weight: torch.Tensor | None = self.layer.weight
        return weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (..., in) to (..., out)."""
        y: torch.Tensor = self.layer(x)
        for places, down, up in self.parts:
            y[..., places] += ((x.float() @ down) @ up).to(y.dtype)
        return y


_Wish = tuple[str, float, tuple[int, ...]]
"""An adapter's folder, its strength, and what tells its files from later ones."""
NOTHING: _Wish = ("", 0.0, ())
_Place = tuple[Any, str, slice]
"""What holds a layer, under which name, and which of the layer's outputs are meant."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A low-rank part as `Adapted` computes it, and where it belongs."""

    holder: Any
    name: str
    outputs: slice
    down: torch.Tensor
    up: torch.Tensor


class Adapters:
    """What a loaded model wears: nothing, or one adapter at some strength."""

    def __init__(self, step: Step, device: torch.device) -> None:
        self._step, self._device = step, device
        self._worn: _Wish = NOTHING
        self._undo: list[Callable[[], None]] = []

    def wears(self, folder: str, scale: float) -> bool:
        """Whether that is so already; "" and scale 0 mean no adapter."""
        return self._worn == _wish(folder, scale)  # what was trained on is another one

    def wear(self, folder: str, scale: float) -> None:
        """Put that adapter on in place of another; "" or scale 0 takes it off.

        Raises ModelError where it cannot be used; then nothing is worn.
        """
        wanted = _wish(folder, scale)
        while self._undo:
            self._undo.pop()()
        self._worn = NOTHING
        if wanted[0]:
            # All of them before the first is put on, so that none stays where one does not fit.
            for part in [
                self._part(Path(folder), path, pair, scale)
                for path, pair in read_adapter(expanded(folder)).items()
            ]:
                self._put(part)
            self._worn = wanted

    def _part(self, folder: Path, path: str, pair: Pair, scale: float) -> _Part:
        place = self._place(path)
        if place is None and _ONE_EXPERT.search(path):
            why = Saying(
                "It changes experts one by one ({path}), which lie in one matrix here.", path=path
            )
            raise _unusable(folder, why)
        if place is None:
            why = Saying("This one has no layer named {path}.", path=path)
            raise _for_another_model(folder, why)
        if not _fits(pair, *place):
            why = Saying("Its layer {path} is of another size.", path=path)
            raise _for_another_model(folder, why)
        down, up = pair.down.T.contiguous(), (pair.up * scale).T.contiguous()
        return _Part(*place, down.to(self._device), up.to(self._device))

    def _put(self, part: _Part) -> None:
        layer = getattr(part.holder, part.name)
        if not isinstance(layer, Adapted):
            worn = Adapted(layer)
            setattr(part.holder, part.name, worn)
            self._undo.append(functools.partial(setattr, part.holder, part.name, layer))
            layer = worn
        layer.parts.append((part.outputs, part.down, part.up))

    def _place(self, path: str) -> _Place | None:
        """Where the model holds the layer of that name; None where it has none."""
        try:
            if isinstance(self._step, LeanStep):
                return _lean_place(self._step, path)
            if isinstance(self._step, ModelStep):
                parent, _, name = path.rpartition(".")
                holder = self._step.model.get_submodule(parent)
                holder.get_submodule(name)
                return holder, name, slice(None)
        except (AttributeError, KeyError, IndexError):
            return None
        return None


def _for_another_model(folder: Path, why: Saying) -> ModelError:
    return ModelError(
        "The adapter in {folder} is for another model.",
        why,
        "Choose an adapter that was trained on this model.",
        folder=folder,
    )


def _fits(pair: Pair, holder: Any, name: str, outputs: slice) -> bool:
    """Whether a pair has as many inputs and outputs as what it belongs beside."""
    layer = getattr(holder, name)
    if isinstance(layer, Conv1D):
        inner, out = layer.nx, layer.nf
    else:
        inner, out = (getattr(layer, key, 0) for key in ("in_features", "out_features"))
    count, rank = len(range(out)[outputs]), len(pair.down)
    return pair.down.shape == (rank, inner) and pair.up.shape == (count, rank)


def _wish(folder: str, scale: float) -> _Wish:
    if not folder or not scale:
        return NOTHING
    return folder, scale, _stamp(expanded(folder))


def _stamp(folder: Path) -> tuple[int, ...]:
    """What tells an adapter from another that was written into the same folder later."""
    try:
        stats = [(folder / name).stat() for name in (CONFIG, WEIGHTS)]
    except OSError:
        return ()
    return tuple(number for stat in stats for number in (stat.st_mtime_ns, stat.st_size))


def _lean_place(step: LeanStep, path: str) -> _Place | None:
    """Where our own pass holds a layer of transformers' name: several stand in one matrix.

    Raises KeyError and IndexError where there is none.
    """
    if path == "lm_head":
        return step, "head", slice(None)
    found = _LAYER.fullmatch(path)
    if found is None:
        return None
    layer, shape = step.layer(int(found["number"])), step.shape
    query, key = shape.heads * shape.size, shape.key_heads * shape.size
    half = layer.gate_up.out_features // 2
    places = {
        "self_attn.q_proj": ("qkv", slice(query)),
        "self_attn.k_proj": ("qkv", slice(query, query + key)),
        "self_attn.v_proj": ("qkv", slice(query + key, None)),
        "self_attn.o_proj": ("out", slice(None)),
        "mlp.gate_proj": ("gate_up", slice(half)),
        "mlp.up_proj": ("gate_up", slice(half, None)),
        "mlp.down_proj": ("down", slice(None)),
        "self_attn.qkv_proj": ("qkv", slice(None)),
        "mlp.gate_up_proj": ("gate_up", slice(None)),
    }
    return layer, *places[found["matrix"]]
