"""The model in memory: load, unload, generate, count. Puts the engine's parts together.

`core.ports.Engine` over torch and transformers. All methods belong to one thread but the counting
ones, which touch only an own copy of the tokenizer.
"""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from desktop_llm.core.errors import ModelError
from desktop_llm.core.events import End, EndReason, Event
from desktop_llm.core.models import LoadedModelInfo, LoadRequest
from desktop_llm.core.ports import Report
from desktop_llm.core.requests import GenerateRequest
from desktop_llm.engine.cache import PromptCache
from desktop_llm.engine.generate import generate
from desktop_llm.engine.load import Loaded, load_model
from desktop_llm.engine.memory import give_back, let_go_of_what_failed
from desktop_llm.engine.preload import no_collection
from desktop_llm.engine.vocabulary import preview


class TransformersEngine:
    """One model at a time, and the states of the conversation it last read."""

    def __init__(self, cache: Path | None = None) -> None:
        """`cache`: the folder in which rounded weights are kept; None keeps none."""
        self._folder = cache
        self._loaded: Loaded | None = None
        self._cache: PromptCache | None = None

    @property
    def loaded(self) -> LoadedModelInfo | None:
        """The model in memory, or None."""
        return self._loaded.info if self._loaded is not None else None

    def load(
        self, request: LoadRequest, report: Report, cancel: threading.Event
    ) -> LoadedModelInfo:
        """Replace the model in memory; `report` counts bytes.

        The old one is gone even where this raises ModelError (the sentence to show) or Cancelled.
        """
        self.unload()
        before = sys.exception()
        try:
            with no_collection():
                loaded = load_model(request, report, cancel, self._folder)
        except BaseException as error:
            let_go_of_what_failed(error, before)
            give_back()
            raise
        self._loaded, self._cache = loaded, loaded.step.new_cache()
        return loaded.info

    def unload(self) -> None:
        """Free the model's memory, and return it to the system."""
        if self._cache is not None:
            self._cache.clear()
        if self._loaded is not None:
            self._loaded.step.let_go()
            if self._loaded.draft is not None:
                self._loaded.draft.let_go()
        self._loaded = self._cache = None
        give_back()

    def generate(self, request: GenerateRequest, cancel: threading.Event) -> Iterator[Event]:
        """The events of one reply, the last of which is the one `End`; see `core.ports.Generate`."""
        if self._loaded is None or self._cache is None:
            missing = ModelError("No model is loaded.", todo="Choose one at the top of the window.")
            return iter((End(EndReason.FAILED, error=missing),))
        return generate(self._loaded, self._cache, request, cancel)

    def count_tokens(self, text: str) -> int:
        """How many tokens a text is, without any template; from any thread. 0 with no model."""
        loaded = self._loaded
        return loaded.encoder.count(text) if loaded is not None else 0

    def preview_tokens(self, text: str, *, biased: bool = False) -> tuple[str, ...]:
        """The tokens that a text becomes, each as text; from any thread. Empty with no model.

        Of a text that is to be `biased`, a control token's name alone means that token.
        """
        loaded = self._loaded
        return preview(loaded.encoder, text, biased=biased) if loaded is not None else ()

    def count_prompt(self, request: GenerateRequest) -> int:
        """How many tokens a request's whole prompt is, nothing left out; from any thread.

        0 with no model. Raises ModelError where the chat template fails.
        """
        loaded = self._loaded
        return loaded.builder.count(request) if loaded is not None else 0
