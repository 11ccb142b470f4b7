"""One forward pass of a model that reads with an encoder and writes with a decoder (T5, BART).

The prompt goes to the encoder, once; what is written, to the decoder. Draws nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from desktop_llm.engine.cache import PromptCache
from desktop_llm.engine.step import ModelStep


@dataclass(slots=True)
class _States:
    """What the encoder read, and the decoder's keys and values."""

    encoded: Any = None
    decoded: Any = None


class EncoderDecoderStep(ModelStep):
    """The `Step` of such a model. The first tokens of a cache are the prompt, the others the reply."""

    def __init__(self, model: Any, window: float = math.inf) -> None:
        super().__init__(model, window)
        settings, config = model.generation_config, model.config
        start = settings.decoder_start_token_id
        if start is None:
            start = config.decoder_start_token_id
        # What every reply of the model begins with, so that it need not be drawn.
        begin = [start, getattr(settings, "forced_bos_token_id", None)]
        self.begin = [int(token) for token in begin if token is not None] or [0]

    def new_cache(self) -> PromptCache:
        """An empty cache. Each prompt is encoded as a whole, so nothing is kept between turns."""
        return PromptCache(_States, resumable=False)

    @property
    def reads_at_once(self) -> bool:
        """The encoder sees the prompt as a whole."""
        return True

    @torch.inference_mode()
    def __call__(self, tokens: Sequence[int], cache: PromptCache, last: int = 1) -> torch.Tensor:
        """See `Step`."""
        model = self.model
        with cache.growing(tokens) as states:
            if states.encoded is None:
                states.encoded = model.get_encoder()(input_ids=self._row(tokens))
                tokens = self.begin
            output = model(
                encoder_outputs=states.encoded,
                decoder_input_ids=self._row(tokens),
                past_key_values=states.decoded,
                use_cache=True,
            )
            states.decoded = output.past_key_values
        scores: torch.Tensor = output.logits[0, -last:].float()
        return scores

    def _row(self, tokens: Sequence[int]) -> torch.Tensor:
        return torch.tensor([list(tokens)], dtype=torch.long, device=self._device)
