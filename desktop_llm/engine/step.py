"""One forward pass of a transformers model over a few tokens. Knows ids and scores, draws nothing.

The decode loop knows only `Step`, so that a faster pass can take its place.
"""

import inspect
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from desktop_llm.core.memory import longrope_length
from desktop_llm.engine import attention, paces
from desktop_llm.engine.cache import PromptCache
from desktop_llm.engine.flat import flat
from desktop_llm.engine.memory import empty
from desktop_llm.engine.states import growing_cache


class Step(Protocol):
    """Reads tokens after those in the cache, which grows by them."""

    @property
    def reads_at_once(self) -> bool:
        """Recurrent states cannot take up a prompt in the middle: it must be read in one pass."""

    def new_cache(self) -> PromptCache:
        """An empty cache of the form that this model needs."""

    def let_go(self) -> None:
        """Free the weights; it is of no use any more."""

    def stops_at(self, cancel: threading.Event | None) -> None:
        """From now on a pass over many tokens raises Cancelled once that is set, where it can stop
        in the middle; what was in the cache before stays."""

    def __call__(self, tokens: Sequence[int], cache: PromptCache, last: int = 1) -> torch.Tensor:
        """The scores of what comes after each of the `last` tokens: (last, vocabulary), float32."""


@dataclass(slots=True)
class _OwnStates:
    """States in a form that a model makes itself."""

    states: Any = None


class ModelStep:
    """The `Step` of a model as transformers runs it."""

    def __init__(self, model: Any, window: float = math.inf) -> None:
        """`window`: how many tokens it reads at most."""
        self._model, self._window = model, window
        self._device = model.device
        # On many processors one token's attention over float32 states is the fastest there is.
        folds = self._device.type == "cpu" and attention.use_for(model)
        self._flat = flat(model) if folds else None
        # DeepSeek's kind keeps them compressed, and its own layers unfold them in their own dtype.
        compressed = getattr(model.config.get_text_config(decoder=True), "kv_lora_rank", None)
        self._wide = folds and not compressed and paces.states_dtype() is torch.float32
        if folds and model.dtype is torch.bfloat16:
            # Made and timed now, not while the first text waits.
            attention.own_for(torch.float32 if self._wide else model.dtype)
        known = inspect.signature(model.forward).parameters
        # Recurrent models name their cache otherwise; models that name none read all every time.
        names = ("past_key_values", "cache_params")
        self._cache_name = next((name for name in names if name in known), None)
        self._keeps_logits = "logits_to_keep" in known
        # xLSTM and MiniMax take no states but those that they made themselves.
        usual = getattr(model, "_supports_default_dynamic_cache", lambda: True)
        self._makes_states = self._cache_name is not None and not usual()

    def new_cache(self) -> PromptCache:
        """An empty cache of the form that this model needs."""
        if self._cache_name is None:
            return PromptCache(lambda: None, resumable=False)
        if self._makes_states:
            return PromptCache(_OwnStates, resumable=False)
        config, dtype = self._model.config, torch.float32 if self._wide else None
        window = self._window
        # The angles of `dynamic` change too, but beyond the longest window that a model is given.
        switch = longrope_length(config.get_text_config(decoder=True).to_dict())
        return PromptCache(
            lambda: growing_cache(config, dtype, window),
            resumable=not self.reads_at_once,
            switch=switch or math.inf,
        )

    def stops_at(self, cancel: threading.Event | None) -> None:
        """transformers' own pass runs to its end."""

    @property
    def model(self) -> Any:
        """transformers' own model."""
        return self._model

    def let_go(self) -> None:
        """Free the weights; it is of no use any more."""
        self._flat = None
        empty(self._model)
        self._model = None

    @property
    def reads_at_once(self) -> bool:
        """Recurrent states cannot take up a prompt in the middle: it must be read in one pass."""
        return self._makes_states or bool(getattr(self._model, "_is_stateful", False))

    @torch.inference_mode()
    def __call__(self, tokens: Sequence[int], cache: PromptCache, last: int = 1) -> torch.Tensor:
        """See `Step`."""
        if cache.switches_at(len(cache) + len(tokens)):
            # transformers takes the angles from the last token, and would not go back for the others.
            tokens = [*cache.ids, *tokens]
            cache.clear()
        options: dict[str, Any] = {"logits_to_keep": last} if self._keeps_logits else {}
        with cache.growing(tokens) as states:
            if self._flat is not None and len(tokens) == 1 and len(states) == self._flat.layers:
                return self._flat(tokens[0], states).float()
            if self._cache_name is None:
                tokens = [*cache.ids, *tokens]
                options |= {"use_cache": False}
            else:
                given = states.states if self._makes_states else states
                options |= {self._cache_name: given, "use_cache": True}
            ids = torch.tensor([tokens], dtype=torch.long, device=self._device)
            output = self._model(input_ids=ids, **options)
            if self._makes_states:
                states.states = getattr(output, str(self._cache_name))
        scores: torch.Tensor = output.logits[0, -last:].float()
        return scores
