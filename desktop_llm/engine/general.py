"""Loads a model as transformers has it, its large matrices rounded while they are read.

For every architecture that our own pass does not take. transformers' loader asks a quantiser for each
weight (`register_quantizer`, its public way); ours packs it at once, so that besides what is rounded
no more than one weight is held as it was. Packed weights are kept on disk and mapped back, see
`packed`. Chooses nothing and generates nothing.
"""

import contextlib
import copy
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
import transformers
from torch import nn
from transformers import GenerationConfig
from transformers.core_model_loading import ConversionOps
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
)
from transformers.pytorch_utils import Conv1D
from transformers.quantizers.auto import register_quantization_config, register_quantizer
from transformers.quantizers.base import HfQuantizer
from transformers.utils import logging as transformers_logging
from transformers.utils.quantization_config import QuantizationConfigMixin

from desktop_llm.core.errors import Cancelled
from desktop_llm.core.model_files import ModelFiles
from desktop_llm.core.ports import Report
from desktop_llm.core.speed import BYTES_EACH, HEADS
from desktop_llm.engine.defaults import GENERATION_CONFIG
from desktop_llm.engine.devices import QUANTISED
from desktop_llm.engine.gguf import GgufFiles
from desktop_llm.engine.linear import owned
from desktop_llm.engine.packed import Mapped, Store, Tensors, Writing, key_of
from desktop_llm.engine.quantised import build, joined, pack
from desktop_llm.engine.siblings import joined_path, parted, shares, siblings_of
from desktop_llm.engine.skeleton import incomplete
from desktop_llm.engine.weights import DTYPES, Reader

METHOD = "desktop_llm"
"""The name under which transformers knows our quantiser."""
SMALLEST = 16_384
"""Matrices with fewer numbers stay as they are: nothing is to be gained."""
READ_BY_THE_MODEL = {
    "mamba": ("dt_proj", "lm_head"), "falcon_mamba": ("dt_proj", "lm_head"), "mamba2": ("lm_head",),
    "rwkv": ("output", "value"), "xlstm": ("lm_head",),
}  # fmt: skip
"""Layers whose weight the model's own code reads or changes, so that they stay as they are."""
APART = ("blt", "inkling2_text")
"""Kinds that give query, key and value different inputs."""
REST = "rest:"
"""What the names of weights that are kept as they are begin with, in a packed file."""
LAYOUT = f"general 2 {transformers.__version__}"
"""Changes whenever what stands in a packed file does."""
OPEN_BYTES = 64_000_000
"""Bytes that are read before the files are closed: pages that were read count as memory until then."""


def transformers_model(
    files: ModelFiles,
    config: Any,
    precision: str,
    report: Report,
    cancel: threading.Event,
    store: Store | None = None,
) -> Any:
    """The model as transformers has it, its large matrices quantised where `precision` says so.

    Rounded weights are taken from `store` where they were kept before, else kept there.
    Raises Cancelled, and ModelError where a weight is missing.
    """
    if precision in QUANTISED:
        with _bar_hook(_no_bar):
            return _rounded(files, config, precision, report, cancel, store)
    if isinstance(files, GgufFiles):
        with Reader(files, report, cancel) as reader:
            weights = {name: reader(name).to(DTYPES[precision]) for name in files.tensors}
        with _bar_hook(_no_bar):
            return _loaded(files, config, DTYPES[precision], state_dict=weights)
    sizes = {name: tensor.size for name, tensor in files.tensors.items()}
    with _watched_loading(sizes, report, cancel):
        return _loaded(files, config, DTYPES[precision], use_safetensors=True)


def written_by(config: Any) -> Any:
    """transformers' classes of models that write, of those with an encoder or of those without."""
    encodes = getattr(config, "is_encoder_decoder", False)
    return MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING if encodes else MODEL_FOR_CAUSAL_LM_MAPPING


def _loaded(files: ModelFiles, config: Any, dtype: torch.dtype, **options: Any) -> Any:
    """What transformers makes of the weights. Raises ModelError where some are missing."""
    given = "state_dict" in options
    model, found = written_by(config)[type(config)].from_pretrained(
        None if given else files.folder,
        config=config, dtype=dtype, trust_remote_code=False, local_files_only=True,
        output_loading_info=True, **options,
    )  # fmt: skip
    if missing := found.get("missing_keys"):
        raise incomplete(files, missing)
    if given and (files.folder / GENERATION_CONFIG).is_file():
        model.generation_config = GenerationConfig.from_pretrained(
            files.folder, local_files_only=True
        )
    return model


# Rounded while reading


def _rounded(
    files: ModelFiles,
    config: Any,
    precision: str,
    report: Report,
    cancel: threading.Event,
    store: Store | None,
) -> Any:
    key = "" if store is None else key_of(files, precision, LAYOUT)
    if store is not None and (kept := store.find(key)) is not None:
        model = _from_kept(files, config, kept, report)
    else:
        numbers = sum(tensor.elements for tensor in files.tensors.values())
        size = int(numbers * BYTES_EACH[precision])
        with (
            Writing(None) if store is None else store.writing(key, size) as file,
            Reader(files, report, cancel) as reader,
        ):
            model = _from_files(files, config, precision, reader, file)
    return model


def _from_files(
    files: ModelFiles, config: Any, precision: str, reader: Reader, file: Writing
) -> Any:
    """Read, round and keep one weight after the other."""
    rounding = _Rounding(precision, file)
    weights = {name: _Unread(reader, name) for name in files.tensors}
    try:
        model = _loaded(
            files, copy.deepcopy(config), torch.bfloat16,
            state_dict=weights, quantization_config=_Wanted(rounding),
        )  # fmt: skip
    except RuntimeError:
        # The loader notes what a conversion raised as text alone, and says nothing of it.
        if rounding.failure is not None:
            raise rounding.failure from None
        raise
    finally:
        # The loader's own objects stand in cycles, and would hold them until a collection.
        weights.clear()
    head = model.get_output_embeddings()
    for name, layer in _matrices(model):
        # What is tied to the table, which stays as it is.
        if name not in rounding.done and _can_be_rounded(model, name, layer):
            rounding.pack(name, layer, layer.weight.data, is_head=layer is head)
    rounding.end()
    _keep_rest(model, rounding.done, file)
    _take_layers(model, file.finish())
    return model


def _from_kept(files: ModelFiles, config: Any, kept: Tensors, report: Report) -> Any:
    """The same out of a packed file."""
    rounded = {name.rsplit(".", 2)[0] for name in kept if not name.startswith(REST)}
    names = {one for path in rounded for one in parted(path)}
    weights: dict[str, Any] = {
        name.removeprefix(REST): tensor for name, tensor in kept.items() if name.startswith(REST)
    }
    weights |= {f"{name}.weight": torch.empty(0) for name in names}
    model = _loaded(
        files, copy.deepcopy(config), torch.bfloat16,
        state_dict=weights, quantization_config=_Wanted(_Kept(names)),
    )  # fmt: skip
    weights.clear()
    _take_layers(model, kept)
    report(1, 1)
    return model


def _keep_rest(model: Any, done: Iterable[str], file: Writing) -> None:
    """Keep what is not rounded, once each where several names share it."""
    rounded, seen = {f"{name}.weight" for name in done}, set[int]()
    for name, tensor in model.state_dict().items():
        if name not in rounded and tensor.data_ptr() not in seen:
            seen.add(tensor.data_ptr())
            file.add(REST + name, tensor)


def _take_layers(model: Any, packed: Mapping[str, torch.Tensor]) -> None:
    """Put the rounded layers in the place of transformers' own."""
    give_back = packed.give_back if isinstance(packed, Mapped) else None
    forms: dict[str, tuple[str, dict[str, torch.Tensor]]] = {}
    for name in packed:
        if not name.startswith(REST):
            layer, form, part = name.rsplit(".", 2)
            forms.setdefault(layer, (form, {}))[1][part] = packed[name]
    layers = dict(_matrices(model))
    with torch.inference_mode():
        for name, (form, tensors) in forms.items():
            paths = parted(name)
            replaced = [layers[path] for path in paths if path in layers]
            if len(replaced) == len(paths):
                made = build(form, tensors | _biases(replaced), give_back)
                sizes = [_outputs(one) for one in replaced]
                new = [made] if len(paths) == 1 else shares(made, sizes)
                for path, module in zip(paths, new, strict=True):
                    model.set_submodule(path, module)


def _biases(layers: Sequence[Any]) -> dict[str, torch.Tensor]:
    """The biases of layers that are one, those of layers that have none being 0."""
    if all(layer.bias is None for layer in layers):
        return {}
    parts = [
        torch.zeros(_outputs(one)) if one.bias is None else owned(one.bias.data, torch.float32)
        for one in layers
    ]
    return {"bias": torch.cat(parts)}


def _outputs(layer: Any) -> int:
    return int(layer.nf if type(layer) is Conv1D else layer.out_features)


def _matrices(model: nn.Module) -> Iterator[tuple[str, Any]]:
    return ((name, one) for name, one in model.named_modules() if _is_matrix(one))


def _is_matrix(layer: nn.Module) -> bool:
    """Only layers that multiply and do nothing else; Falcon's own is one under another name."""
    return type(layer) in (nn.Linear, Conv1D) or type(layer).__name__ == "FalconLinear"


def _can_be_rounded(model: Any, path: str, layer: Any) -> bool:
    stays = READ_BY_THE_MODEL.get(model.config.model_type, ())
    return bool(layer.weight.numel() >= SMALLEST) and path.rpartition(".")[2] not in stays


def _can_be_joined(model: Any) -> frozenset[str]:
    """The layers that may be one with those beside them. An encoder's states are given to some of
    those that a decoder reads its own with, so that there none are."""
    if getattr(model.config, "is_encoder_decoder", False) or model.config.model_type in APART:
        return frozenset()
    return frozenset(
        name for name, layer in _matrices(model) if _can_be_rounded(model, name, layer)
    )


class _Unread:
    """A weight that is read when the loader wants it, and forgotten after that."""

    def __init__(self, reader: Reader, name: str) -> None:
        self._reader, self._name = reader, name

    def __getitem__(self, _: object) -> torch.Tensor:
        # A copy: what was read may be the file itself, which one small weight would keep open.
        weight = self._reader(self._name).clone()
        if self._reader.read_since_open > OPEN_BYTES:
            self._reader.let_go()
        return weight


class _Way(ConversionOps):  # type: ignore[misc]
    """One of the two below. The loader copies configurations, but there is only one of these."""

    def __deepcopy__(self, _: object) -> "_Way":
        return self


class _Rounding(_Way):
    """Packs what the loader hands over, and gives it nothing back."""

    def __init__(self, precision: str, file: Writing) -> None:
        self._precision, self._file = precision, file
        self._family: frozenset[str] | None = None
        self._waiting: dict[str, tuple[str, dict[str, torch.Tensor]]] = {}
        self.done: set[str] = set()
        self.failure: Exception | None = None

    def takes(self, model: Any, name: str) -> bool:
        """Whether the weight of that name is to be packed."""
        path, _, kind = name.rpartition(".")
        layer = model.get_submodule(path)
        if kind != "weight" or not _is_matrix(layer):
            return False
        tied = layer is model.get_output_embeddings() and path + ".weight" in (
            model.all_tied_weights_keys
        )
        return not tied and _can_be_rounded(model, path, layer)

    def convert(
        self, input_dict: dict[str, Any], *, model: Any, missing_keys: Any, **_: Any
    ) -> dict[str, Any]:
        """Pack one weight. Its module gets it at the end, with its bias."""
        if self._family is None:
            self._family = _can_be_joined(model)
        for name, value in input_dict.items():
            path = name.rpartition(".")[0]
            layer = model.get_submodule(path)
            weight = value[0] if isinstance(value, list) else value
            try:
                if weight.shape != layer.weight.shape:
                    shapes = f"{list(weight.shape)}, and {list(layer.weight.shape)}"
                    raise RuntimeError(f"{name} has the shape {shapes} is expected.")
                self.pack(path, layer, weight, is_head=layer is model.get_output_embeddings())
            except (MemoryError, RuntimeError) as error:
                self.failure = error
                raise
            _mark_as_read(layer, name, missing_keys)
        return {}

    def pack(self, path: str, layer: Any, weight: torch.Tensor, *, is_head: bool) -> None:
        """Round a layer's weight, as it lies in the file."""
        matrix = weight.T.contiguous() if type(layer) is Conv1D else weight
        kind = HEADS.get(self._precision, self._precision) if is_head else self._precision
        self._waiting[path] = pack(matrix, None, kind)
        self.done.add(path)
        group = siblings_of(path, self._family or ())
        if all(one in self._waiting for one in group):
            self._keep(group)

    def end(self) -> None:
        """Keep what waited for siblings that did not come."""
        for path in list(self._waiting):
            self._keep((path,))

    def _keep(self, paths: tuple[str, ...]) -> None:
        """Those layers as one, or each alone."""
        parts = [self._waiting.pop(path) for path in paths]
        one = joined(parts) if len(parts) > 1 else None
        found = zip(paths, parts, strict=True) if one is None else [(joined_path(paths), one)]
        for name, (form, tensors) in found:
            for part, tensor in tensors.items():
                self._file.add(f"{name}.{form}.{part}", tensor)


class _Kept(_Way):
    """Tells the loader that the rounded weights are there already."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def takes(self, model: Any, name: str) -> bool:
        """Whether the weight of that name was packed."""
        return name.removesuffix(".weight") in self._names and name.endswith(".weight")

    def convert(
        self, input_dict: dict[str, Any], *, model: Any, missing_keys: Any, **_: Any
    ) -> dict[str, Any]:
        """Nothing is to be done."""
        for name in input_dict:
            _mark_as_read(model.get_submodule(name.rpartition(".")[0]), name, missing_keys)
        return {}


def _mark_as_read(layer: Any, name: str, missing_keys: Any) -> None:
    """The loader would else take the weight for missing, and draw a random one."""
    empty = nn.Parameter(torch.empty(0, 0, dtype=torch.bfloat16), requires_grad=False)
    empty._is_hf_initialized = True  # type: ignore[attr-defined]
    layer.weight = empty
    layer._is_hf_initialized = True  # xLSTM's own drawing divides by how wide the weight is
    if missing_keys is not None:
        missing_keys.discard(name)


@register_quantization_config(METHOD)
class _Wanted(QuantizationConfigMixin):  # type: ignore[misc]
    """Carries our way of rounding through the loader."""

    def __init__(self, way: _Rounding | _Kept) -> None:
        self.quant_method, self.way = METHOD, way


@register_quantizer(METHOD)
class _Quantiser(HfQuantizer):  # type: ignore[misc]
    """What transformers' loader asks about each weight."""

    def param_needs_quantization(self, model: Any, param_name: str, **_: Any) -> bool:
        return self.quantization_config.way.takes(model, param_name)  # type: ignore[no-any-return]

    def get_quantize_ops(self) -> ConversionOps:
        return self.quantization_config.way

    def _process_model_after_weight_loading(self, model: Any, **_: Any) -> Any:
        # From here on it is a model with some other layers, which transformers need not know.
        self.remove_quantization_config(model)
        return model

    def is_serializable(self) -> bool:
        return False

    @property
    def is_trainable(self) -> bool:
        return False


# Whole


@contextlib.contextmanager
def _watched_loading(
    sizes: dict[str, int], report: Report, cancel: threading.Event
) -> Iterator[None]:
    """transformers' progress bar over the weights becomes our report and our place to cancel."""

    def watch(items: Iterable[Any]) -> Iterator[Any]:
        total = sum(sizes.values())
        listed = list(items)
        usual = total // max(1, len(listed))
        done = 0
        for item in listed:
            if cancel.is_set():
                raise Cancelled
            yield item
            # Weights that transformers renames or merges are not found by name; they count as usual.
            done = min(total, done + sizes.get(item[0], usual))
            report(done, total)
        report(total, total)

    def hook(factory: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if options.get("desc") == "Loading weights" and args:
            return watch(args[0])
        return factory(*args, **options)

    with _bar_hook(hook):
        yield


@contextlib.contextmanager
def _bar_hook(hook: Callable[..., Any]) -> Iterator[None]:
    previous = transformers_logging.set_tqdm_hook(hook)
    try:
        yield
    finally:
        transformers_logging.set_tqdm_hook(previous)


def _no_bar(factory: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Our own reader tells how far it is."""
    return args[0] if args else factory(*args, **options)
