"""Finds the adapter of a model folder, by what it says of itself. Opens no file and loads no model."""

from dataclasses import replace

from desktop_llm.core.guards import GuardFacts, GuardKind, LabelMapping
from desktop_llm.safety.guards.adapter import Adapter
from desktop_llm.safety.guards.classifiers import known_classifier, mapped_classifier
from desktop_llm.safety.guards.granite import CONFIG, GraniteGuardian
from desktop_llm.safety.guards.llama_guard import HAZARDS, SMALL, LlamaGuard
from desktop_llm.safety.guards.qwen_guard import QwenGuard
from desktop_llm.safety.guards.shield_gemma import ShieldGemma
from desktop_llm.safety.guards.wild_guard import WildGuard

NO_MAPPING = LabelMapping()
IMAGES = "shieldgemma24b"
"""ShieldGemma 2 (4B) judges pictures."""


def adapter_for(
    facts: GuardFacts,
    mapping: LabelMapping = NO_MAPPING,
    *,
    strict: bool = True,
    threshold: float = 0.5,
) -> Adapter | None:
    """The adapter of that model; None where it is no guard model, or its labels have no meaning yet.

    A person's mapping goes before a table of this app's. `strict`: what a model finds controversial
    counts as unsafe. `threshold` is the probability of harm from which a text counts as harmful,
    for the models that give one.
    """
    if facts.kind is GuardKind.WRITER:
        return _writer(facts, strict, threshold)
    classifier = mapped_classifier(facts, mapping) or known_classifier(facts)
    return replace(classifier, threshold=threshold) if classifier is not None else None


def _writer(facts: GuardFacts, strict: bool, threshold: float) -> Adapter | None:
    name = "".join(sign for sign in facts.name.lower() if sign.isalnum())
    if "llamaguard3" in name:
        return LlamaGuard(SMALL if "1b" in name else len(HAZARDS), threshold)
    if "shieldgemma" in name and IMAGES not in name:
        return ShieldGemma(threshold)
    if "graniteguardian" in name:
        return GraniteGuardian(by_name=CONFIG in facts.template)
    if "qwen3guardgen" in name:
        return QwenGuard(strict, threshold)
    return WildGuard() if "wildguard" in name else None
