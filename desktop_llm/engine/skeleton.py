"""A model of transformers without numbers: its parts, and the names and shapes of its weights."""

from typing import Any

import torch
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from desktop_llm.core.errors import ModelError
from desktop_llm.core.file_errors import AGAIN
from desktop_llm.core.model_files import ModelFiles


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
