"""Which adapter a model folder gets, and that labels nobody knows mean nothing until a person says so."""

import pytest

from desktop_llm.core.guards import GuardFacts, GuardKind, LabelMapping
from desktop_llm.safety.guards.choose import adapter_for
from desktop_llm.safety.guards.classifiers import Classifier
from desktop_llm.safety.guards.granite import GraniteGuardian
from desktop_llm.safety.guards.llama_guard import LlamaGuard

WRITERS = {
    "Llama-Guard-3-8B": "Llama Guard 3",
    "meta-llama--Llama-Guard-3-1B": "Llama Guard 3",
    "shieldgemma-2b": "ShieldGemma",
    "shieldgemma-2-4b-it": "",
    "granite-guardian-3.3-8b": "Granite Guardian",
    "Qwen3Guard-Gen-0.6B": "Qwen3Guard",
    "wildguard": "WildGuard",
    "Qwen3-0.6B": "",
    "Llama-3.2-1B-Instruct": "",
}
CLASSIFIERS = {
    ("granite-guardian-hap-38m", ("LABEL_0", "LABEL_1")): "Granite Guardian HAP",
    ("Llama-Prompt-Guard-2-22M", ("BENIGN", "MALICIOUS")): "Prompt Guard 2",
    ("Llama-Prompt-Guard-2-86M", ("LABEL_0", "LABEL_1")): "Prompt Guard 2",
    ("unbiased-toxic-roberta", ("toxicity", "severe_toxicity", "obscene", "identity_attack",
     "insult", "threat", "sexual_explicit", "male")): "Unbiased toxic RoBERTa",
    ("multilingual-toxic-xlm-roberta", ("toxic",)): "Multilingual toxic XLM-R",
    ("anybody", ("LABEL_0", "LABEL_1")): "",
    ("anybody", ("negative", "positive")): "",
}  # fmt: skip


@pytest.mark.parametrize("folder", WRITERS)
def test_a_guard_llm_is_known_by_its_name(folder: str) -> None:
    adapter = adapter_for(GuardFacts(folder, GuardKind.WRITER))
    assert (adapter.name if adapter else "") == WRITERS[folder]


def test_small_and_large_models_are_told_apart() -> None:
    small = adapter_for(GuardFacts("Llama-Guard-3-1B", GuardKind.WRITER))
    assert isinstance(small, LlamaGuard)
    assert small.hazards == 13
    new = adapter_for(GuardFacts("granite-guardian-4.1-8b", GuardKind.WRITER, template="chat"))
    old = adapter_for(
        GuardFacts("granite-guardian-3.3-8b", GuardKind.WRITER, template="{{ guardian_config }}")
    )
    assert isinstance(new, GraniteGuardian)
    assert isinstance(old, GraniteGuardian)
    assert (new.by_name, old.by_name) == (False, True)


@pytest.mark.parametrize(("folder", "labels"), CLASSIFIERS)
def test_a_classifier_is_known_by_its_name_and_labels(folder: str, labels: tuple[str, ...]) -> None:
    adapter = adapter_for(GuardFacts(folder, GuardKind.CLASSIFIER, labels))
    assert (adapter.name if adapter else "") == CLASSIFIERS[folder, labels]


def test_a_person_may_say_what_labels_mean() -> None:
    facts = GuardFacts("anybody", GuardKind.CLASSIFIER, ("LABEL_0", "LABEL_1"))
    mapping = LabelMapping((("LABEL_1", "hate"), ("gone", "hate"), ("LABEL_0", "")))
    adapter = adapter_for(facts, mapping, threshold=0.7)
    assert isinstance(adapter, Classifier)
    assert adapter.categories == (("LABEL_1", "hate"),)
    assert adapter.threshold == 0.7
    known = GuardFacts("granite-guardian-hap-38m", GuardKind.CLASSIFIER, ("LABEL_0", "LABEL_1"))
    mapped = adapter_for(known, mapping)
    assert isinstance(mapped, Classifier)
    assert mapped.name == "granite-guardian-hap-38m"
