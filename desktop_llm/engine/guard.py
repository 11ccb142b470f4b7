"""A guard model in memory: scores of a classifier's labels, or of a writer's next token.

`core.guards.GuardModel` over torch and transformers. Knows no category and no verdict: what the
numbers mean is the adapters' business.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification
from transformers.models.auto.modeling_auto import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING

from desktop_llm.core.errors import Cancelled, ModelError
from desktop_llm.core.file_errors import AGAIN
from desktop_llm.core.guard_files import read_guard_facts
from desktop_llm.core.guards import Chat, GuardFacts, GuardKind, GuardModel, GuardPrompt
from desktop_llm.core.memory import CHUNK, UNLIMITED
from desktop_llm.core.model_files import read_model_files
from desktop_llm.core.models import LoadRequest
from desktop_llm.core.ports import Alive
from desktop_llm.core.sayings import Saying
from desktop_llm.core.settings import Device
from desktop_llm.engine import devices
from desktop_llm.engine.detokenize import Detokenizer
from desktop_llm.engine.generate import decode, read
from desktop_llm.engine.load import Loaded, foreign, load_model, read_configuration, read_tokenizer
from desktop_llm.engine.memory import empty, give_back, in_gb, pages_of_their_own
from desktop_llm.engine.preload import no_collection
from desktop_llm.engine.tokens import Encoder

TABLE = "position_embeddings"
"""What transformers calls a classifier's table of positions, where it has one."""


def load_guard(
    request: LoadRequest, cancel: threading.Event, alive: Alive = lambda: None
) -> GuardModel:
    """Load a guard model of either kind; `alive` is called now and then while it loads or computes.

    Raises ModelError, or Cancelled where `cancel` is set.
    """
    facts = read_guard_facts(request.model.path)
    if facts is None:
        raise ModelError(
            "The model in {model} cannot be a guard model.",
            "A guard model classifies texts or writes its verdict; this one does neither.",
            "Choose another guard model in the settings of the safety filter.",
            model=request.model.path,
        )
    facts = replace(facts, name=request.model.name)  # its folder may have a number for a name
    with no_collection():
        if facts.kind is GuardKind.CLASSIFIER:
            return _load_classifier(request, facts, cancel, alive)
        loaded = load_model(request, lambda done, total: alive(), cancel)
        return Writer(facts, loaded, read_tokenizer(request.model.path), alive)


def _load_classifier(
    request: LoadRequest, facts: GuardFacts, cancel: threading.Event, alive: Alive
) -> "Classifier":
    files = read_model_files(request.model.path)
    config = read_configuration(files)
    if type(config) not in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING:
        raise ModelError(
            "The model in {folder} cannot classify texts.",
            "transformers knows no such head for {facts}.",
            "Choose another guard model in the settings of the safety filter.",
            folder=files.folder,
            facts=facts.name,
        )
    device = _device_for(request, 4 * sum(tensor.elements for tensor in files.tensors.values()))
    what = Saying("The model in {folder} cannot be loaded.", folder=files.folder)
    with foreign(what), pages_of_their_own():
        tokenizer = read_tokenizer(files.folder)
        alive()
        if cancel.is_set():
            raise Cancelled
        model, found = AutoModelForSequenceClassification.from_pretrained(
            files.folder, config=config, dtype=torch.float32, use_safetensors=True,
            trust_remote_code=False, local_files_only=True, output_loading_info=True,
        )  # fmt: skip
        model = model.to(device).eval()
    missing = sorted(found.get("missing_keys", ()))
    if missing:
        # transformers would fill them with random numbers: a guard that judges by dice.
        raise ModelError(
            "The weights in {folder} are incomplete: {missing} is missing.",
            todo=AGAIN,
            folder=files.folder,
            missing=missing[0],
        )
    return Classifier(facts, model, tokenizer, alive)


def _device_for(request: LoadRequest, needed: int) -> str:
    """Where so many bytes are free. One that nobody asked for may be passed over. Raises ModelError."""
    present = devices.devices_present()
    where: devices.Choice | None = devices.choose_device(request.device, present)
    while where is not None:
        free = devices.free_memory(where.value)
        if needed <= free:
            return where.value
        automatic = request.device is Device.AUTO
        told = in_gb(needed), in_gb(free)
        where = devices.next_device(where, present, *told) if automatic else None
    raise ModelError(
        "The guard model does not fit into memory.",
        "It needs {needed} GB, and {free} GB are free.",
        "Close other programs, or choose a smaller guard model.",
        needed=f"{needed / 1000000000.0:.1f}",
        free=f"{free / 1000000000.0:.1f}",
    )


def _give_back() -> None:
    """Return what a guard model had to the system; the heaps stay as the model that chats needs them."""
    give_back()
    with pages_of_their_own():
        pass


class _Computing:
    """What both kinds share: between two passes they say that they live, and stop where they must."""

    def __init__(self, facts: GuardFacts, alive: Alive) -> None:
        self.facts = facts
        self._alive, self._cancel = alive, threading.Event()

    def stops_at(self, cancel: threading.Event) -> None:
        """See `GuardModel`."""
        self._cancel = cancel

    def _go_on(self) -> None:
        self._alive()
        if self._cancel.is_set():
            raise Cancelled


class Classifier(_Computing):
    """A text-classification model. One window at a time: memory stays small, padding is not needed."""

    def __init__(self, facts: GuardFacts, model: Any, tokenizer: Any, alive: Alive) -> None:
        super().__init__(facts, alive)
        self._model = model
        self._encoder = Encoder(tokenizer.backend_tokenizer)
        self._before, self._after = self._encoder.around
        self._positions = _positions(model)

    def let_go(self) -> None:
        """See `GuardModel`."""
        empty(self._model)
        self._model = None
        _give_back()

    @torch.inference_mode()
    def classify(self, text: str, max_length: int, stride: int) -> list[list[float]]:
        """See `GuardModel`. An empty text has no windows. A model that knows fewer positions gets shorter
        ones, closer together where they would leave something out."""
        room = min(max_length, self._positions) - len(self._before) - len(self._after)
        ids = self._encoder.ids(self._encoder.as_text(text))
        if not ids or room < 1:
            return []
        stride = stride if stride < room else max(1, room // 2)
        starts = range(0, max(1, len(ids) - room + stride), stride) if len(ids) > room else (0,)
        return [self._scores(ids[start : start + room]) for start in starts]

    def _scores(self, ids: list[int]) -> list[float]:
        self._go_on()
        whole = [*self._before, *ids, *self._after]
        batch = torch.tensor([whole], dtype=torch.long, device=self._model.device)
        mask = torch.ones_like(batch)
        logits: torch.Tensor = self._model(input_ids=batch, attention_mask=mask).logits
        return [float(number) for number in logits[0].float()]

    def next_token_probabilities(
        self, prompt: GuardPrompt, words: Sequence[str]
    ) -> Sequence[float]:
        """A classifier writes nothing: raises ModelError."""
        raise _wrong_kind(self.facts)

    def complete(self, prompt: GuardPrompt, max_new_tokens: int) -> str:
        """A classifier writes nothing: raises ModelError."""
        raise _wrong_kind(self.facts)


class Writer(_Computing):
    """A guard LLM. The beginning that its prompts share is read once."""

    def __init__(self, facts: GuardFacts, loaded: Loaded, tokenizer: Any, alive: Alive) -> None:
        super().__init__(facts, alive)
        self._loaded, self._tokenizer = loaded, tokenizer
        self._cache = loaded.step.new_cache()

    def let_go(self) -> None:
        """See `GuardModel`."""
        self._cache.clear()
        self._loaded.step.let_go()
        _give_back()

    def classify(self, text: str, max_length: int, stride: int) -> Sequence[Sequence[float]]:
        """A writer has no labels: raises ModelError."""
        raise _wrong_kind(self.facts)

    def next_token_probabilities(self, prompt: GuardPrompt, words: Sequence[str]) -> list[float]:
        """See `GuardModel`."""
        encoder = self._loaded.encoder
        firsts = [encoder.ids(word)[0] for word in words]
        if len(set(firsts)) < len(firsts):
            raise ModelError(
                "{facts} cannot tell its answers apart by one token.", facts=self.facts.name
            )
        probabilities = torch.softmax(self._read(self._ids(prompt)), dim=-1)
        return [float(probabilities[first]) for first in firsts]

    def complete(self, prompt: GuardPrompt, max_new_tokens: int) -> str:
        """See `GuardModel`."""
        ids = self._ids(prompt)
        scores = self._read(ids)
        limit = min(max_new_tokens, self._loaded.info.context_window - len(ids))
        words, text = Detokenizer(self._loaded.encoder.tokenizer), ""
        step, stop = self._loaded.step, self._cancel
        for token in decode(step, self._cache, _likeliest, scores, limit, stop):
            self._alive()
            if token in self._loaded.end_tokens:
                break
            text += words.feed(token)
        self._go_on()  # half an answer is none
        return text + words.finish()

    def _ids(self, prompt: GuardPrompt) -> list[int]:
        ids = self._loaded.encoder.ids(self._text(prompt))
        room = self._loaded.info.context_window
        if len(ids) >= room:
            raise ModelError(
                "The text is too long for {facts}.",
                "It has {ids} tokens with the question; the guard model reads {room}.",
                facts=self.facts.name,
                ids=f"{len(ids):,}",
                room=f"{room:,}",
            )
        return ids

    def _text(self, prompt: GuardPrompt) -> str:
        """The prompt; what people and models wrote is taken for text, never for control tokens."""
        as_text = self._loaded.encoder.as_text
        if isinstance(prompt, Chat):
            turns = [
                {"role": role, "content": as_text(part.text) if part.written else part.text}
                for role, part in prompt.turns
            ]
            with foreign(
                Saying(
                    "The chat template of {name} cannot express the question.", name=self.facts.name
                )
            ):
                return str(self._tokenizer.apply_chat_template(
                    turns, tokenize=False, add_generation_prompt=True, **dict(prompt.options)
                ))  # fmt: skip
        return "".join(as_text(part.text) if part.written else part.text for part in prompt.parts)

    def _read(self, ids: list[int]) -> torch.Tensor:
        """The scores of the token after these. Raises Cancelled."""
        self._cache.keep_prefix(ids)
        step = self._loaded.step
        chunk = len(ids) if step.reads_at_once else CHUNK
        reading = read(step, self._cache, ids, chunk, self._cancel)
        while True:
            self._alive()
            try:
                next(reading)
            except StopIteration as ended:
                scores: torch.Tensor | None = ended.value
                break
        if scores is None:
            raise Cancelled
        return scores


def _positions(model: Any) -> int:
    """How many tokens a classifier knows positions for.

    RoBERTa and its kin number them from behind the padding token's id.
    """
    for name, table in model.named_modules():
        if name.rpartition(".")[2] == TABLE and isinstance(table, torch.nn.Embedding):
            unused = 0 if table.padding_idx is None else table.padding_idx + 1
            return table.num_embeddings - unused
    named = getattr(model.config, "max_position_embeddings", None)
    return named if isinstance(named, int) and named > 0 else UNLIMITED


def _likeliest(scores: torch.Tensor) -> int:
    return int(scores.argmax())


def _wrong_kind(facts: GuardFacts) -> ModelError:
    return ModelError(
        "{facts} is a guard model of another kind than was asked for.", facts=facts.name
    )
