"""Loads a model folder: checks, device, precision, tokenizer, weights. Generates nothing.

Only safetensors, never code of the model's own, nothing over the network. What a person can do
something about is a ModelError that names the file.
"""

import contextlib
import logging
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoTokenizer
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.file_errors import AGAIN
from desktop_llm.core.gguf import is_gguf
from desktop_llm.core.memory import blueprint
from desktop_llm.core.model_files import (
    ModelFiles,
    architecture_of,
    packed,
    packed_by,
    read_model_files,
    require_numbers,
)
from desktop_llm.core.models import LoadedModelInfo, LoadRequest
from desktop_llm.core.ports import Report
from desktop_llm.core.sayings import Saying
from desktop_llm.engine import defaults, devices, paces
from desktop_llm.engine.adapters import Adapters
from desktop_llm.engine.constraints import METASPACE
from desktop_llm.engine.draft import WINDOW, Draft
from desktop_llm.engine.encoder_decoder import EncoderDecoderStep
from desktop_llm.engine.general import transformers_model, written_by
from desktop_llm.engine.gguf import GgufFiles, gguf_tokenizer, open_gguf
from desktop_llm.engine.memory import Plan, pages_of_their_own, plan_load, ran_out
from desktop_llm.engine.packed import Store
from desktop_llm.engine.prompt import PromptBuilder, chat_template, thinking_switch
from desktop_llm.engine.sample import Tongue
from desktop_llm.engine.speculate import MOST
from desktop_llm.engine.step import ModelStep, Step
from desktop_llm.engine.tokens import Encoder, decodes_by
from desktop_llm.engine.vocabulary import Vocabulary
from desktop_llm.engine.weights import can_be_lean, lean_step

_OTHER_KIND = re.compile(r"For(?!CausalLM|ConditionalGeneration)\w+$")
LESS = (
    "Close other programs, choose a smaller precision (int8, int4) or a shorter context window "
    "(Settings, Model, or the model's own page), or choose a smaller model."
)
"""What to do where memory ran out while loading."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory with what generating needs. `tongue` knows its tokens and those that end it."""

    step: Step
    encoder: Encoder
    builder: PromptBuilder
    tongue: Tongue
    device: torch.device
    adapters: Adapters
    info: LoadedModelInfo
    draft: Draft | None = None
    threads: int | None = None
    """Those that the person chose; None: as many as are good now."""

    @property
    def end_tokens(self) -> frozenset[int]:
        """All ids that end a reply."""
        return self.tongue.ends


@dataclass(frozen=True, slots=True)
class Bare:
    """A model in memory that reads and scores token ids, and knows no text."""

    request: LoadRequest
    step: Step
    files: ModelFiles
    decoder: Any
    plan: Plan

    @property
    def device(self) -> str:
        """Where it computes: "cpu", "cuda"."""
        return self.plan.device.value

    @property
    def precision(self) -> str:
        """How its weights are held."""
        return self.plan.precision.value

    @property
    def window(self) -> int:
        """How many tokens it reads at once."""
        return self.plan.window

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return int(self.decoder.vocab_size)

    @property
    def parameters(self) -> int:
        """How many numbers its files hold."""
        return sum(tensor.elements for tensor in self.files.tensors.values())

    @property
    def layers(self) -> int:
        """How many layers it has."""
        return int(self.decoder.num_hidden_layers)


def load_model(
    request: LoadRequest, report: Report, cancel: threading.Event, cache: Path | None = None
) -> Loaded:
    """Load the model of a request, reporting bytes done of all bytes.

    `cancel` is polled between all steps and between weights. Rounded weights are kept in the folder
    `cache`. Raises ModelError or Cancelled.
    """
    started = time.monotonic()
    opened = _opened(request)
    _stop_if(cancel)
    tokenizer = read_tokenizer(opened.files.folder)
    if request.template:
        tokenizer.chat_template = request.template
    _stop_if(cancel)
    _measure_for(request, cache)
    smaller = _opened_draft(request, tokenizer)
    if smaller is None:
        plan = opened.plan(tokenizer.model_max_length)
        with _or_let_go(_read(opened, plan, report, cancel, cache)) as bare:
            return _assembled(tokenizer, bare, started)
    beside = smaller.plan()
    plan = opened.plan(tokenizer.model_max_length, beside.need.total)
    first, second = _part(report, 0, smaller.size), _part(report, opened.size, 0)
    with (
        _or_let_go(_read(opened, plan, first, cancel, cache)) as bare,
        _or_let_go(_read(smaller, beside, second, cancel, cache)) as other,
    ):
        return _assembled(tokenizer, bare, started, other)


@contextlib.contextmanager
def _or_let_go(bare: Bare) -> Iterator[Bare]:
    """Frees a model where what is to be made of it fails."""
    try:
        yield bare
    except BaseException:
        bare.step.let_go()
        raise


def window_of(request: LoadRequest) -> int:
    """The context window that a model would be loaded with, in tokens. Loads nothing. Raises ModelError."""
    return _opened(request, tokenizer=False).plan().window


def load_bare(
    request: LoadRequest, report: Report, cancel: threading.Event, cache: Path | None = None
) -> Bare:
    """Load a model without its tokenizer, which may be missing. Otherwise as `load_model`."""
    opened = _opened(request, tokenizer=False)
    _measure_for(request, cache)
    return _read(opened, opened.plan(), report, cancel, cache)


def _measure_for(request: LoadRequest, cache: Path | None) -> None:
    """Before planning: what is measured of the processor holds for the threads that will compute."""
    paces.compute_with(request.threads or devices.usual_threads())
    if cache is not None:
        paces.keep_in(cache)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A model's description and configuration, of which nothing is loaded yet."""

    request: LoadRequest
    files: ModelFiles
    config: Any

    @property
    def size(self) -> int:
        """Bytes of its weights."""
        return sum(tensor.size for tensor in self.files.tensors.values())

    @property
    def decoder(self) -> Any:
        """The configuration of the part that writes."""
        return self.config.get_text_config(decoder=True)

    def plan(self, tokenizer_limit: float = 0, beside: int = 0) -> Plan:
        """How to load it, with `beside` bytes left to others. Raises ModelError where it cannot fit."""
        own = defaults.context_window(self.decoder, tokenizer_limit, self.request.context_window)
        drawn = blueprint(self.files.config, self.files.tensors)
        return plan_load(self.request, drawn, own, beside)


def _opened(request: LoadRequest, *, tokenizer: bool = True) -> _Opened:
    """A folder or a GGUF file. Raises ModelError."""
    path = request.model.path
    if not is_gguf(path):
        files = read_model_files(path, tokenizer=tokenizer)
        require_numbers(files)
        return _Opened(request, files, _configuration(files))
    with foreign(Saying("{path} does not describe a model.", path=path)):
        found, config = open_gguf(path)
    _require_causal(found, config)
    return _Opened(request, found, config)


def _part(report: Report, before: int, behind: int) -> Report:
    """The report of one model of two, of which others have so many bytes."""
    return lambda done, total: report(before + done, before + total + behind)


def _read(
    opened: _Opened, plan: Plan, report: Report, cancel: threading.Event, cache: Path | None
) -> Bare:
    files, config, device = opened.files, opened.config, plan.device.value
    precision = plan.precision.value
    with (
        foreign(Saying("The model in {folder} cannot be loaded.", folder=files.folder)),
        pages_of_their_own(),
    ):
        store = None if cache is None else Store(cache)
        if can_be_lean(files, config, device, plan.window):
            step: Step = lean_step(
                files, config, precision, plan.window, report, cancel, store, device
            )
        else:
            model = transformers_model(files, config, precision, report, cancel, store)
            _stop_if(cancel)
            kind = EncoderDecoderStep if config.is_encoder_decoder else ModelStep
            step = kind(model.to(device), plan.window)
    return Bare(opened.request, step, files, opened.decoder, plan)


def _opened_draft(request: LoadRequest, tokenizer: Any) -> _Opened | None:
    """The draft model that is asked for. Raises ModelError unless it has all the model's tokens."""
    if request.draft is None:
        return None
    opened = _opened(
        LoadRequest(request.draft, request.device, threads=request.threads, context_window=WINDOW)
    )
    other = read_tokenizer(opened.files.folder)
    ours, theirs = (
        one.backend_tokenizer.get_vocab(with_added_tokens=False) for one in (tokenizer, other)
    )
    largest = max(tokenizer.backend_tokenizer.get_vocab().values(), default=0)
    # It reads the text as it is: every token, also an added one, needs a row in its table.
    if ours != theirs or largest >= opened.decoder.vocab_size:
        raise _no_draft(request.draft.name, request.model.name, other_tokens=True)
    return opened


def _draft(smaller: Bare, larger: Bare) -> Draft:
    """The draft model at work. Raises ModelError where one of the two cannot take tokens back."""
    name = smaller.request.model.name
    for step in (smaller.step, larger.step):
        if step.reads_at_once or not step.new_cache().can_ever_give_up():
            raise _no_draft(name, larger.request.model.name, other_tokens=False)
    window = smaller.window
    if sliding := getattr(smaller.decoder, "sliding_window", None):
        # A window that is full cannot take guesses back: the draft model begins anew before that.
        window = max(2 * MOST, min(window, sliding - MOST))
    return Draft(smaller.step, window, min(smaller.vocabulary, larger.vocabulary), name)


def _no_draft(draft: str, model: str, *, other_tokens: bool) -> ModelError:
    return ModelError(
        "{draft} cannot guess ahead for {model}.",
        "The two models have different vocabularies."
        if other_tokens
        else "Recurrent models and those with an encoder take no tokens back.",
        "Choose a small model of the same family as its draft model, or none.",
        draft=draft,
        model=model,
    )


def _assembled(tokenizer: Any, bare: Bare, started: float, smaller: Bare | None = None) -> Loaded:
    request, files = bare.request, bare.files
    draft = None if smaller is None else _draft(smaller, bare)
    memory = bare.plan.need.total + (0 if smaller is None else smaller.plan.need.total)
    generation = defaults.generation_config(files.folder)
    render = chat_template(tokenizer)
    encoder = Encoder(tokenizer.backend_tokenizer, str(tokenizer.chat_template or ""))
    begin = [t for t in (tokenizer.bos_token_id, tokenizer.eos_token_id, 0) if t is not None][:1]
    info = LoadedModelInfo(
        model=request.model,
        architecture=architecture_of(files.config),
        parameters=bare.parameters,
        context_window=bare.window,
        device=bare.device,
        precision=bare.precision,
        reasons=_reasons(bare.plan, draft),
        has_chat_template=render is not None,
        hash=files.hash,
        load_s=time.monotonic() - started,
        memory=memory,
        can_think=thinking_switch(tokenizer) is not None,
        defaults=defaults.sampling_defaults(generation),
    )
    beside = bare.step.begin if isinstance(bare.step, EncoderDecoderStep) else None
    builder = PromptBuilder(encoder, render, begin, beside)
    spaced = builder.apart and decodes_by(encoder.tokenizer, METASPACE)
    tongue = Tongue(Vocabulary(encoder), _ends(tokenizer, bare, generation), spaced)
    device = torch.device(bare.device)
    adapters = Adapters(bare.step, device)
    return Loaded(
        bare.step, encoder, builder, tongue, device, adapters, info, draft, request.threads
    )


def _ends(tokenizer: Any, bare: Bare, generation: dict[str, Any]) -> frozenset[int]:
    """All that ends a reply: what the files name, and what ends a turn of the chat template."""
    named = defaults.end_tokens(
        generation.get("eos_token_id"),
        bare.decoder.eos_token_id,
        tokenizer.eos_token_id,
        bare.files.ends if isinstance(bare.files, GgufFiles) else None,
    )
    added = {token.content: number for number, token in tokenizer.added_tokens_decoder.items()}
    return named | defaults.turn_ends(added, str(tokenizer.chat_template or ""))


def _reasons(plan: Plan, draft: Draft | None) -> tuple[Saying, ...]:
    reasons = plan.device.reasons + plan.precision.reasons
    if draft is None:
        return reasons
    return (*reasons, Saying("{draft} guesses ahead for it.", draft=draft.name))


def _configuration(files: ModelFiles) -> Any:
    """transformers' configuration of a model that writes text; ModelError for every other."""
    config = read_configuration(files)
    _require_causal(files, config)
    return config


def read_configuration(files: ModelFiles) -> Any:
    """transformers' configuration of a model of a known architecture. Raises ModelError."""
    kind = files.config.get("model_type")
    known = isinstance(kind, str) and kind in CONFIG_MAPPING
    if not known and "auto_map" in files.config:
        raise ModelError(
            "The model in {folder} brings its own program code.",
            "The app runs no code out of a model, and transformers does not know this one.",
            "Choose a model of a common architecture, such as Llama, Qwen or Mistral.",
            folder=files.folder,
        )
    if not known:
        raise ModelError(
            "The architecture {kind} in {json} is not known.",
            "The model may be newer than this version of the app, or be of another kind.",
            "Update the app, or choose another model.",
            kind=f"{kind!r}",
            json=files.folder / "config.json",
        )
    with foreign(Saying("{path} does not describe a model.", path=files.folder / "config.json")):
        config = AutoConfig.from_pretrained(
            files.folder, local_files_only=True, trust_remote_code=False
        )
    # A file name in the configuration would take the place of the files that were checked.
    config.transformers_weights = None
    return config


def _require_causal(files: ModelFiles, config: Any) -> None:
    named = files.config.get("architectures") or [""]
    if kind := packed_by({"quantization_config": getattr(config, "quantization_config", None)}):
        raise packed(str(files.folder), kind)  # which transformers says of some of itself
    if type(config) not in written_by(config) or _OTHER_KIND.search(str(named[0])):
        raise ModelError(
            "The model in {folder} is not of the kind that writes on ({named}).",
            "The app runs models that write: text in, text out.",
            "Choose one of these, such as Llama, Qwen, Mistral, GPT-2 or T5.",
            folder=files.folder,
            named=named[0],
        )


def read_tokenizer(folder: Path) -> Any:
    """The tokenizer of a folder, a fast one. Raises ModelError."""
    gguf = is_gguf(folder)
    with foreign(
        Saying("The tokenizer in {folder} cannot be read.", folder=folder),
        "" if gguf else f"{folder / 'tokenizer.json'}: ",
    ):
        if gguf:
            tokenizer = gguf_tokenizer(folder)
        else:
            tokenizer = AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(
            "The tokenizer in {folder} is of a form that the app cannot use.",
            "It needs a tokenizer.json.",
            "Look for a copy of the model that has tokenizer.json.",
            folder=folder,
        )
    return tokenizer


@contextlib.contextmanager
def foreign(what: Saying, why: str = "") -> Iterator[None]:
    """Tells a failure over a model's own files as a ModelError.

    Those files are strangers': what they make the libraries raise is not foreseeable, and
    tokenizers raises bare `Exception`. The log keeps the traceback.
    """
    try:
        yield
    except (ModelError, Cancelled):
        raise
    except Exception as error:
        log.info("Loading failed", exc_info=True)
        if ran_out(error):
            raise ModelError(what, "The memory ran out.", LESS) from error
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = (lines or [type(error).__name__])[0][:300]
        raise ModelError(what, "{reason}{said}", AGAIN, reason=why, said=said) from error


def _stop_if(cancel: threading.Event) -> None:
    if cancel.is_set():
        raise Cancelled
