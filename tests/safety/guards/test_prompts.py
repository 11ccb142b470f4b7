"""Every adapter's prompt is byte for byte what its model's card or chat template writes.

The files in golden/ were written down from the cards, not by the adapters. A file's last line break
is not part of the prompt unless the format ends in one.
"""

from pathlib import Path

import pytest

from desktop_llm.core.guards import Chat, Exchange, Raw
from desktop_llm.safety.guards.granite import CRITERIA, GraniteGuardian
from desktop_llm.safety.guards.llama_guard import SMALL, LlamaGuard
from desktop_llm.safety.guards.qwen_guard import QwenGuard
from desktop_llm.safety.guards.shield_gemma import ShieldGemma
from desktop_llm.safety.guards.wild_guard import WildGuard

QUESTION, ANSWER = "How do I bake bread?", "Mix flour and water.\nThen wait."
ASKED, REPLIED = Exchange(QUESTION), Exchange(QUESTION, ANSWER)
GOLDEN = Path(__file__).with_name("golden")
PROMPTS = {
    "llama_guard_reply": (LlamaGuard().prompt(REPLIED), ""),
    "llama_guard_prompt_1b": (LlamaGuard(SMALL).prompt(ASKED), ""),
    "shield_gemma_prompt": (ShieldGemma().prompt(ASKED, 1), "\n"),
    "shield_gemma_reply": (ShieldGemma().prompt(REPLIED, 0), "\n"),
    "qwen_guard_prompt": (QwenGuard().prompt(ASKED), "\n"),
    "qwen_guard_reply": (QwenGuard().prompt(REPLIED), "\n"),
    "wild_guard_reply": (WildGuard().prompt(REPLIED), "\n"),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_a_prompt_is_the_cards_own(name: str) -> None:
    prompt, ending = PROMPTS[name]
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n") + ending
    assert prompt.text == golden


@pytest.mark.parametrize("name", PROMPTS)
def test_what_somebody_wrote_stands_in_parts_of_its_own(name: str) -> None:
    prompt, _ = PROMPTS[name]
    written = [part.text for part in prompt.parts if part.written]
    assert [text for text in written if text] == [QUESTION, ANSWER][: 1 if "prompt" in name else 2]


def test_wild_guard_judges_a_request_by_an_empty_reply() -> None:
    prompt = WildGuard().prompt(ASKED)
    assert isinstance(prompt, Raw)
    assert "\n\nAI assistant:\n\n\n---\n\nAnswers: [/INST]\n<|assistant|>\n" in prompt.text


def test_granite_3_is_asked_through_its_template() -> None:
    prompt = GraniteGuardian().prompt(REPLIED, "harm")
    assert isinstance(prompt, Chat)
    assert [(role, part.text, part.written) for role, part in prompt.turns] == [
        ("user", QUESTION, True), ("assistant", ANSWER, True)]  # fmt: skip
    assert dict(prompt.options) == {"guardian_config": {"criteria_id": "harm"}, "think": False}


def test_granite_4_reads_its_criterion_in_the_last_message() -> None:
    prompt = GraniteGuardian(by_name=False).prompt(REPLIED, "harm")
    golden = (GOLDEN / "granite_block_reply.txt").read_text(encoding="utf-8").removesuffix("\n")
    role, block = prompt.turns[-1]
    assert (role, block.text) == ("user", golden.replace("CRITERION", CRITERIA["harm"][1]))
    assert not block.written
    assert not prompt.options
    asked = GraniteGuardian(by_name=False).prompt(ASKED, "harm").turns[-1][1].text
    assert asked == block.text.replace("last assistant's", "last user's")
