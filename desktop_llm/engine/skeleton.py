"""A model of transformers without numbers: its parts, and the names and shapes of its weights."""

from collections.abc import Collection
from typing import Any

import torch
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from desktop_llm.core.errors import ModelError
from desktop_llm.core.file_errors import AGAIN
from desktop_llm.core.model_files import ModelFiles

HEAD = "lm_head.weight"
"""What scores the vocabulary, by the name that transformers gives it."""


def skeleton(config: Any) -> Any:
    """The model of a configuration that writes text. It takes no memory and computes nothing."""
    with torch.device("meta"):
        return MODEL_FOR_CAUSAL_LM_MAPPING[type(config)](config)


def require_shapes(files: ModelFiles, model: Any) -> None:
    """Weights of other shapes than a model's would be multiplied to nonsense, or fail late.

    Raises ModelError, naming the first one.
    """
    for name, weight in model.state_dict().items():
        found = files.tensors.get(name)
        if found is not None and found.shape != tuple(weight.shape):
            raise ModelError(
                "The model in {folder} does not fit its config.json.",
                "{name} has the shape {found}, and {wanted} is expected.",
                AGAIN,
                folder=files.folder,
                name=name,
                found=list(found.shape),
                wanted=list(weight.shape),
            )


def require_whole(files: ModelFiles, model: Any) -> None:
    """A weight that is missing would be left out of the sum, or another one take its place, unseen.

    Only a head may be missing, where the configuration says that it is the table. Raises ModelError.
    """
    tied = {HEAD} if model.config.tie_word_embeddings else set()
    missing = model.state_dict().keys() - files.tensors.keys() - tied
    if missing:
        raise incomplete(files, missing)


def incomplete(files: ModelFiles, missing: Collection[str]) -> ModelError:
    """What is told where weights are missing, by their names."""
    return ModelError(
        "The weights in {folder} are incomplete.",
        "{missing} of them are missing, the first is {first}.",
        AGAIN,
        folder=files.folder,
        missing=len(missing),
        first=min(missing),
    )
