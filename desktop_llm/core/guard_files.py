"""What a model folder says of itself as a guard model: its head, its labels, its chat template.

Reads two small JSON files and opens no weights. Decides nothing about what labels mean.
"""

from pathlib import Path
from typing import Any

from desktop_llm.core.errors import ModelError
from desktop_llm.core.guards import GuardFacts, GuardKind
from desktop_llm.core.model_files import read_config, read_json

TEMPLATE, TOKENIZER = "chat_template.jinja", "tokenizer_config.json"
TEMPLATE_LIMIT = 1_000_000
"""Bytes of a chat template at most. Real ones have some thousands."""
MOST_LABELS = 200
HEADS = {"ForSequenceClassification": GuardKind.CLASSIFIER, "ForCausalLM": GuardKind.WRITER}


def read_guard_facts(folder: Path) -> GuardFacts | None:
    """What the model is, where its head is one that a guard model may have; else None.

    Never raises for what the files hold: a folder that cannot be read is no guard model.
    """
    try:
        config = read_config(folder)
        kind = _kind(config)
        if kind is None:
            return None
        labels = _labels(config) if kind is GuardKind.CLASSIFIER else ()
        template = _template(folder) if kind is GuardKind.WRITER else ""
    except (ModelError, OSError, ValueError, TypeError, AttributeError):
        return None
    return GuardFacts(folder.name, kind, labels, template)


def _kind(config: dict[str, Any]) -> GuardKind | None:
    named = config.get("architectures")
    first = str(named[0]) if isinstance(named, list) and named else ""
    return next((kind for ending, kind in HEADS.items() if first.endswith(ending)), None)


def _labels(config: dict[str, Any]) -> tuple[str, ...]:
    """The labels in the order of their numbers; transformers' own names where there are none."""
    named = config.get("id2label")
    if not isinstance(named, dict) or not named:
        count = int(config.get("num_labels", 2))
        return tuple(f"LABEL_{number}" for number in range(min(count, MOST_LABELS)))
    by_number = {int(number): str(label) for number, label in named.items()}
    if sorted(by_number) != list(range(len(by_number))) or len(by_number) > MOST_LABELS:
        raise ValueError(named)
    return tuple(by_number[number] for number in sorted(by_number))


def _template(folder: Path) -> str:
    own = folder / TEMPLATE
    if own.is_file():
        return own.read_text(encoding="utf-8") if own.stat().st_size <= TEMPLATE_LIMIT else ""
    if not (folder / TOKENIZER).is_file():
        return ""
    template = read_json(folder / TOKENIZER).get("chat_template")
    return template if isinstance(template, str) else ""
