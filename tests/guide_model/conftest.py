"""The training scripts lie beside the model, as plain files; tests import them from there."""

import sys

from desktop_llm.resources import resource

sys.path.insert(0, str(resource("guide_model")))
