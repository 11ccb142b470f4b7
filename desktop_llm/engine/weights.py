"""Reads a model's weights into memory in a precision, for our own pass.

What is quantised is read and packed matrix by matrix, so that at no time more than one of them is
held unpacked. Chooses nothing and generates nothing.
"""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from safetensors import safe_open
from torch import nn

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.model_files import ModelFiles
from desktop_llm.core.ports import Report
from desktop_llm.core.speed import BYTES_EACH, HEADS
from desktop_llm.engine import paces
from desktop_llm.engine.devices import QUANTISED
from desktop_llm.engine.families import FUSED, VECTORS, fused, is_lean, norms
from desktop_llm.engine.lean import LeanStep
from desktop_llm.engine.linear import owned, pack_int4
from desktop_llm.engine.packed import Mapped, Store, key_of
from desktop_llm.engine.quantised import build, dense, pack
from desktop_llm.engine.replay import capture_for
from desktop_llm.engine.skeleton import HEAD, require_shapes, require_whole, skeleton

DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def can_be_lean(files: ModelFiles, config: Any, device: str, window: int) -> bool:
    """Whether our own pass takes that model."""
    return device in ("cpu", "cuda") and is_lean(config, files.tensors.keys(), window)


def lean_step(
    files: ModelFiles,
    config: Any,
    precision: str,
    window: int,
    report: Report,
    cancel: threading.Event,
    store: Store | None = None,
    device: str = "cpu",
) -> LeanStep:
    """The model as our own pass on a device, with a context of at most `window` tokens.

    Rounded weights are taken from `store` where they were kept before, else kept there.
    Raises Cancelled, and ModelError where a weight is missing or of the wrong shape.
    """
    dtype = DTYPES.get(precision, torch.float32)
    model = skeleton(config)
    require_shapes(files, model)
    require_whole(files, model)
    with torch.inference_mode():
        step = LeanStep(
            config, type(model.model.rotary_emb), dtype, window, rounds=precision in QUANTISED,
            device=device, capture=capture_for(device),
        )  # fmt: skip
        _fill(step, _lean_parts(files, config, precision, store, device, report, cancel))
    return step


def _lean_parts(
    files: ModelFiles,
    config: Any,
    precision: str,
    store: Store | None,
    device: str,
    report: Report,
    cancel: threading.Event,
) -> Mapping[str, torch.Tensor]:
    """All tensors of our own pass by names of our own, mapped from the store where it has them."""
    keeps = store is not None and precision in QUANTISED
    key = key_of(files, precision, str(paces.int4_block(pack_int4))) if keeps else ""
    if store is not None and keeps and (found := store.find(key)) is not None:
        report(1, 1)
        return found
    with Reader(files, report, cancel) as reader:
        made = _made_parts(reader, files, config, precision)
        if store is None or not keeps:
            return {name: tensor.to(device) for name, tensor in made}
        numbers = sum(tensor.elements for tensor in files.tensors.values())
        return store.keep(key, made, int(numbers * BYTES_EACH[precision]))


def _made_parts(
    reader: "Reader", files: ModelFiles, config: Any, precision: str
) -> Iterator[tuple[str, torch.Tensor]]:
    """Read and round one matrix after the other: at no time is more than one held unrounded."""
    for number in range(config.num_hidden_layers):
        layer = f"model.layers.{number}"
        for name, own in norms(config.model_type).items():
            if f"{layer}.{own}" in files.tensors:
                yield f"{number}.{name}", owned(reader(f"{layer}.{own}"), torch.float32)
        for name, joined in fused(config.model_type).items():
            weight, bias = _joined([f"{layer}.{one}" for one in joined], reader, files)
            yield from _formed(f"{number}.{name}", weight, bias, precision)
        reader.let_go()
    yield "norm", owned(reader("model.norm.weight"), torch.float32)
    tied = HEAD not in files.tensors
    kind = HEADS.get(precision, precision)
    yield from _formed("embedding", reader("model.embed_tokens.weight"), None, kind)
    reader.let_go()
    if not tied:
        yield from _formed("head", reader(HEAD), None, kind)


def _formed(
    name: str, weight: torch.Tensor, bias: torch.Tensor | None, precision: str
) -> Iterator[tuple[str, torch.Tensor]]:
    """A matrix's tensors by the names `name.form.part`."""
    if precision in QUANTISED:
        form, tensors = pack(weight, bias, precision)
    else:
        form, dtype = "dense", DTYPES[precision]
        tensors = {"weight": owned(weight, dtype)}
        if bias is not None:
            tensors["bias"] = owned(bias, dtype)
    for part, tensor in tensors.items():
        yield f"{name}.{form}.{part}", tensor


def _joined(
    names: list[str], weights: "Reader", files: ModelFiles
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The weight and bias of one layer that computes what several do, their outputs in a row."""
    parts = [weights(f"{name}.weight") for name in names]
    biases = [weights(f"{name}.bias") for name in names if f"{name}.bias" in files.tensors]
    weight = torch.cat(parts) if len(parts) > 1 else parts[0]
    return weight, torch.cat(biases) if biases else None


def _fill(step: LeanStep, parts: Mapping[str, torch.Tensor]) -> None:
    """Give a pass its layers out of those tensors."""
    forms: dict[str, tuple[str, dict[str, torch.Tensor]]] = {}
    for name in parts:
        if len(pieces := name.rsplit(".", 2)) == 3:
            forms.setdefault(pieces[0], (pieces[1], {}))[1][pieces[2]] = parts[name]
    for number in range(step.shape.layers):
        vectors = {
            name: parts[f"{number}.{name}"] for name in VECTORS if f"{number}.{name}" in parts
        }
        matrices = {name: _layer(*forms[f"{number}.{name}"], parts) for name in FUSED}
        step.add_layer(vectors, matrices)
    tensors = forms["embedding"][1]
    head = _layer(*forms.get("head", forms["embedding"]), parts)
    shared = getattr(head, "rounded", None) is tensors["weight"]
    give_back = parts.give_back if isinstance(parts, Mapped) and not shared else None
    step.finish(tensors["weight"], tensors.get("scales"), parts["norm"], head, give_back)


def _layer(
    form: str, tensors: dict[str, torch.Tensor], parts: Mapping[str, torch.Tensor]
) -> nn.Module:
    """The layer of some of the parts."""
    if form == "dense":
        return dense(tensors["weight"], tensors.get("bias"))
    return build(form, tensors, parts.give_back if isinstance(parts, Mapped) else None)


@runtime_checkable
class _Giving(Protocol):
    """Files whose weights are made of something else, one at a time: GGUF, or numbers to measure with."""

    def get_tensor(self, name: str) -> torch.Tensor: ...


class Reader:
    """Gives weights by name, once each, out of all files; counts bytes and can be cancelled."""

    def __init__(self, files: ModelFiles, report: Report, cancel: threading.Event) -> None:
        self._files, self._report, self._cancel = files, report, cancel
        self._total = sum(tensor.size for tensor in files.tensors.values())
        self._done = 0
        self.read_since_open = 0
        self._open = contextlib.ExitStack()
        self._places: dict[str, Any] = {}

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Close the files: pages of them that were read count as this process's memory until then."""
        self._places.clear()
        self._open.close()
        self.read_since_open = 0

    def _open_files(self) -> None:
        if isinstance(self._files, _Giving):
            self._places = dict.fromkeys(self._files.tensors, self._files)
            return
        for path in self._files.weights:
            opened = self._open.enter_context(safe_open(path, framework="pt"))
            self._places |= dict.fromkeys(opened.keys(), opened)

    def __call__(self, name: str) -> torch.Tensor:
        """The weight of that name. Raises KeyError, Cancelled."""
        if self._cancel.is_set():
            raise Cancelled
        if not self._places:
            self._open_files()
        weight: torch.Tensor = self._places[name].get_tensor(name)
        self.read_since_open += weight.nbytes
        self._done += self._files.tensors[name].size
        self._report(self._done, self._total)
        return weight
