"""Runs what the app does, and records which modules of torch and transformers it imports.

    python packaging/freeze/trace.py OUT.json          every causal architecture, the app's modules,
                                                       the guide model's answer in each precision
    python packaging/freeze/trace.py --pytest PATHS    these tests, with what is left out forbidden

Everything in `leave_out.MODULES` is forbidden meanwhile, so that an import of it fails here and
not on a person's computer.
"""

import importlib
import importlib.abc
import json
import pkgutil
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from leave_out import LINUX_ONLY, MADE_READY, MODULES  # noqa: E402

INSTALLERS = {"pip", "setuptools", "pkg_resources", "pytest"}
"""Left out, but what runs this very script may need them."""


class Without(importlib.abc.MetaPathFinder):
    """Finds what another finder finds, but nothing that is left out: as if it were not installed."""

    def __init__(self, finder: Any) -> None:
        self._finder = finder

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for what is left out or not there."""
        parts = name.split(".")
        above = {".".join(parts[: end + 1]) for end in range(len(parts))}
        if above & ((MODULES.keys() | MADE_READY.keys()) - INSTALLERS):
            return None
        spec: ModuleSpec | None = self._finder.find_spec(name, path, target)
        return spec

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)


def import_architectures() -> int:
    """Import the model, configuration and tokenizer of every causal architecture. Returns how many."""
    import transformers
    from transformers.models.auto import modeling_auto as auto
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

    mappings = (
        (auto.MODEL_FOR_CAUSAL_LM_MAPPING, auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES),
        (
            auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,  # guard models
            auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
        ),
    )
    count = 0
    for mapping, names in mappings:
        for kind in names:
            mapping[CONFIG_MAPPING[kind]]
            tokenizer = TOKENIZER_MAPPING_NAMES.get(kind)
            if tokenizer:
                getattr(transformers, tokenizer)
            count += 1
    return count


def import_app() -> None:
    """Import every module of the app that this system can have."""
    if sys.platform == "win32":
        importlib.import_module("torch")  # loaded after Qt, its libraries fail there
    import desktop_llm

    passed_over = {"desktop_llm.__main__"}
    if sys.platform != "linux":
        passed_over |= LINUX_ONLY.keys()
    for module in pkgutil.walk_packages(desktop_llm.__path__, "desktop_llm."):
        if module.name not in passed_over:
            importlib.import_module(module.name)


def answer() -> None:
    """One reply of the guide model in each precision, on the processor.

    The Macs that GitHub lends have a GPU that gives no memory.
    """
    from desktop_llm.cli.home import library
    from desktop_llm.core.events import End, EndReason
    from desktop_llm.core.messages import Role
    from desktop_llm.core.models import LoadRequest
    from desktop_llm.core.requests import GenerateRequest, Turn
    from desktop_llm.core.sampling import SamplingSettings
    from desktop_llm.core.settings import Device, Precision
    from desktop_llm.engine.engine import TransformersEngine
    from desktop_llm.storage.paths import find_paths

    model = library(find_paths()).find("guide")
    engine = TransformersEngine()
    turns = (Turn(Role.USER, "What is a token?"),)
    asked = GenerateRequest(turns, sampling=SamplingSettings(temperature=0))
    for precision in Precision:
        request = LoadRequest(model, Device.CPU, precision)
        engine.load(request, lambda done, total: None, threading.Event())
        *_, end = engine.generate(asked, threading.Event())
        assert isinstance(end, End), end
        assert end.reason is EndReason.STOP, end
    engine.unload()


def main(arguments: list[str]) -> int:
    """Do what the arguments say. Returns the exit code."""
    sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
    if arguments[0] == "--pytest":
        import pytest

        return int(pytest.main(arguments[1:]))
    import_app()
    answer()
    count = import_architectures()
    used = sorted(
        name for name in sys.modules if name.partition(".")[0] in ("torch", "transformers")
    )
    used = [name for name in used if getattr(sys.modules[name], "__spec__", None) is not None]
    Path(arguments[0]).write_text(json.dumps({"architectures": count, "modules": used}, indent=1))
    print(f"trace: {count} architectures, {len(used)} modules of torch and transformers")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
